/* bench/call_norm.c – group normalisation and softmax, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

/* ---- group norm: n, p, c, groups, activation; real: epsilon, then the betas of what is given ----
 */

/* Bits of `given`, and places in real[] behind the first. */
enum { DX, DGAMMA, DBETA, DSCALE, DSHIFT, DOFFSET, TARGETS, SCALE = TARGETS, SHIFT, OFFSET };

static bool is_given(const rmf_call *call, int which)
{
    return call->args.given >> which & 1;
}

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
                           .given = (a->scale ? 1 << SCALE : 0) | (a->shift ? 1 << SHIFT : 0) |
                                    (a->offset ? 1 << OFFSET : 0),
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
                                 const float *rstd, const float *dy, const rmf_group_norm_grad *to)
{
    (void)x, (void)gamma, (void)beta, (void)mean, (void)rstd, (void)dy;
    rmf_call_args noted = norm_args(args);
    const float *target[TARGETS] = {to->dx,     to->dgamma, to->dbeta,
                                    to->dscale, to->dshift, to->doffset};
    const float betas[TARGETS] = {to->dx_beta,     to->dgamma_beta, to->dbeta_beta,
                                  to->dscale_beta, to->dshift_beta, to->doffset_beta};
    for (int k = 0; k < TARGETS; k++) {
        if (!target[k]) continue;
        noted.given |= 1 << k;
        noted.real[1 + k] = betas[k];
    }
    return rmf_call_note(dev, &rmf_slot_group_norm_grad, &noted, NULL, 0);
}

/* x, gamma, beta, scale, shift, offset: what both directions read. */
static void norm_inputs(const rmf_call *call, const rmf_group_norm *a, rmf_tensor *t)
{
    t[0].count = a->n * a->p * a->c;
    t[1].count = t[2].count = a->c;
    t[3].count = is_given(call, SCALE) ? a->n * a->c : 0;
    t[4].count = is_given(call, SHIFT) ? a->n * a->c : 0;
    t[5].count = is_given(call, OFFSET) ? a->n * a->c : 0;
}

/* inputs, y, mean, rstd */
static int norm_tensors(const rmf_call *call, rmf_tensor *t)
{
    const rmf_group_norm a = norm_of(call);
    norm_inputs(call, &a, t);
    t[6].count = t[0].count;
    t[7].count = t[8].count = a.n * a.groups;
    t[6].kind = t[7].kind = t[8].kind = RMF_TENSOR_OUT;
    return 9;
}

/* inputs, mean, rstd, dy, targets */
static int norm_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    const rmf_group_norm a = norm_of(call);
    const int64_t values = a.n * a.p * a.c;
    const int64_t counts[TARGETS] = {values, a.c, a.c, a.n * a.c, a.n * a.c, a.n * a.c};
    norm_inputs(call, &a, t);
    t[6].count = t[7].count = a.n * a.groups;
    t[7].kind = RMF_TENSOR_POSITIVE;
    t[8].count = values;
    for (int k = 0; k < TARGETS; k++) {
        t[9 + k].count = is_given(call, k) ? counts[k] : 0;
        t[9 + k].kind = RMF_TENSOR_OUT;
    }
    return 9 + TARGETS;
}

static rmf_status run_norm(rmf_device *dev, const rmf_call *call, float *const *t)
{
    rmf_group_norm a = norm_of(call);
    a.scale = t[3];
    a.shift = t[4];
    a.offset = t[5];
    return dev->ops->group_norm(dev, &a, t[0], t[1], t[2], t[6], t[7], t[8]);
}

static rmf_status run_norm_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    rmf_group_norm a = norm_of(call);
    const float *beta = call->args.real + 1;
    const rmf_group_norm_grad to = {.dx = t[9],
                                    .dgamma = t[10],
                                    .dbeta = t[11],
                                    .dscale = t[12],
                                    .dshift = t[13],
                                    .doffset = t[14],
                                    .dx_beta = beta[DX],
                                    .dgamma_beta = beta[DGAMMA],
                                    .dbeta_beta = beta[DBETA],
                                    .dscale_beta = beta[DSCALE],
                                    .dshift_beta = beta[DSHIFT],
                                    .doffset_beta = beta[DOFFSET]};
    a.scale = t[3];
    a.shift = t[4];
    a.offset = t[5];
    return dev->ops->group_norm_grad(dev, &a, t[0], t[1], t[2], t[6], t[7], t[8], &to);
}

static void describe_norm(const rmf_call *call, char *text, size_t size)
{
    static const char *const names[] = {"", " relu", " silu", " tanh"};
    const rmf_group_norm a = norm_of(call);
    snprintf(text, size, "%lldx%lldx%lld groups %lld%s%s%s%s", (ll)a.n, (ll)a.p, (ll)a.c,
             (ll)a.groups, is_given(call, OFFSET) ? " offset" : "",
             is_given(call, SCALE) ? " film" : "", names[a.activation],
             call->args.real[1] != 0 ? " add" : "");
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
