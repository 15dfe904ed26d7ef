/** bench/bench_data.c – how fast IDX and CSV in memory become data sets, and normalisation. */
#include <string.h>

#include "bench.h"
#include "data/csv.h"
#include "data/idx.h"

typedef struct input {
    char *objects, *labels;
    size_t size, labels_size;
    rmf_dataset data;
    rmf_normalisation map;
} input;

static bool parse_idx(void *context)
{
    const input *in = context;
    const rmf_idx_bytes objects = {"objects", in->objects, in->size};
    const rmf_idx_bytes labels = {"labels", in->labels, in->labels_size};
    rmf_dataset data = {0};
    bool good = rmf_idx_parse(&objects, &labels, &data) == RMF_OK;
    rmf_dataset_free(&data);
    return good;
}

static bool parse_csv(void *context)
{
    const input *in = context;
    const rmf_csv_options options = {0};
    rmf_dataset data = {0};
    bool good = rmf_csv_parse(in->objects, in->size, "table", &options, &data) == RMF_OK;
    rmf_dataset_free(&data);
    return good;
}

static bool normalise(void *context)
{
    input *in = context;
    rmf_normalisation_apply(&in->map, in->data.x, in->data.n, in->data.features);
    rmf_normalisation_invert(&in->map, in->data.x, in->data.n, in->data.features);
    return true;
}

/** An IDX pair of the size of MNIST's training set, and its normalisation. */
static bool bench_idx(void)
{
    enum { N = 60000, ITEM = 784 };
    static const unsigned char head[] = {0, 0, 8, 3, 0, 0, 0xEA, 0x60, 0, 0, 0, 28, 0, 0, 0, 28};
    static const unsigned char label_head[] = {0, 0, 8, 1, 0, 0, 0xEA, 0x60};
    input in = {.size = 16 + (size_t)N * ITEM, .labels_size = 8 + N};
    in.objects = calloc(in.size, 1);
    in.labels = calloc(in.labels_size, 1);
    bool good = in.objects != NULL && in.labels != NULL;
    if (good) {
        memcpy(in.objects, head, sizeof head);
        memcpy(in.labels, label_head, sizeof label_head);
        for (size_t i = 0; i < N; i++)
            in.labels[8 + i] = (char)(i % 10);
        for (size_t i = 16; i < in.size; i++)
            in.objects[i] = (char)(i * 2654435761u >> 24);
        good = bench_row("data idx 60000x28x28", parse_idx, &in, (double)in.size / 1e6, "MB");
    }
    const rmf_idx_bytes objects = {"objects", in.objects, in.size};
    const rmf_idx_bytes labels = {"labels", in.labels, in.labels_size};
    good = good && rmf_idx_parse(&objects, &labels, &in.data) == RMF_OK &&
           rmf_normalisation_fit(&in.data, "range", &in.map) == RMF_OK &&
           bench_row("data normalise+invert 60000x784", normalise, &in, 2.0 * N * ITEM / 1e6,
                     "M values");
    rmf_normalisation_free(&in.map);
    rmf_dataset_free(&in.data);
    free(in.objects);
    free(in.labels);
    return good;
}

/** A table of the size of the letters. */
static bool bench_csv(void)
{
    enum { N = 20000, FEATURES = 16, LINE = 200 };
    input in = {.objects = malloc((size_t)N * LINE)};
    if (in.objects == NULL) return false;
    for (size_t i = 0; i < N; i++) {
        in.size += (size_t)sprintf(in.objects + in.size, "%c", (char)('A' + i % 26));
        for (size_t j = 0; j < FEATURES; j++)
            in.size += (size_t)sprintf(in.objects + in.size, ",%.4f", (double)(i * j % 977) / 61);
        in.objects[in.size++] = '\n';
    }
    in.objects[in.size] = '\0';
    bool good = bench_row("data csv 20000x16", parse_csv, &in, (double)in.size / 1e6, "MB");
    free(in.objects);
    return good;
}

int main(void)
{
    return bench_idx() && bench_csv() ? EXIT_SUCCESS : EXIT_FAILURE;
}
