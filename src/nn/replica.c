/* nn/replica.c – one set of values, several sets of gradients: parts of a batch on threads of their
 * own.
 *
 * The batch is sorted by bank row and cut into consecutive parts, so two parts share at most the
 * row at their common end.  A replica therefore keeps apart only the gradients of shared parameters
 * and of one bank row; those of all other rows it writes where the owner would.  Its memory, and
 * the work of joining, do not grow with the number of branches. */
#include "nn/tape.h"

#define ALIGN_ELEMENTS 16

float *rmf_params_gradient(const rmf_params *params, const rmf_param_entry *entry, int64_t row)
{
    const bool bank = entry->info.bank;
    if (params->of && !(bank && row != params->apart))
        return params->gradients + params->own_offset[entry->index];
    const rmf_params *owner = params->of ? params->of : params;
    return owner->gradients + entry->info.offset + (bank ? row * entry->info.row : 0);
}

static rmf_status make_own(rmf_params *replica)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)replica->spans, sizeof(int64_t), &block));
    replica->span_stamp = block;
    RMF_TRY(rmf_alloc((size_t)replica->count, sizeof(int64_t), &block));
    replica->own_offset = block;
    for (int i = 0; i < replica->count; i++) {
        const int64_t row = replica->entries[i]->info.row;
        replica->own_offset[i] = replica->own_elements;
        replica->own_elements += (row + ALIGN_ELEMENTS - 1) / ALIGN_ELEMENTS * ALIGN_ELEMENTS;
    }
    return RMF_OK;
}

rmf_status rmf_params_replica(rmf_params *params, rmf_device *dev, rmf_params **out)
{
    if (!params->fixed || params->of)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "replica: of parameters that are %s; expected those of a compiled tape",
                        params->of ? "a replica themselves" : "not fixed yet");
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_params), &block));
    rmf_params *replica = block;
    *replica = *params;
    replica->dev = dev;
    replica->of = params;
    replica->gradients = NULL;
    replica->span_stamp = NULL;
    replica->stamp = 0;
    replica->apart = -1;
    rmf_status status = make_own(replica);
    if (status != RMF_OK) {
        rmf_params_free(replica);
        return status;
    }
    *out = replica;
    return RMF_OK;
}

void rmf_replica_apart(rmf_params *replica, int64_t bank_row)
{
    replica->apart = bank_row;
}

static rmf_status gather_span(rmf_tape *into, const rmf_tape *from, const rmf_param_entry *entry,
                              int64_t row)
{
    rmf_params *owner = into->params;
    const int64_t span = entry->first_span + row;
    if (from->params->span_stamp[span] != from->stamp) return RMF_OK;
    const float *part = rmf_params_gradient(from->params, entry, row);
    float *whole = rmf_params_gradient(owner, entry, row);
    const bool again = owner->span_stamp[span] == into->stamp;
    owner->span_stamp[span] = into->stamp;
    if (part == whole) return RMF_OK;
    return into->dev->ops->axpby(into->dev, 1, part, again ? 1 : 0, whole, entry->info.row);
}

rmf_status rmf_tape_gather_gradients(rmf_tape *into, const rmf_tape *from)
{
    const rmf_params *owner = into->params;
    if (from->params->of != owner || from->stamp == 0 || into->stamp != owner->stamp)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "gradients: gathered before both backward passes, or from a tape that is "
                        "no replica's; expected a replica of the same parameters");
    for (int i = 0; i < owner->count; i++) {
        const rmf_param_entry *entry = owner->entries[i];
        const int64_t rows = entry->info.bank ? from->touched_count : 1;
        for (int64_t j = 0; j < rows; j++)
            RMF_TRY(gather_span(into, from, entry, entry->info.bank ? from->touched[j] : 0));
    }
    for (int64_t j = 0; j < from->touched_count; j++)
        rmf_tape_touch(into, from->touched[j]);
    return RMF_OK;
}
