/* nn/params.c – the registry of parameters and their arenas. */
#include "nn/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Far above any model, far below overflow when multiplied by an element size. */
#define MAX_ELEMENTS ((int64_t)1 << 40)
#define ALIGN_ELEMENTS 16 /* 64 bytes */
#define MAX_NAME 200

const char *rmf_shape_text(int rank, const int64_t *shape, char text[RMF_SHAPE_TEXT])
{
    size_t used = (size_t)snprintf(text, RMF_SHAPE_TEXT, "[");
    for (int i = 0; i < rank && used < RMF_SHAPE_TEXT; i++)
        used += (size_t)snprintf(text + used, RMF_SHAPE_TEXT - used, "%s%" PRId64, i ? ", " : "",
                                 shape[i]);
    if (used < RMF_SHAPE_TEXT) snprintf(text + used, RMF_SHAPE_TEXT - used, "]");
    return text;
}

int64_t rmf_shape_count(int rank, const int64_t *shape, int64_t low)
{
    int64_t count = 1;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (shape[i] < low) return -1;
        if (shape[i] == 0)
            empty = true;
        else if (shape[i] > MAX_ELEMENTS / count)
            return -1;
        else
            count *= shape[i];
    }
    return empty ? 0 : count;
}

rmf_status rmf_params_create(rmf_device *dev, int64_t bank_rows, rmf_params **out)
{
    if (!dev || bank_rows < 1 || bank_rows > MAX_ELEMENTS)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameters: %" PRId64 " bank rows; expected a device and at least 1 row",
                        bank_rows);
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_params), &block));
    rmf_params *params = block;
    params->dev = dev;
    params->bank_rows = bank_rows;
    rmf_status status = rmf_arena_create(&params->arena);
    if (status == RMF_OK) {
        status = rmf_arena_alloc(params->arena, (size_t)bank_rows, sizeof(bool), &block);
        params->row_frozen = block;
    }
    if (status != RMF_OK) {
        rmf_params_free(params);
        return status;
    }
    *out = params;
    return RMF_OK;
}

void rmf_params_free(rmf_params *params)
{
    if (!params) return;
    if (params->gradients) params->dev->ops->release(params->dev, params->gradients);
    if (params->of) {
        rmf_free(params->own_offset);
        rmf_free(params->span_stamp);
        rmf_free(params);
        return;
    }
    if (params->values) params->dev->ops->release(params->dev, params->values);
    rmf_free(params->entries);
    rmf_arena_free(params->arena);
    rmf_free(params);
}

rmf_device *rmf_params_device(const rmf_params *params)
{
    return params->dev;
}

int64_t rmf_params_bank_rows(const rmf_params *params)
{
    return params->bank_rows;
}

int rmf_params_count(const rmf_params *params)
{
    return params->count;
}

const rmf_param_info *rmf_params_info(const rmf_params *params, int index)
{
    return index >= 0 && index < params->count ? &params->entries[index]->info : NULL;
}

int rmf_params_find(const rmf_params *params, const char *name)
{
    for (int i = 0; i < params->count; i++)
        if (strcmp(params->entries[i]->info.name, name) == 0) return i;
    return -1;
}

int64_t rmf_params_elements(const rmf_params *params)
{
    return params->elements;
}

float *rmf_params_values(rmf_params *params)
{
    return params->values;
}

float *rmf_params_gradients(rmf_params *params)
{
    return params->gradients;
}

int64_t rmf_params_span_count(const rmf_params *params, const rmf_param_entry *entry)
{
    return entry->info.bank ? params->bank_rows : 1;
}

/* A name that is already there must mean the same thing. */
static rmf_status check_same(const rmf_param_entry *entry, const rmf_param_info *wanted)
{
    int lead = entry->info.bank ? 1 : 0;
    bool same = entry->info.bank == wanted->bank && entry->info.rank == wanted->rank + lead;
    for (int i = 0; same && i < wanted->rank; i++)
        same = entry->info.shape[i + lead] == wanted->shape[i];
    if (same) return RMF_OK;
    char has[RMF_SHAPE_TEXT], asked[RMF_SHAPE_TEXT];
    return rmf_fail(
        RMF_ERR_ARGUMENT, "parameter %s: asked for as %s %s; it is already %s %s: use another name",
        wanted->name, wanted->bank ? "bank" : "shared",
        rmf_shape_text(wanted->rank, wanted->shape, asked), entry->info.bank ? "bank" : "shared",
        rmf_shape_text(entry->info.rank - lead, entry->info.shape + lead, has));
}

static rmf_status grow(rmf_params *params)
{
    if (params->count < params->capacity) return RMF_OK;
    int capacity = params->capacity ? params->capacity * 2 : 32;
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)capacity, sizeof(rmf_param_entry *), &block));
    if (params->count)
        memcpy(block, params->entries, (size_t)params->count * sizeof(rmf_param_entry *));
    rmf_free(params->entries);
    params->entries = block;
    params->capacity = capacity;
    return RMF_OK;
}

