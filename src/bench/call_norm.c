/* bench/call_norm.c – group normalisation and softmax, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

/* ---- group norm: n, p, c, groups, activation; real: epsilon, dx_beta, param_beta ---- */

enum { GIVEN_DX = 1, GIVEN_DGAMMA = 2, GIVEN_DBETA = 4 };

static rmf_group_norm norm_of(const rmf_call *call)
{
    const int64_t *s = call->args.size;
    return (rmf_group_norm){.n = s[0],
                            .p = s[1],
                            .c = s[2],
                            .groups = s[3],
                            .epsilon = call->args.real[0],
                            .activation = (rmf_activation)s[4]};
}

static rmf_call_args norm_args(const rmf_group_norm *a)
{
    return (rmf_call_args){.size = {a->n, a->p, a->c, a->groups, (int64_t)a->activation},
                           .real = {a->epsilon}};
}

static rmf_status note_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                            const float *gamma, const float *beta, float *y, float *mean,
                            float *rstd)
{
    (void)x, (void)gamma, (void)beta, (void)y, (void)mean, (void)rstd;
    const rmf_call_args noted = norm_args(args);
    return rmf_call_note(dev, &rmf_slot_group_norm, &noted, NULL, 0);
}

static rmf_status note_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                 const float *gamma, const float *beta, const float *mean,
                                 const float *rstd, const float *dy, float *dx, float dx_beta,
                                 float *dgamma, float *dbeta, float param_beta)
{
    (void)x, (void)gamma, (void)beta, (void)mean, (void)rstd, (void)dy;
    rmf_call_args noted = norm_args(args);
    noted.given = (dx ? GIVEN_DX : 0) | (dgamma ? GIVEN_DGAMMA : 0) | (dbeta ? GIVEN_DBETA : 0);
    noted.real[1] = dx_beta;
    noted.real[2] = param_beta;
    return rmf_call_note(dev, &rmf_slot_group_norm_grad, &noted, NULL, 0);
}

/* x, gamma, beta, y, mean, rstd */
static int norm_tensors(const rmf_call *call, rmf_tensor *t)
{
    const rmf_group_norm a = norm_of(call);
    t[0].count = t[3].count = a.n * a.p * a.c;
    t[1].count = t[2].count = a.c;
    t[4].count = t[5].count = a.n * a.groups;
    t[3].kind = t[4].kind = t[5].kind = RMF_TENSOR_OUT;
    return 6;
}

/* x with gamma behind it and beta behind that (there are eight tensors at most), mean, rstd, dy,
 * dx, dgamma, dbeta */
static int norm_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    const rmf_group_norm a = norm_of(call);
    const int64_t values = a.n * a.p * a.c, given = call->args.given;
    t[0].count = values + 2 * a.c;
    t[1].count = t[2].count = a.n * a.groups;
    t[2].kind = RMF_TENSOR_POSITIVE;
    t[3].count = values;
    t[4].count = given & GIVEN_DX ? values : 0;
    t[5].count = given & GIVEN_DGAMMA ? a.c : 0;
    t[6].count = given & GIVEN_DBETA ? a.c : 0;
    t[4].kind = t[5].kind = t[6].kind = RMF_TENSOR_OUT;
    return 7;
}

static rmf_status run_norm(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const rmf_group_norm a = norm_of(call);
    return dev->ops->group_norm(dev, &a, t[0], t[1], t[2], t[3], t[4], t[5]);
}

static rmf_status run_norm_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const rmf_group_norm a = norm_of(call);
    const float *gamma = t[0] + a.n * a.p * a.c;
    return dev->ops->group_norm_grad(dev, &a, t[0], gamma, gamma + a.c, t[1], t[2], t[3], t[4],
                                     call->args.real[1], t[5], t[6], call->args.real[2]);
}

static void describe_norm(const rmf_call *call, char *text, size_t size)
{
    static const char *const names[] = {"", " relu", " silu", " tanh"};
    const rmf_group_norm a = norm_of(call);
    snprintf(text, size, "%lldx%lldx%lld groups %lld%s%s", (ll)a.n, (ll)a.p, (ll)a.c, (ll)a.groups,
             names[a.activation], call->args.real[1] != 0 ? " add" : "");
}

const rmf_slot rmf_slot_group_norm = {"group_norm", 0, norm_tensors, run_norm, NULL, describe_norm};
const rmf_slot rmf_slot_group_norm_grad = {"group_norm_grad", 0,    norm_grad_tensors,
                                           run_norm_grad,     NULL, describe_norm};

/* ---- softmax: rows, c; real: beta ---- */

static rmf_status note_softmax(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y)
{
    (void)x, (void)y;
    return rmf_call_note(dev, &rmf_slot_softmax, &(rmf_call_args){.size = {rows, c}}, NULL, 0);
}

static rmf_status note_softmax_grad(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                                    const float *dy, float *dx, float beta)
{
    (void)y, (void)dy, (void)dx;
    return rmf_call_note(dev, &rmf_slot_softmax_grad,
                         &(rmf_call_args){.size = {rows, c}, .real = {beta}}, NULL, 0);
}

/* x, y */
static int softmax_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = t[1].count = call->args.size[0] * call->args.size[1];
    t[1].kind = RMF_TENSOR_OUT;
    return 2;
}

/* y, dy, dx */
static int softmax_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    for (int k = 0; k < 3; k++)
        t[k].count = call->args.size[0] * call->args.size[1];
    t[2].kind = RMF_TENSOR_OUT;
    return 3;
}

static rmf_status run_softmax(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->softmax(dev, call->args.size[0], call->args.size[1], t[0], t[1]);
}

static rmf_status run_softmax_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->softmax_grad(dev, call->args.size[0], call->args.size[1], t[0], t[1], t[2],
                                  call->args.real[0]);
}

static void describe_rows(const rmf_call *call, char *text, size_t size)
{
    snprintf(text, size, "%lldx%lld%s", (ll)call->args.size[0], (ll)call->args.size[1],
             rmf_call_adds(call));
}

const rmf_slot rmf_slot_softmax = {"softmax", 0, softmax_tensors, run_softmax, NULL, describe_rows};
const rmf_slot rmf_slot_softmax_grad = {"softmax_grad",   0,    softmax_grad_tensors,
                                        run_softmax_grad, NULL, describe_rows};

void rmf_call_hook_norms(rmf_device_ops *ops)
{
    ops->group_norm = note_norm;
    ops->group_norm_grad = note_norm_grad;
    ops->softmax = note_softmax;
    ops->softmax_grad = note_softmax_grad;
}
