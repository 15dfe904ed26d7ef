/* bench/call_log.c – a device that computes nothing and notes every call. */
#include "bench/call.h"
#include "device/ref/ref.h"

#include <string.h>

static bool same(const rmf_call *a, const rmf_call *b)
{
    return a->slot == b->slot && a->list_count == b->list_count &&
           memcmp(&a->args, &b->args, sizeof a->args) == 0 &&
           (a->list_count == 0 ||
            memcmp(a->list, b->list, (size_t)a->list_count * a->slot->list_item) == 0);
}

static rmf_status grow(rmf_call_log *log)
{
    if (log->count < log->capacity) return RMF_OK;
    const int64_t capacity = log->capacity > 0 ? 2 * log->capacity : 64;
    rmf_call *calls = NULL;
    RMF_TRY(rmf_alloc((size_t)capacity, sizeof *calls, (void **)&calls));
    if (log->count > 0) memcpy(calls, log->calls, (size_t)log->count * sizeof *calls);
    rmf_free(log->calls);
    log->calls = calls;
    log->capacity = capacity;
    return RMF_OK;
}

rmf_status rmf_call_note(rmf_device *dev, const rmf_slot *slot, const rmf_call_args *args,
                         const void *list, int64_t count)
{
    rmf_call_log *log = (rmf_call_log *)dev;
    rmf_call call = {.slot = slot, .args = *args, .list = list, .list_count = count, .times = 1};
    if (!log->listening) return RMF_OK;
    for (int64_t i = 0; i < log->count; i++)
        if (same(&log->calls[i], &call)) {
            log->calls[i].times++;
            return RMF_OK;
        }
    RMF_TRY(grow(log));
    if (count > 0) {
        void *copy = NULL;
        RMF_TRY(rmf_arena_alloc(log->arena, (size_t)count, slot->list_item, &copy));
        memcpy(copy, list, (size_t)count * slot->list_item);
        call.list = copy;
    }
    log->calls[log->count++] = call;
    return RMF_OK;
}

rmf_status rmf_call_log_open(rmf_call_log *log)
{
    *log = (rmf_call_log){.ops = rmf_ref_ops, .listening = true}; /* memory slots stay ref's */
    log->base.ops = &log->ops;
    rmf_call_hook_products(&log->ops);
    rmf_call_hook_norms(&log->ops);
    rmf_call_hook_pointwise(&log->ops);
    rmf_call_hook_moves(&log->ops);
    rmf_call_hook_optimiser(&log->ops);
    return rmf_arena_create(&log->arena);
}

void rmf_call_log_close(rmf_call_log *log)
{
    rmf_free(log->calls);
    rmf_arena_free(log->arena);
    *log = (rmf_call_log){0};
}
