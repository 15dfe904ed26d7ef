/** data/normalise.c – affine maps between the data's own units and those of the model. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ramify/data.h"

void rmf_normalisation_free(rmf_normalisation *map)
{
    if (map == NULL) return;
    rmf_free(map->shift);
    rmf_free(map->scale);
    *map = (rmf_normalisation){0};
}

/** The map x → x for `features` features. */
static rmf_status create(const char *kind, int64_t features, rmf_normalisation *out)
{
    rmf_normalisation map = {.features = features};
    void *shift = NULL, *scale = NULL;
    RMF_TRY(rmf_alloc((size_t)features, sizeof(double), &shift));
    rmf_status status = rmf_alloc((size_t)features, sizeof(double), &scale);
    if (status != RMF_OK) {
        rmf_free(shift);
        return status;
    }
    map.shift = shift;
    map.scale = scale;
    for (int64_t j = 0; j < features; j++)
        map.scale[j] = 1;
    snprintf(map.kind, sizeof map.kind, "%s", kind);
    *out = map;
    return RMF_OK;
}

static void set_range(rmf_normalisation *map, int64_t j, double low, double high)
{
    map->shift[j] = low + (high - low) / 2;
    map->scale[j] = high > low ? (high - low) / 2 : 1;
}

/** Images share one range over all pixels; the columns of a table have one each. */
static rmf_status fit_range(const rmf_dataset *data, rmf_normalisation *out)
{
    bool known = data->low < data->high;
    RMF_TRY(create("range", known || data->rank == 3 ? 1 : data->features, out));
    if (known) {
        set_range(out, 0, data->low, data->high);
        return RMF_OK;
    }
    double *low = out->shift, *high = out->scale;
    for (int64_t j = 0; j < out->features; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    for (int64_t i = 0; i < data->n * data->features; i++) {
        int64_t j = out->features == 1 ? 0 : i % out->features;
        low[j] = fmin(low[j], (double)data->x[i]);
        high[j] = fmax(high[j], (double)data->x[i]);
    }
    for (int64_t j = 0; j < out->features; j++)
        set_range(out, j, low[j], high[j]);
    return RMF_OK;
}

/** Mean and population standard deviation of each feature, in two passes. */
static rmf_status fit_standard(const rmf_dataset *data, rmf_normalisation *out)
{
    RMF_TRY(create("standard", data->features, out));
    double *mean = out->shift, *deviation = out->scale;
    for (int64_t i = 0; i < data->n; i++)
        for (int64_t j = 0; j < data->features; j++)
            mean[j] += data->x[i * data->features + j];
    for (int64_t j = 0; j < data->features; j++) {
        mean[j] /= (double)data->n;
        deviation[j] = 0;
    }
    for (int64_t i = 0; i < data->n; i++)
        for (int64_t j = 0; j < data->features; j++) {
            double d = data->x[i * data->features + j] - mean[j];
            deviation[j] += d * d;
        }
    for (int64_t j = 0; j < data->features; j++) {
        double s = sqrt(deviation[j] / (double)data->n);
        /* A constant feature may leave a trace of rounding; dividing by it would blow noise up. */
        deviation[j] = s > 1e-12 * fabs(mean[j]) ? s : 1;
    }
    return RMF_OK;
}

rmf_status rmf_normalisation_fit(const rmf_dataset *data, const char *kind, rmf_normalisation *out)
{
    if (strcmp(kind, "auto") == 0) kind = data->rank == 3 ? "range" : "standard";
    if (data->n < 1)
        return rmf_fail(RMF_ERR_ARGUMENT, "normalisation of 0 objects; expected at least one");
    if (strcmp(kind, "none") == 0) return create(kind, 1, out);
    if (strcmp(kind, "range") == 0) return fit_range(data, out);
    if (strcmp(kind, "standard") == 0) return fit_standard(data, out);
    return rmf_fail(RMF_ERR_USAGE, "normalisation \"%s\"; expected auto, none, range or standard",
                    kind);
}

bool rmf_normalisation_range(const rmf_normalisation *map, double *low, double *high)
{
    if (strcmp(map->kind, "range") != 0 || map->features != 1) return false;
    *low = map->shift[0] - map->scale[0];
    *high = map->shift[0] + map->scale[0];
    return true;
}

void rmf_normalisation_apply(const rmf_normalisation *map, float *x, int64_t n, int64_t features)
{
    if (strcmp(map->kind, "none") == 0) return;
#pragma omp parallel for schedule(static) if (n * features > 1000000)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < features; j++) {
            int64_t k = map->features == 1 ? 0 : j;
            x[i * features + j] = (float)((x[i * features + j] - map->shift[k]) / map->scale[k]);
        }
}

