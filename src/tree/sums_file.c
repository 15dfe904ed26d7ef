/*
 * tree/sums_file.c – discovery sums as .npz: classes, count [n], log_norm [K],
 * direction_sums [n, K, features], square_sums [n, K, K].
 */
#include <math.h>
#include <string.h>

#include "ramify/io.h"
#include "tree/sums.h"

rmf_status rmf_sums_write(const rmf_sums *sums, const char *path, bool replace)
{
    const int64_t n = sums->n_names, k = sums->nodes, d = sums->features;
    rmf_arrays arrays = {0};
    rmf_status s =
        rmf_arrays_add_texts(&arrays, "classes", (const char *const *)sums->name, (size_t)n);
    if (s == RMF_OK) s = rmf_arrays_add(&arrays, "count", RMF_F64, 1, (int64_t[]){n}, sums->weight);
    if (s == RMF_OK)
        s = rmf_arrays_add(&arrays, "log_norm", RMF_F64, 1, (int64_t[]){k}, sums->log_norm);
    if (s == RMF_OK)
        s = rmf_arrays_add(&arrays, "direction_sums", RMF_F64, 3, (int64_t[]){n, k, d},
                           sums->direction);
    if (s == RMF_OK)
        s = rmf_arrays_add(&arrays, "square_sums", RMF_F64, 3, (int64_t[]){n, k, k}, sums->square);
    if (s == RMF_OK) s = rmf_npz_write(path, replace, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

/* The array `name`: double, finite, of this rank; shape −1 means any size of at least 1. */
RMF_CHECKED static rmf_status find(const rmf_arrays *arrays, const char *name, int rank,
                                   int64_t *shape, const double **out)
{
    const rmf_array *array = rmf_arrays_find(arrays, name);
    if (array == NULL || array->type != RMF_F64 || array->rank != rank)
        return rmf_fail(RMF_ERR_FORMAT,
                        "discovery sums: no array \"%s\" of %d dimensions in double precision; "
                        "expected one; give a file of this version",
                        name, rank);
    for (int i = 0; i < rank; i++) {
        if (shape[i] < 0 && array->shape[i] > 0) shape[i] = array->shape[i];
        if (array->shape[i] != shape[i])
            return rmf_fail(RMF_ERR_FORMAT,
                            "discovery sums: \"%s\" has size %lld in dimension %d; expected %lld; "
                            "the file is damaged",
                            name, (long long)array->shape[i], i, (long long)shape[i]);
    }
    const double *data = array->data;
    for (int64_t i = 0; i < rmf_array_count(array); i++)
        if (!isfinite(data[i]))
            return rmf_fail(RMF_ERR_FORMAT,
                            "discovery sums: \"%s\" holds %g; expected finite numbers; the file "
                            "is damaged",
                            name, data[i]);
    *out = data;
    return RMF_OK;
}

struct content {
    int64_t n, nodes, features;
    const double *count, *log_norm, *direction, *square;
};

RMF_CHECKED static rmf_status check(const rmf_arrays *arrays, struct content *c)
{
    int64_t shape[3] = {-1, -1, -1};
    RMF_TRY(find(arrays, "direction_sums", 3, shape, &c->direction));
    c->n = shape[0];
    c->nodes = shape[1];
    c->features = shape[2];
    if (c->n > INT32_MAX / 4 || c->nodes > RMF_MOST_NODES)
        return rmf_fail(RMF_ERR_FORMAT,
                        "discovery sums: %lld classes at %lld nodes; expected at most %d nodes; "
                        "the file is damaged",
                        (long long)c->n, (long long)c->nodes, RMF_MOST_NODES);
    RMF_TRY(find(arrays, "count", 1, (int64_t[]){c->n}, &c->count));
    RMF_TRY(find(arrays, "log_norm", 1, (int64_t[]){c->nodes}, &c->log_norm));
    RMF_TRY(find(arrays, "square_sums", 3, (int64_t[]){c->n, c->nodes, c->nodes}, &c->square));
    for (int64_t i = 0; i < c->n; i++)
        if (!(c->count[i] >= 2))
            return rmf_fail(RMF_ERR_FORMAT,
                            "discovery sums: class %lld counts %g objects; expected at least two; "
                            "the file is damaged",
                            (long long)i, c->count[i]);
    const rmf_array *names = rmf_arrays_find(arrays, "classes");
    if (names == NULL || names->type != RMF_TEXT || names->rank != 1 || names->shape[0] != c->n)
        return rmf_fail(RMF_ERR_FORMAT,
                        "discovery sums: no text array \"classes\" of %lld names; expected one; "
                        "the file is damaged",
                        (long long)c->n);
    return RMF_OK;
}

RMF_CHECKED static rmf_status copy(const struct content *c, const char *const *names,
                                   rmf_sums **out)
{
    const size_t n = (size_t)c->n, k = (size_t)c->nodes, d = (size_t)c->features;
    rmf_sums *sums = NULL;
    RMF_TRY(rmf_sums_new((int)c->n, names, (int)c->nodes, c->features, &sums));
    memcpy(sums->weight, c->count, n * sizeof(double));
    memcpy(sums->weight_squared, c->count, n * sizeof(double)); /* each object counts once */
    memcpy(sums->log_norm, c->log_norm, k * sizeof(double));
    memcpy(sums->direction, c->direction, n * k * d * sizeof(double));
    memcpy(sums->square, c->square, n * k * k * sizeof(double));
    *out = sums;
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_arrays(const rmf_arrays *arrays, rmf_sums **out)
{
    struct content c;
    void *block = NULL;
    RMF_TRY(check(arrays, &c));
    RMF_TRY(rmf_alloc((size_t)c.n, sizeof(char *), &block));
    char **names = block;
    rmf_status status = RMF_OK;
    for (int64_t i = 0; i < c.n && status == RMF_OK; i++)
        status = rmf_array_text(rmf_arrays_find(arrays, "classes"), i, &names[i]);
    if (status == RMF_OK) status = copy(&c, (const char *const *)names, out);
    for (int64_t i = 0; i < c.n; i++)
        rmf_free(names[i]);
    rmf_free(names);
    return status;
}

rmf_status rmf_sums_read(const char *path, rmf_sums **out)
{
    rmf_arrays arrays = {0};
    RMF_TRY(rmf_npz_read(path, &arrays));
    rmf_status status = read_arrays(&arrays, out);
    rmf_arrays_free(&arrays);
    return status == RMF_OK ? RMF_OK : rmf_fail_in(status, path);
}
