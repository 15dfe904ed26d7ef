/* tests/cli/make_input.c – makes input files for the tables of run.sh.
 *
 *   make_input FILE.npz NAME TYPE SHAPE VALUES…   arrays, four arguments each; TYPE f32, i32 or
 * text make_input FILE.npy "" TYPE SHAPE VALUES make_input FILE.png HEIGHT,WIDTH,CHANNELS VALUE an
 * image of one grey value make_input --check-json FILE                  exit code 0 if FILE is
 * valid JSON make_input --last-view FILE.npz VIEWS.npz    exit code 0 if the last states and means
 * of the views are the samples
 *   make_input --check-page FILE.html                 exit code 0 if the page is as
 * report/checker.h says
 *
 * SHAPE is "2,3"; VALUES are separated by blanks and repeated until the array is full. */
#include "ramify/ramify.h"
#include "report/checker.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_shape(const char *text, int64_t *shape)
{
    int rank = 0;
    for (char *end; rank < RMF_ARRAY_RANK && *text; text = *end == ',' ? end + 1 : end)
        shape[rank++] = strtoll(text, &end, 10);
    return rank;
}

static int64_t product(int rank, const int64_t *shape)
{
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= shape[i];
    return count;
}

/* Splits `text` in place; *words has room for `most`. */
static size_t split(char *text, const char **words, size_t most)
{
    char *rest = NULL;
    size_t n = 0;
    for (char *w = strtok_r(text, " ", &rest); w && n < most; w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    return n;
}

static rmf_status add_array(char **argument, rmf_arrays *arrays)
{
    const char *words[64];
    size_t n = split(argument[3], words, 64);
    int64_t shape[RMF_ARRAY_RANK];
    int rank = parse_shape(argument[2], shape);
    if (strcmp(argument[1], "text") == 0)
        return rmf_arrays_add_texts(arrays, argument[0], words, n);
    bool real = strcmp(argument[1], "f32") == 0;
    int64_t count = product(rank, shape);
    void *data = NULL;
    RMF_TRY(rmf_alloc((size_t)count, sizeof(float), &data));
    for (int64_t i = 0; i < count && n > 0; i++) {
        if (real)
            ((float *)data)[i] = strtof(words[(size_t)i % n], NULL);
        else
            ((int32_t *)data)[i] = (int32_t)strtol(words[(size_t)i % n], NULL, 10);
    }
    rmf_status s = rmf_arrays_add(arrays, argument[0], real ? RMF_F32 : RMF_I32, rank, shape, data);
    rmf_free(data);
    return s;
}

static rmf_status make_arrays(const char *path, int n, char **argument, bool single)
{
    rmf_arrays arrays = {0};
    rmf_status s = RMF_OK;
    for (int i = 0; i + 4 <= n && s == RMF_OK; i += 4)
        s = add_array(argument + i, &arrays);
    if (s == RMF_OK)
        s = single ? rmf_npy_write(path, true, arrays.array) : rmf_npz_write(path, true, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

static rmf_status make_picture(const char *path, char **argument)
{
    int64_t shape[RMF_ARRAY_RANK] = {0};
    int rank = parse_shape(argument[0], shape);
    rmf_image image = {.height = shape[0], .width = shape[1], .channels = (int)shape[2]};
    void *pixel = NULL;
    RMF_TRY(rmf_alloc((size_t)product(rank, shape), 1, &pixel));
    memset(pixel, atoi(argument[1]), (size_t)product(rank, shape));
    image.pixel = pixel;
    rmf_status s = rmf_png_write(path, true, &image);
    rmf_free(pixel);
    return s;
}

static rmf_status check_json(const char *path)
{
    json_t *json = NULL;
    RMF_TRY(rmf_json_read(path, &json));
    json_decref(json);
    return RMF_OK;
}

static const void *data_of(const rmf_arrays *arrays, const char *name)
{
    const rmf_array *array = rmf_arrays_find(arrays, name);
    return array ? array->data : NULL;
}

/* At the last time both views are the samples, at the first they differ; times are near those
 * wanted, no two the same. */
static rmf_status compare_views(const rmf_arrays *samples, const rmf_arrays *views)
{
    const rmf_array *states = rmf_arrays_find(views, "states");
    const float *x = data_of(samples, "x"), *means = data_of(views, "means");
    const double *time = data_of(views, "time"), *wanted = data_of(views, "wanted");
    if (!x || !states || !means || !time || !wanted)
        return rmf_fail(RMF_ERR_FORMAT, "an array is missing");
    const int64_t n = states->shape[0], k = states->shape[1], d = rmf_array_count(states) / n / k;
    const size_t bytes = (size_t)d * sizeof *x;
    for (int64_t r = 0; r < n; r++) {
        const float *state = (const float *)states->data + r * k * d, *mean = means + r * k * d;
        if (memcmp(state + (k - 1) * d, x + r * d, bytes) != 0 ||
            memcmp(mean + (k - 1) * d, x + r * d, bytes) != 0)
            return rmf_fail(RMF_ERR_FORMAT, "the last view of sample %d is another", (int)r);
        if (memcmp(state, mean, bytes) == 0)
            return rmf_fail(RMF_ERR_FORMAT, "state and mean of sample %d are the same", (int)r);
        for (int64_t j = 0; j < k; j++)
            if (!(fabs(time[r * k + j] - wanted[j]) < 0.2) ||
                (j > 0 && !(time[r * k + j] < time[r * k + j - 1])))
                return rmf_fail(RMF_ERR_FORMAT, "time %g for %g", time[r * k + j], wanted[j]);
    }
    return RMF_OK;
}

static rmf_status check_views(const char *samples_path, const char *views_path)
{
    rmf_arrays samples = {0}, views = {0};
    rmf_status s = rmf_npz_read(samples_path, &samples);
    if (s == RMF_OK) s = rmf_npz_read(views_path, &views);
    if (s == RMF_OK) s = compare_views(&samples, &views);
    rmf_arrays_free(&samples);
    rmf_arrays_free(&views);
    return s;
}

static rmf_status check_html(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_file_read(path, 0, &text, &size));
    const char *wrong = strlen(text) == size ? check_page(text) : "a 0 byte";
    rmf_free(text);
    return wrong ? rmf_fail(RMF_ERR_FORMAT, "%s: %s", path, wrong) : RMF_OK;
}

int main(int argc, char **argv)
{
    const char *dot = argc > 2 ? strrchr(argv[1], '.') : NULL;
    rmf_status s = RMF_ERR_USAGE;
    if (argc == 3 && strcmp(argv[1], "--check-json") == 0)
        s = check_json(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "--check-page") == 0)
        s = check_html(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "--last-view") == 0)
        s = check_views(argv[2], argv[3]);
    else if (dot && argc == 4 && strcmp(dot, ".png") == 0)
        s = make_picture(argv[1], argv + 2);
    else if (dot && argc >= 6 && argc % 4 == 2)
        s = make_arrays(argv[1], argc - 2, argv + 2, strcmp(dot, ".npy") == 0);
    if (s != RMF_OK) fprintf(stderr, "make_input: %s: %s\n", rmf_status_text(s), rmf_message());
    return s != RMF_OK;
}
