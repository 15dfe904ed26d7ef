/* plan/objects.c – see objects.h. */
#include "plan/objects.h"

#include <string.h>

rmf_status rmf_tree_objects_sort(const rmf_labelled *real, const rmf_tree *tree, uint64_t seed,
                                 int64_t least, const char *what, rmf_arena *arena,
                                 rmf_tree_objects *out)
{
    const int classes = rmf_tree_class_count(tree);
    rmf_tree_objects made = {.real = real};
    int64_t *order = NULL;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)classes + 1, sizeof *made.start, (void **)&made.start));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)real->n + 1, sizeof *made.row, (void **)&made.row));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)real->n + 1, sizeof *order, (void **)&order));
    rmf_random_permutation(rmf_key_make(seed, RMF_STREAM_EVAL), order, real->n);
    for (int c = 0; c < classes; c++) {
        const char *name = rmf_tree_class_name(tree, c);
        int label = 0;
        while (label < real->n_names && strcmp(real->names[label], name) != 0)
            label++;
        int64_t end = made.start[c];
        for (int64_t i = 0; i < real->n; i++)
            if (real->label[order[i]] == label) made.row[end++] = order[i];
        if (end - made.start[c] < least)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "%s: class \"%.60s\" has %lld real objects; expected at least %lld",
                            what, name, (long long)(end - made.start[c]), (long long)least);
        made.start[c + 1] = end;
    }
    *out = made;
    return RMF_OK;
}

void rmf_tree_objects_noise(const rmf_tree_objects *objects, const rmf_sde *sde, int class,
                            double t, int64_t first, int64_t count, rmf_key key, float *x)
{
    const int64_t d = objects->real->features;
    const int64_t known = objects->start[class + 1] - objects->start[class];
    double alpha, sigma;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    for (int64_t k = 0; k < count; k++) {
        const int64_t row = objects->row[objects->start[class] + (first + k) % known];
        float *out = x + k * d;
        rmf_random_normal(key, (uint64_t)k, 0, out, (size_t)d);
        for (int64_t j = 0; j < d; j++)
            out[j] = (float)(alpha * objects->real->x[row * d + j] + sigma * out[j]);
    }
}