void rmf_normalisation_invert(const rmf_normalisation *map, float *x, int64_t n, int64_t features)
{
    if (strcmp(map->kind, "none") == 0) return;
#pragma omp parallel for schedule(static) if (n * features > 1000000)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < features; j++) {
            int64_t k = map->features == 1 ? 0 : j;
            x[i * features + j] = (float)(x[i * features + j] * map->scale[k] + map->shift[k]);
        }
}

double rmf_normalisation_log_volume(const rmf_normalisation *map, int64_t features)
{
    double sum = 0;
    if (strcmp(map->kind, "none") == 0) return 0;
    for (int64_t j = 0; j < features; j++)
        sum += log(map->scale[map->features == 1 ? 0 : j]);
    return sum;
}

rmf_status rmf_normalisation_to_json(const rmf_normalisation *map, struct json_t **out)
{
    json_t *shift = json_array(), *scale = json_array();
    bool good = shift != NULL && scale != NULL;
    for (int64_t j = 0; j < map->features && good; j++)
        good = json_array_append_new(shift, json_real(map->shift[j])) == 0 &&
               json_array_append_new(scale, json_real(map->scale[j])) == 0;
    json_t *value =
        good ? json_pack("{s:s, s:O, s:O}", "kind", map->kind, "shift", shift, "scale", scale)
             : NULL;
    json_decref(shift);
    json_decref(scale);
    if (value == NULL) return rmf_fail(RMF_ERR_MEMORY, "normalisation: out of memory");
    *out = value;
    return RMF_OK;
}

static rmf_status fill_from_json(const json_t *shift, const json_t *scale, rmf_normalisation *out)
{
    for (int64_t j = 0; j < out->features; j++) {
        const json_t *a = json_array_get(shift, (size_t)j), *b = json_array_get(scale, (size_t)j);
        out->shift[j] = json_number_value(a);
        out->scale[j] = json_number_value(b);
        if (!json_is_number(a) || !json_is_number(b) || !isfinite(out->shift[j]) ||
            !isfinite(out->scale[j]) || out->scale[j] <= 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "normalisation: shift and scale of feature %" PRId64
                            "; expected numbers, and scale above 0",
                            j);
    }
    return RMF_OK;
}

rmf_status rmf_normalisation_from_json(const struct json_t *value, rmf_normalisation *out)
{
    const char *kind = json_string_value(json_object_get(value, "kind"));
    const json_t *shift = json_object_get(value, "shift"), *scale = json_object_get(value, "scale");
    if (kind == NULL ||
        (strcmp(kind, "none") != 0 && strcmp(kind, "range") != 0 && strcmp(kind, "standard") != 0))
        return rmf_fail(RMF_ERR_FORMAT,
                        "normalisation: kind is %s%s%s; expected none, range or "
                        "standard",
                        kind ? "\"" : "", kind ? kind : "absent", kind ? "\"" : "");
    if (json_array_size(shift) == 0 || json_array_size(shift) != json_array_size(scale))
        return rmf_fail(RMF_ERR_FORMAT,
                        "normalisation: %zu shifts and %zu scales; expected as many, at least one",
                        json_array_size(shift), json_array_size(scale));
    rmf_normalisation map = {0};
    RMF_TRY(create(kind, (int64_t)json_array_size(shift), &map));
    rmf_status status = fill_from_json(shift, scale, &map);
    if (status != RMF_OK) {
        rmf_normalisation_free(&map);
        return status;
    }
    *out = map;
    return RMF_OK;
}
