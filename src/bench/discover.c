/* bench/discover.c – exact discovery: MNIST's size (60,000 × 784, 10 classes) and many classes
 * (1,000 × 100 objects × 784), on made-up clusters. */
#include "bench/bench.h"
#include "ramify/diffusion.h"

#include <stdio.h>

enum { FEATURES = 784 };

typedef struct size {
    const char *name;
    int classes;
    int64_t per_class;
    enum rmf_linkage linkage;
} size;

typedef struct input {
    rmf_labelled data;
    rmf_discovery options;
    rmf_sde sde;
} input;

static rmf_status discover(void *context)
{
    const input *in = context;
    const rmf_noise noise = rmf_sde_noise(&in->sde);
    rmf_tree *tree = NULL;
    RMF_TRY(rmf_discover(&in->data, &noise, &in->options, NULL, &tree));
    rmf_tree_free(tree);
    return RMF_OK;
}

/* Objects of class c lie around a centre of their own. */
static void fill(float *x, int32_t *label, int64_t n, int classes, uint64_t seed)
{
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_DISCOVERY);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        float centre[FEATURES], *object = x + i * FEATURES;
        label[i] = (int32_t)(i % classes);
        rmf_random_normal(key, (uint64_t)label[i], 0, centre, FEATURES);
        rmf_random_normal(key, (uint64_t)i, 1, object, FEATURES);
        for (int64_t j = 0; j < FEATURES; j++)
            object[j] += 0.5f * centre[j];
    }
}

static rmf_status time_discovery(rmf_bench *b, const size *size, input *in)
{
    rmf_bench_times times;
    const rmf_bench_work work = {.run = discover, .context = in};
    rmf_discovery_init(&in->options);
    in->options.linkage = size->linkage;
    RMF_TRY(rmf_sde_parse("vp:0.1,20", "bench", &in->sde));
    RMF_TRY(rmf_bench_measure(b, &work, 1, &times));
    return rmf_bench_put(
        b, &(rmf_bench_row){.bench = rmf_bench_discover.name,
                            .name = size->name,
                            .facts = rmf_bench_facts((const char *[]){"objects", "classes"},
                                                     (int64_t[]){in->data.n, size->classes}, 2),
                            .times = &times,
                            .amount = (double)in->data.n,
                            .unit = "objects"});
}

static rmf_status time_size(rmf_bench *b, const size *size)
{
    const size_t n = (size_t)(size->classes * size->per_class), classes = (size_t)size->classes;
    rmf_arena *arena = NULL;
    float *x = NULL;
    int32_t *label = NULL;
    char(*text)[24] = NULL;
    const char **names = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = rmf_arena_alloc(arena, n, FEATURES * sizeof *x, (void **)&x);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, n, sizeof *label, (void **)&label);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, classes, sizeof *text, (void **)&text);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, classes, sizeof *names, (void **)&names);
    for (size_t c = 0; s == RMF_OK && c < classes; c++) {
        snprintf(text[c], sizeof text[c], "%zu", c);
        names[c] = text[c];
    }
    if (s == RMF_OK) {
        fill(x, label, (int64_t)n, size->classes, b->options->seed);
        input in = {.data = {(int64_t)n, FEATURES, x, label, size->classes, names}};
        s = time_discovery(b, size, &in);
    }
    rmf_arena_free(arena);
    return s;
}

static rmf_status run(rmf_bench *b)
{
    static const size sizes[] = {
        {"60000x784 10 classes", 10, 6000, RMF_LINKAGE_SINGLE},
        {"1000 classes x 100 x 784 single", 1000, 100, RMF_LINKAGE_SINGLE},
        {"1000 classes x 100 x 784 centroid", 1000, 100, RMF_LINKAGE_CENTROID}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        RMF_TRY(time_size(b, &sizes[i]));
    return RMF_OK;
}

const rmf_bench_kind rmf_bench_discover = {"discover", "exact discovery of branch points", false,
                                           run};
