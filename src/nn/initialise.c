/* nn/initialise.c – first values of parameters.
 *
 * A value's address is (seed, hash of the parameter's name, bank row, element).  It depends on no
 * other parameter, so a network that gains a layer or a bank row keeps all other first values.
 */
#include "nn/params.h"

static uint64_t hash_name(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        hash = (hash ^ *c) * 0x100000001b3u;
    return hash;
}

static void draw_row(rmf_init init, rmf_key key, int64_t row, float *out, int64_t count)
{
    switch (init.kind) {
    case RMF_INIT_UNIFORM:
        rmf_random_uniform(key, (uint64_t)row, 0, out, (size_t)count);
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)(init.value * (2 * (double)out[i] - 1));
        break;
    case RMF_INIT_NORMAL:
        rmf_random_normal(key, (uint64_t)row, 0, out, (size_t)count);
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)(init.value * (double)out[i]);
        break;
    case RMF_INIT_CONSTANT:
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)init.value;
        break;
    }
}

static rmf_status initialise_entry(rmf_params *params, const rmf_param_entry *entry, rmf_key key,
                                   float *buffer)
{
    int64_t rows = rmf_params_span_count(params, entry), count = entry->info.row;
    key = rmf_key_fold(key, hash_name(entry->info.name));
    for (int64_t row = 0; row < rows; row++) {
        draw_row(entry->init, key, row, buffer, count);
        float *to = params->values + entry->info.offset + row * count;
        RMF_TRY(params->dev->ops->upload(params->dev, to, buffer, (size_t)count * sizeof(float)));
    }
    return RMF_OK;
}

rmf_status rmf_params_initialise(rmf_params *params, uint64_t seed)
{
    if (!params->fixed)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "parameters: no tape was compiled yet; compile one before initialising");
    int64_t largest = 0;
    for (int i = 0; i < params->count; i++)
        if (params->entries[i]->info.row > largest) largest = params->entries[i]->info.row;
    void *buffer = NULL;
    RMF_TRY(rmf_alloc((size_t)largest, sizeof(float), &buffer));
    rmf_key key = rmf_key_make(seed, RMF_STREAM_INIT);
    rmf_status status = RMF_OK;
    for (int i = 0; i < params->count && status == RMF_OK; i++)
        status = initialise_entry(params, params->entries[i], key, buffer);
    rmf_free(buffer);
    return status;
}
