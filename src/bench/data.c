/* bench/data.c – how fast IDX and CSV in memory become data sets, and normalisation. */
#include "bench/bench.h"
#include "data/csv.h"
#include "data/idx.h"

#include <stdio.h>
#include <string.h>

typedef struct input {
    char *objects, *labels;
    size_t size, labels_size;
    rmf_dataset data;
    rmf_normalisation map;
} input;

static void free_input(input *in)
{
    rmf_normalisation_free(&in->map);
    rmf_dataset_free(&in->data);
    rmf_free(in->objects);
    rmf_free(in->labels);
}

static rmf_status read_idx(const input *in, rmf_dataset *out)
{
    const rmf_idx_bytes objects = {"objects", in->objects, in->size};
    const rmf_idx_bytes labels = {"labels", in->labels, in->labels_size};
    return rmf_idx_parse(&objects, &labels, out);
}

static rmf_status parse_idx(void *context)
{
    rmf_dataset data = {0};
    const rmf_status s = read_idx(context, &data);
    rmf_dataset_free(&data);
    return s;
}

static rmf_status parse_csv(void *context)
{
    const input *in = context;
    const rmf_csv_options options = {0};
    rmf_dataset data = {0};
    const rmf_status s = rmf_csv_parse(in->objects, in->size, "table", &options, &data);
    rmf_dataset_free(&data);
    return s;
}

static rmf_status normalise(void *context)
{
    input *in = context;
    rmf_normalisation_apply(&in->map, in->data.x, in->data.n, in->data.features);
    rmf_normalisation_invert(&in->map, in->data.x, in->data.n, in->data.features);
    return RMF_OK;
}

static rmf_status time_row(rmf_bench *b, const char *name, rmf_status (*run)(void *), input *in,
                           double amount, const char *unit)
{
    rmf_bench_times times;
    const rmf_bench_work work = {.run = run, .context = in};
    RMF_TRY(rmf_bench_measure(b, &work, 1, &times));
    return rmf_bench_put(b, &(rmf_bench_row){.bench = rmf_bench_data.name,
                                             .name = name,
                                             .times = &times,
                                             .amount = amount,
                                             .unit = unit});
}

enum { N = 60000, ITEM = 784 };

/* An IDX pair of the size of MNIST's training set. */
static rmf_status make_idx(input *in)
{
    static const unsigned char head[] = {0, 0, 8, 3, 0, 0, 0xEA, 0x60, 0, 0, 0, 28, 0, 0, 0, 28};
    static const unsigned char label_head[] = {0, 0, 8, 1, 0, 0, 0xEA, 0x60};
    in->size = sizeof head + (size_t)N * ITEM;
    in->labels_size = sizeof label_head + N;
    RMF_TRY(rmf_alloc(in->size, 1, (void **)&in->objects));
    RMF_TRY(rmf_alloc(in->labels_size, 1, (void **)&in->labels));
    memcpy(in->objects, head, sizeof head);
    memcpy(in->labels, label_head, sizeof label_head);
    for (size_t i = 0; i < N; i++)
        in->labels[sizeof label_head + i] = (char)(i % 10);
    for (size_t i = sizeof head; i < in->size; i++)
        in->objects[i] = (char)(i * 2654435761u >> 24);
    return RMF_OK;
}

static rmf_status time_idx(rmf_bench *b)
{
    input in = {0};
    rmf_status s = make_idx(&in);
    if (s == RMF_OK)
        s = time_row(b, "idx 60000x28x28", parse_idx, &in, (double)in.size / 1e6, "MB");
    if (s == RMF_OK) s = read_idx(&in, &in.data);
    if (s == RMF_OK) s = rmf_normalisation_fit(&in.data, "range", &in.map);
    if (s == RMF_OK)
        s = time_row(b, "normalise+invert 60000x784", normalise, &in, 2.0 * N * ITEM / 1e6,
                     "M values");
    free_input(&in);
    return s;
}

/* A table of the size of the letters. */
static rmf_status time_csv(rmf_bench *b)
{
    enum { ROWS = 20000, FEATURES = 16, LINE = 200 };
    input in = {0};
    RMF_TRY(rmf_alloc(ROWS, LINE, (void **)&in.objects));
    for (size_t i = 0; i < ROWS; i++) {
        in.size += (size_t)sprintf(in.objects + in.size, "%c", (char)('A' + i % 26));
        for (size_t j = 0; j < FEATURES; j++)
            in.size += (size_t)sprintf(in.objects + in.size, ",%.4f", (double)(i * j % 977) / 61);
        in.objects[in.size++] = '\n';
    }
    in.objects[in.size] = '\0';
    const rmf_status s = time_row(b, "csv 20000x16", parse_csv, &in, (double)in.size / 1e6, "MB");
    free_input(&in);
    return s;
}

static rmf_status run(rmf_bench *b)
{
    RMF_TRY(time_idx(b));
    return time_csv(b);
}

const rmf_bench_kind rmf_bench_data = {"data", "reading IDX and CSV, and normalisation", false,
                                       run};
