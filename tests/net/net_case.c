/* tests/net/net_case.c – see net_case.h. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SMALL "net.embedding=8;net.frequencies=5;"

const net_case small_cases[] = {
    {"paper-tabular", "net.name=paper-tabular", 1, {16}, 5, 3, {0, 0, 1, 2, 2}},
    {"paper-tabular image", "net.name=paper-tabular", 3, {2, 3, 1}, 2, 1, {0, 0}},
    {"paper-unet", "net.name=paper-unet", 3, {28, 28, 1}, 3, 3, {0, 1, 1}},
    {"tabular",
     SMALL "net.name=tabular;net.width=24;net.blocks=2;net.adapter=4;"
           "net.banks=film,adapter,block,head",
     1,
     {7},
     4,
     3,
     {0, 1, 1, 2}},
    {"tabular flat", SMALL "net.name=tabular;net.width=12;net.banks=none", 1, {1}, 2, 1, {0, 0}},
    {"tabular image", SMALL "net.name=tabular;net.width=8", 3, {4, 5, 2}, 3, 2, {1, 1, 1}},
    {"unet-odd",
     SMALL "net.name=unet;net.widths=8,12,16;net.heads=2;net.attention=1;net.banks=film,decoder",
     3,
     {7, 10, 2},
     2,
     2,
     {0, 1}},
    {"unet-shift",
     SMALL "net.name=unet;net.widths=8,12;net.conditioning=shift;net.patch=2;net.skips=add;net."
           "banks=film,last",
     3,
     {8, 12, 1},
     2,
     2,
     {1, 1}},
    {"unet deep",
     SMALL "net.name=unet;net.widths=4,5;net.blocks=2;net.heads=1;net.attention=0,1",
     3,
     {5, 4, 1},
     3,
     4,
     {0, 3, 3}},
    {"unet one level",
     SMALL "net.name=unet;net.widths=6;net.banks=head",
     3,
     {4, 4, 3},
     2,
     2,
     {0, 1}},
    {"unet flat",
     SMALL "net.name=unet;net.widths=6,8;net.patch=4;net.banks=none",
     3,
     {16, 16, 1},
     1,
     1,
     {0}},
    {"paper-tabular-label",
     "net.name=paper-tabular;net.banks=label",
     1,
     {16},
     5,
     4,
     {0, 0, 1, 3, 3}},
    {"paper-unet-label", "net.name=paper-unet;net.banks=label", 3, {28, 28, 1}, 3, 3, {0, 2, 2}},
    {"paper-tabular both", "net.name=paper-tabular;net.banks=dense,label", 1, {5}, 3, 2, {0, 1, 1}},
    {0}};

/* ---- values by formula
 * ---------------------------------------------------------------------------- */

static double value_at(uint32_t hash, int64_t index)
{
    uint32_t h = (uint32_t)index + hash;
    h = (h ^ h >> 16) * 0x7feb352du;
    h = (h ^ h >> 15) * 0x846ca68bu;
    h ^= h >> 16;
    return (double)(h >> 8) / 8388608.0 - 1;
}

static uint32_t hash_of(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}

void fill_value(const char *name, double scale, float *out, int64_t count)
{
    const uint32_t hash = hash_of(name);
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(scale * value_at(hash, i));
}

void fill_parameters(rmf_params *params)
{
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *info = rmf_params_info(params, i);
        float *v = rmf_params_values(params) + info->offset;
        const char *kind = strrchr(info->name, '.') + 1;
        if (strcmp(kind, "frequency") == 0 && info->count == 1) continue; /* starts at 1 */
        double scale = sqrt(3.0 * (double)info->shape[info->rank - 1] / (double)info->row);
        if (strcmp(kind, "gain") == 0) scale = 0.3;
        if (strcmp(kind, "bias") == 0) scale = 0.2;
        if (strcmp(kind, "frequency") == 0) scale = 8;
        if (strcmp(kind, "embedding") == 0) scale = 1;
        fill_value(info->name, scale, v, info->count);
        const double base = strcmp(kind, "gain") == 0 ? 1 : 0;
        const uint32_t hash = hash_of(info->name);
        for (int64_t k = 0; base != 0 && k < info->count; k++)
            v[k] = (float)(base + scale * value_at(hash, k));
    }
}

void fill_inputs(rmf_net *net, const int32_t *used)
{
    rmf_segment segments[8];
    int64_t count = 0;
    for (int64_t r = 0; r < net->rows; r++) {
        if (r > 0 && used[r] == used[r - 1])
            segments[count - 1].count++;
        else
            segments[count++] = (rmf_segment){.bank_row = used[r], .first = r, .count = 1};
    }
    assert_int_equal(rmf_tape_set_segments(net->tape, segments, count), RMF_OK);
    fill_value("x", 1.7, rmf_node_value(net->x), net->rows * net->features);
    fill_value("noise", 1.2, rmf_node_value(net->noise), net->rows);
    const uint32_t hash = hash_of("t");
    for (int64_t r = 0; r < net->rows; r++)
        rmf_node_value(net->t)[r] = (float)(0.5 + 0.5 * value_at(hash, r));
}

/* ---- building
 * ------------------------------------------------------------------------------------- */

rmf_status settings_of(const char *text, rmf_settings **out)
{
    char copy[512], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    RMF_TRY(rmf_settings_create(out));
    for (char *pair = strtok_r(copy, ";", &rest); pair; pair = strtok_r(NULL, ";", &rest)) {
        char *equal = strchr(pair, '=');
        *equal = '\0';
        RMF_TRY(rmf_settings_put(*out, pair, equal + 1, "test"));
    }
    return rmf_net_settings_check(*out);
}

rmf_status fixture_try(fixture *f, const net_case *c, const char *device, bool training)
{
    *f = (fixture){0};
    rmf_net_shape shape = {.rows = c->rows, .rank = c->rank, .bank_rows = c->bank_rows};
    memcpy(shape.shape, c->shape, sizeof shape.shape);
    RMF_TRY(settings_of(c->settings, &f->settings));
    RMF_TRY(rmf_device_open(device, &f->device));
    RMF_TRY(rmf_params_create(f->device, c->bank_rows, &f->params));
    return rmf_net_build(f->params, f->settings, &shape, training, &f->net);
}

void fixture_open(fixture *f, const net_case *c, const char *device, bool training)
{
    if (fixture_try(f, c, device, training) != RMF_OK) fail_msg("%s: %s", c->name, rmf_message());
    assert_int_equal(rmf_params_initialise(f->params, 1), RMF_OK);
    fill_parameters(f->params);
    fill_inputs(&f->net, c->used);
}

void fixture_close(fixture *f)
{
    rmf_net_free(&f->net);
    rmf_params_free(f->params);
    rmf_device_close(f->device);
    rmf_settings_free(f->settings);
    *f = (fixture){0};
}
