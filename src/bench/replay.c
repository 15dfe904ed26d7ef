/* bench/replay.c – one noted call, done alone with made-up tensors. */
#include "bench/bench.h"
#include "bench/call.h"

#include <math.h>

static void make_up(const rmf_tensor *t, rmf_key key, uint64_t number, float *host)
{
    if (t->kind & RMF_TENSOR_INDEX) {
        int32_t *index = (int32_t *)host;
        for (int64_t i = 0; i < t->count; i++)
            index[i] = (int32_t)rmf_random_below(rmf_key_fold(key, number), (uint64_t)i, 0,
                                                 (uint64_t)t->limit);
        return;
    }
    rmf_random_normal(key, number, 0, host, (size_t)t->count);
    for (int64_t i = 0; (t->kind & RMF_TENSOR_POSITIVE) && i < t->count; i++)
        host[i] = fabsf(host[i]);
}

static rmf_status make_tensor(rmf_replay *r, int k, rmf_key key)
{
    const rmf_tensor *t = &r->tensor[k];
    const size_t bytes = (size_t)t->count * sizeof(float);
    float *host = NULL;
    if (t->count == 0) return RMF_OK;
    RMF_TRY(r->dev->ops->alloc(r->dev, bytes, (void **)&r->data[k]));
    RMF_TRY(rmf_alloc(1, bytes, (void **)&host));
    make_up(t, key, (uint64_t)k, host);
    const rmf_status s = r->dev->ops->upload(r->dev, r->data[k], host, bytes);
    rmf_free(host);
    return s;
}

rmf_status rmf_replay_open(rmf_device *dev, const rmf_call *call, uint64_t seed, rmf_replay *out)
{
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_NOISE);
    *out = (rmf_replay){.dev = dev, .call = call};
    out->tensors = call->slot->tensors(call, out->tensor);
    for (int k = 0; k < out->tensors; k++)
        RMF_TRY(make_tensor(out, k, key));
    return RMF_OK;
}

void rmf_replay_close(rmf_replay *r)
{
    for (int k = 0; k < r->tensors; k++)
        if (r->data[k]) r->dev->ops->release(r->dev, r->data[k]);
    *r = (rmf_replay){0};
}

rmf_status rmf_replay_run(void *replay)
{
    const rmf_replay *r = replay;
    return r->call->slot->run(r->dev, r->call, r->data);
}

double rmf_call_bytes(const rmf_call *call)
{
    rmf_tensor tensor[RMF_CALL_TENSORS] = {0};
    double bytes = 0;
    const int tensors = call->slot->tensors(call, tensor);
    for (int k = 0; k < tensors; k++)
        bytes += (double)sizeof(float) * (double)tensor[k].count;
    return bytes;
}

static rmf_status compare_tensor(const rmf_replay *a, const rmf_replay *b, int k, double *error)
{
    const int64_t count = a->tensor[k].count;
    const size_t bytes = (size_t)count * sizeof(float);
    float *host = NULL;
    if (count == 0 || !(a->tensor[k].kind & RMF_TENSOR_OUT)) return RMF_OK;
    RMF_TRY(rmf_alloc(2, bytes, (void **)&host));
    rmf_status s = a->dev->ops->download(a->dev, host, a->data[k], bytes);
    if (s == RMF_OK) s = b->dev->ops->download(b->dev, host + count, b->data[k], bytes);
    if (s == RMF_OK) *error = fmax(*error, rmf_bench_error(host, host + count, count));
    rmf_free(host);
    return s;
}

rmf_status rmf_replay_compare(rmf_device *dev, rmf_device *ref, const rmf_call *call, uint64_t seed,
                              rmf_status (*run)(const rmf_replay *replay, void *context),
                              void *context, double *error)
{
    rmf_replay a = {0}, b = {0};
    double largest = 0;
    rmf_status s = rmf_replay_open(dev, call, seed, &a);
    if (s == RMF_OK) s = rmf_replay_open(ref, call, seed, &b);
    if (s == RMF_OK) s = run ? run(&a, context) : rmf_replay_run(&a);
    if (s == RMF_OK) s = rmf_replay_run(&b);
    for (int k = 0; s == RMF_OK && k < a.tensors; k++)
        s = compare_tensor(&a, &b, k, &largest);
    rmf_replay_close(&a);
    rmf_replay_close(&b);
    if (s == RMF_OK) *error = largest;
    return s;
}
