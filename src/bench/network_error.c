/* bench/network_error.c – a network's output and gradients on the device against ref. */
#include "bench/bench.h"

/* ref computes about a thousandth as fast: a few rows must do. */
enum { FEW_ROWS = 4, FEW_BRANCHES = 19 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static rmf_status compute(rmf_bench_net *n, bool training)
{
    RMF_TRY(rmf_bench_net_forward(n));
    return training ? rmf_bench_net_backward(n) : RMF_OK;
}

/* The error of device memory a (of n) against b (of ref). */
static rmf_status compare(const rmf_bench_net *n, const float *a, const rmf_bench_net *ref,
                          const float *b, int64_t count, double *error)
{
    float *host = NULL;
    const size_t bytes = (size_t)count * sizeof *host;
    RMF_TRY(rmf_alloc((size_t)count, 2 * sizeof *host, (void **)&host));
    rmf_status s = n->device->ops->download(n->device, host, a, bytes);
    if (s == RMF_OK) s = ref->device->ops->download(ref->device, host + count, b, bytes);
    if (s == RMF_OK) *error = rmf_bench_error(host, host + count, count);
    rmf_free(host);
    return s;
}

static rmf_status compare_both(rmf_bench_net *n, rmf_bench_net *ref, bool training,
                               rmf_bench_net_errors *out)
{
    RMF_TRY(compute(n, training));
    RMF_TRY(compute(ref, training));
    out->output = rmf_bench_error(n->output, ref->output, n->rows * n->features);
    if (!training) return RMF_OK;
    return compare(n, rmf_params_gradients(n->params), ref, rmf_params_gradients(ref->params),
                   rmf_params_elements(n->params), &out->gradient);
}

rmf_status rmf_bench_net_compare(const rmf_bench *b, const rmf_bench_net_args *like,
                                 rmf_bench_net_errors *out)
{
    rmf_bench_net_args args = *like;
    rmf_bench_net net = {0}, ref = {0};
    args.rows = least(like->rows, FEW_ROWS);
    args.branches = least(like->branches, FEW_BRANCHES);
    *out = (rmf_bench_net_errors){.rows = args.rows, .branches = args.branches};
    rmf_status s = rmf_bench_net_open(&args, &net);
    args.device = b->ref;
    if (s == RMF_OK) s = rmf_bench_net_open(&args, &ref);
    if (s == RMF_OK) s = compare_both(&net, &ref, like->training, out);
    rmf_bench_net_close(&ref);
    rmf_bench_net_close(&net);
    return s;
}