static rmf_status check_new(const rmf_params *params, const rmf_param_info *wanted, int64_t *row)
{
    size_t length = wanted->name ? strlen(wanted->name) : 0;
    if (length == 0 || length > MAX_NAME)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameter: a name of %zu letters; expected between 1 and %d", length,
                        MAX_NAME);
    if (params->fixed)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameter %s: unknown in this model, whose parameters were fixed by its "
                        "first compile; expected one of its %d names",
                        wanted->name, params->count);
    *row = wanted->rank >= 1 && wanted->rank <= RMF_MAX_RANK
               ? rmf_shape_count(wanted->rank, wanted->shape, 1)
               : -1;
    if (*row < 0 || (wanted->bank && *row > MAX_ELEMENTS / params->bank_rows)) {
        char text[RMF_SHAPE_TEXT];
        int rank = wanted->rank < 0 ? 0 : wanted->rank > RMF_MAX_RANK ? RMF_MAX_RANK : wanted->rank;
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameter %s: shape %s (rank %d); expected rank 1 to %d and dimensions "
                        "from 1 up whose product is below 2^40",
                        wanted->name, rmf_shape_text(rank, wanted->shape, text), wanted->rank,
                        RMF_MAX_RANK);
    }
    return RMF_OK;
}

rmf_status rmf_params_register(rmf_params *params, const rmf_param_info *wanted, rmf_init init,
                               rmf_param_entry **out)
{
    int index = wanted->name ? rmf_params_find(params, wanted->name) : -1;
    if (index >= 0) {
        RMF_TRY(check_same(params->entries[index], wanted));
        *out = params->entries[index];
        return RMF_OK;
    }
    int64_t row = 0;
    RMF_TRY(check_new(params, wanted, &row));
    RMF_TRY(grow(params));
    void *block = NULL;
    RMF_TRY(rmf_arena_alloc(params->arena, 1, sizeof(rmf_param_entry), &block));
    rmf_param_entry *entry = block;
    size_t length = strlen(wanted->name) + 1;
    RMF_TRY(rmf_arena_alloc(params->arena, length, 1, &block));
    memcpy(block, wanted->name, length);

    int lead = wanted->bank ? 1 : 0;
    entry->index = params->count;
    entry->init = init;
    entry->info = (rmf_param_info){.name = block,
                                   .rank = wanted->rank + lead,
                                   .bank = wanted->bank,
                                   .frozen = init.frozen,
                                   .row = row,
                                   .count = wanted->bank ? row * params->bank_rows : row};
    entry->info.shape[0] = params->bank_rows;
    for (int i = 0; i < wanted->rank; i++)
        entry->info.shape[i + lead] = wanted->shape[i];
    params->entries[params->count++] = entry;
    *out = entry;
    return RMF_OK;
}

rmf_status rmf_params_fix(rmf_params *params)
{
    if (params->fixed) return RMF_OK;
    int64_t elements = 0, spans = 0;
    for (int i = 0; i < params->count; i++) {
        rmf_param_entry *entry = params->entries[i];
        entry->info.offset = elements;
        entry->first_span = spans;
        spans += rmf_params_span_count(params, entry);
        elements += (entry->info.count + ALIGN_ELEMENTS - 1) / ALIGN_ELEMENTS * ALIGN_ELEMENTS;
        if (elements > MAX_ELEMENTS)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "parameters: more than 2^40 values up to %s; use a smaller network",
                            entry->info.name);
    }
    const rmf_device_ops *ops = params->dev->ops;
    void *stamps = NULL, *values = NULL;
    RMF_TRY(rmf_arena_alloc(params->arena, (size_t)spans, sizeof(int64_t), &stamps));
    RMF_TRY(ops->alloc(params->dev, ((size_t)elements + ALIGN_ELEMENTS) * sizeof(float), &values));
    rmf_status status = ops->fill(params->dev, values, 0, elements);
    if (status != RMF_OK) {
        ops->release(params->dev, values);
        return status;
    }
    params->values = values;
    params->span_stamp = stamps;
    params->elements = elements;
    params->spans = spans;
    params->fixed = true;
    return RMF_OK;
}

rmf_status rmf_params_train(rmf_params *params)
{
    if (params->gradients) return RMF_OK;
    if (!params->fixed)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameters: no tape was compiled yet; compile one before training");
    const rmf_device_ops *ops = params->dev->ops;
    const int64_t elements = params->of ? params->own_elements : params->elements;
    void *block = NULL;
    RMF_TRY(ops->alloc(params->dev, ((size_t)elements + ALIGN_ELEMENTS) * sizeof(float), &block));
    rmf_status status = ops->fill(params->dev, block, 0, elements);
    if (status != RMF_OK) {
        ops->release(params->dev, block);
        return status;
    }
    params->gradients = block;
    return RMF_OK;
}

void rmf_params_freeze(rmf_params *params, int64_t row, bool frozen)
{
    if (row < 0)
        params->shared_frozen = frozen;
    else if (row < params->bank_rows)
        params->row_frozen[row] = frozen;
}

bool rmf_params_row_frozen(const rmf_params *params, int64_t row)
{
    if (row < 0) return params->of ? params->of->shared_frozen : params->shared_frozen;
    return row < params->bank_rows && params->row_frozen[row];
}

bool rmf_params_span_frozen(const rmf_params *params, const rmf_param_entry *entry, int64_t row)
{
    if (entry->init.frozen) return true;
    return rmf_params_row_frozen(params, entry->info.bank ? row : -1);
}
