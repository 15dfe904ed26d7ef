/* train/batch.c – which objects a training step sees, and their order by bank row.
 *
 * Draw number k (counted over the whole training) falls into pass k / n over the data; each pass
 * has its own permutation, addressed by its number.  So a batch is a function of (seed, k), and
 * resuming needs nothing but the step.  Balanced: draw k belongs to class k mod C, each class with
 * passes of its own. */
#include "train/train_private.h"

/* The objects of one stratum and the permutation of the pass it is in. */
struct stratum {
    int64_t n, pass;
    int64_t *member, *order;
};

struct rmf_batches {
    rmf_key key;
    int n_strata;
    struct stratum *stratum;
};

static rmf_status fill_strata(rmf_batches *b, const rmf_dataset *data, bool balanced)
{
    for (int s = 0; s < b->n_strata; s++) {
        struct stratum *z = &b->stratum[s];
        for (int64_t i = 0; i < data->n; i++)
            z->n += !balanced || data->label[i] == s;
        if (z->n == 0)
            return rmf_fail(RMF_ERR_ARGUMENT, "%s: class \"%s\" has no object to train on",
                            data->source, data->class_name[s]);
        RMF_TRY(rmf_alloc((size_t)z->n, sizeof *z->member, (void **)&z->member));
        RMF_TRY(rmf_alloc((size_t)z->n, sizeof *z->order, (void **)&z->order));
        int64_t k = 0;
        for (int64_t i = 0; i < data->n; i++)
            if (!balanced || data->label[i] == s) z->member[k++] = i;
        z->pass = -1;
    }
    return RMF_OK;
}

rmf_status rmf_batches_create(const rmf_dataset *data, bool balanced, uint64_t seed,
                              rmf_batches **out)
{
    rmf_batches *b = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *b, (void **)&b));
    b->key = rmf_key_make(seed, RMF_STREAM_BATCH);
    b->n_strata = balanced ? data->n_classes : 1;
    rmf_status s = rmf_alloc((size_t)b->n_strata, sizeof *b->stratum, (void **)&b->stratum);
    if (s == RMF_OK) s = fill_strata(b, data, balanced);
    if (s != RMF_OK) {
        rmf_batches_free(b);
        return s;
    }
    *out = b;
    return RMF_OK;
}

void rmf_batches_free(rmf_batches *batches)
{
    if (!batches) return;
    for (int s = 0; batches->stratum && s < batches->n_strata; s++) {
        rmf_free(batches->stratum[s].member);
        rmf_free(batches->stratum[s].order);
    }
    rmf_free(batches->stratum);
    rmf_free(batches);
}

void rmf_batches_draw(rmf_batches *batches, int64_t first, int64_t batch, int64_t *rows)
{
    for (int64_t r = 0; r < batch; r++) {
        int64_t draw = first + r;
        int s = (int)(draw % batches->n_strata);
        struct stratum *z = &batches->stratum[s];
        int64_t own = draw / batches->n_strata;
        if (own / z->n != z->pass) {
            z->pass = own / z->n;
            rmf_key key = rmf_key_fold(rmf_key_fold(batches->key, (uint64_t)s), (uint64_t)z->pass);
            rmf_random_permutation(key, z->order, z->n);
        }
        rows[r] = z->member[z->order[own % z->n]];
    }
}

void rmf_sort_by_bank(const int64_t *bank_row, int64_t batch, int64_t bank_rows, int64_t *count,
                      int64_t *order, rmf_segment *segments, int64_t *n_segments)
{
    for (int64_t b = 0; b < bank_rows; b++)
        count[b] = 0;
    for (int64_t r = 0; r < batch; r++)
        count[bank_row[r]]++;
    int64_t first = 0;
    *n_segments = 0;
    for (int64_t b = 0; b < bank_rows; b++) {
        if (count[b] == 0) continue;
        segments[(*n_segments)++] = (rmf_segment){.bank_row = b, .first = first, .count = count[b]};
        int64_t next = first + count[b];
        count[b] = first; /* from here on: where the next row of this bank row goes */
        first = next;
    }
    for (int64_t r = 0; r < batch; r++)
        order[count[bank_row[r]]++] = r;
}
