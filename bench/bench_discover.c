/** bench/bench_discover.c – exact discovery: MNIST's size (60,000 × 784, 10 classes) and many
 * classes (1,000 × 100 objects × 784), on made-up clusters. */
#include <stdlib.h>

#include "bench.h"
#include "ramify/diffusion.h"

typedef struct input {
    rmf_labelled data;
    rmf_discovery options;
    rmf_sde sde;
} input;

static bool discover(void *context)
{
    const input *in = context;
    const rmf_noise noise = rmf_sde_noise(&in->sde);
    rmf_tree *tree = NULL;
    bool good = rmf_discover(&in->data, &noise, &in->options, NULL, &tree) == RMF_OK;
    if (!good) fprintf(stderr, "discover: %s\n", rmf_message());
    rmf_tree_free(tree);
    return good;
}

/* Objects of class c lie around a centre of their own. */
static void fill(float *x, int32_t *label, int64_t n, int64_t features, int classes)
{
    const rmf_key key = rmf_key_make(7, RMF_STREAM_DISCOVERY);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        float centre[1024];
        label[i] = (int32_t)(i % classes);
        rmf_random_normal(key, (uint64_t)label[i], 0, centre, (size_t)features);
        rmf_random_normal(key, (uint64_t)i, 1, x + i * features, (size_t)features);
        for (int64_t j = 0; j < features; j++)
            x[i * features + j] += 0.5f * centre[j];
    }
}

static bool bench_size(const char *row, int classes, int64_t per_class, enum rmf_linkage linkage)
{
    enum { FEATURES = 784 };
    const int64_t n = classes * per_class;
    float *x = malloc((size_t)n * FEATURES * sizeof *x);
    int32_t *label = malloc((size_t)n * sizeof *label);
    char(*text)[8] = malloc((size_t)classes * sizeof *text);
    const char **names = malloc((size_t)classes * sizeof *names);
    bool good = x && label && text && names;
    if (good) {
        for (int c = 0; c < classes; c++) {
            snprintf(text[c], sizeof text[c], "%d", c);
            names[c] = text[c];
        }
        fill(x, label, n, FEATURES, classes);
        input in = {.data = {n, FEATURES, x, label, classes, names}};
        rmf_discovery_init(&in.options);
        in.options.linkage = linkage;
        good = rmf_sde_parse("vp:0.1,20", "bench", &in.sde) == RMF_OK &&
               bench_row(row, discover, &in, (double)n, "objects");
    }
    free(names);
    free(text);
    free(label);
    free(x);
    return good;
}

int main(void)
{
    bool good = bench_size("discover 60000x784 10 classes", 10, 6000, RMF_LINKAGE_SINGLE);
    good = bench_size("discover 1000 classes x 100 x 784 single", 1000, 100, RMF_LINKAGE_SINGLE) &&
           good;
    good =
        bench_size("discover 1000 classes x 100 x 784 centroid", 1000, 100, RMF_LINKAGE_CENTROID) &&
        good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
