/* eval/classes.c – objects sorted by class, shuffled within a class by (key, class). */
#include "eval/classes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static rmf_status check(const rmf_eval_options *options, const rmf_eval_set *set, const char *what)
{
    for (int64_t i = 0; i < set->n; i++) {
        int32_t label = set->label[i];
        if (label < 0 || label >= options->n_classes)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "%s objects: row %" PRId64 " has label %" PRId32 "; expected 0 to %d",
                            what, i, label, options->n_classes - 1);
        for (int64_t j = 0; j < options->features; j++)
            if (!isfinite(set->x[i * options->features + j]))
                return rmf_fail(RMF_ERR_NUMERIC,
                                "%s objects: row %" PRId64 " (class %s) has %g as feature %" PRId64
                                "; expected finite values; remove the row or look for the cause in "
                                "training and sampling",
                                what, i, options->class_name[label],
                                (double)set->x[i * options->features + j], j);
    }
    return RMF_OK;
}

static rmf_status sort_rows(rmf_classes *c, rmf_key key)
{
    int64_t n = c->set->n, *order = NULL, *place = NULL;
    rmf_status s = rmf_alloc((size_t)n, sizeof *order, (void **)&order);
    if (s == RMF_OK) s = rmf_alloc((size_t)c->count, sizeof *place, (void **)&place);
    for (int64_t i = 0; s == RMF_OK && i < n; i++)
        c->first[c->set->label[i] + 1]++;
    for (int k = 0; s == RMF_OK && k < c->count; k++) {
        place[k] = c->first[k];
        c->first[k + 1] += c->first[k];
    }
    for (int64_t i = 0; s == RMF_OK && i < n; i++)
        order[place[c->set->label[i]]++] = i;
    for (int k = 0; s == RMF_OK && k < c->count; k++) {
        int64_t first = c->first[k], size = c->first[k + 1] - first;
        rmf_random_permutation(rmf_key_fold(key, (uint64_t)k), c->row + first, size);
        for (int64_t i = first; i < first + size; i++)
            c->row[i] = order[first + c->row[i]];
    }
    rmf_free(place);
    rmf_free(order);
    return s;
}

rmf_status rmf_classes_create(const rmf_eval_options *options, const rmf_eval_set *set,
                              const char *what, rmf_key key, rmf_classes *out)
{
    static const rmf_eval_set nothing = {NULL, NULL, 0};
    rmf_classes c = {
        .set = set ? set : &nothing, .features = options->features, .count = options->n_classes};
    RMF_TRY(check(options, c.set, what));
    rmf_status s = rmf_alloc((size_t)c.count + 1, sizeof *c.first, (void **)&c.first);
    if (s == RMF_OK) s = rmf_alloc((size_t)c.set->n, sizeof *c.row, (void **)&c.row);
    if (s == RMF_OK) s = sort_rows(&c, key);
    if (s == RMF_OK)
        *out = c;
    else
        rmf_classes_free(&c);
    return s;
}

void rmf_classes_free(rmf_classes *classes)
{
    if (!classes) return;
    rmf_free(classes->first);
    rmf_free(classes->row);
    *classes = (rmf_classes){0};
}

int64_t rmf_classes_size(const rmf_classes *classes, int class)
{
    return classes->first[class + 1] - classes->first[class];
}

rmf_status rmf_classes_take(const rmf_classes *classes, int class, int64_t first, int64_t n,
                            rmf_arena *arena, rmf_sample_set *out)
{
    float *x = NULL;
    size_t width = (size_t)classes->features;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n * width, sizeof *x, (void **)&x));
    const int64_t *row = classes->row + classes->first[class] + first;
    for (int64_t i = 0; i < n; i++)
        memcpy(x + (size_t)i * width, classes->set->x + (size_t)row[i] * width, width * sizeof *x);
    *out = (rmf_sample_set){x, n, classes->features};
    return RMF_OK;
}
