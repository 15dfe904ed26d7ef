/** data/split.c – which objects training sees and which are held out. */
#include <inttypes.h>
#include <math.h>

#include "ramify/data.h"

/** FNV-1a of a class name: a class is split alike whatever other classes are there. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

/** start[c]: first place of class c in `member`, the rows sorted by class. */
static void sort_by_class(const rmf_dataset *data, int64_t *start, int64_t *member)
{
    for (int64_t i = 0; i < data->n; i++)
        start[data->label[i] + 1]++;
    for (int c = 0; c < data->n_classes; c++)
        start[c + 1] += start[c];
    for (int64_t i = 0; i < data->n; i++)
        member[start[data->label[i]]++] = i;
    for (int c = data->n_classes; c > 0; c--)
        start[c] = start[c - 1];
    start[0] = 0;
}

typedef struct split_work {
    int64_t *start;  /* [n_classes + 1] */
    int64_t *member; /* [n] rows by class */
    int64_t *mixed;  /* [n] a permutation within each class */
    bool *held;      /* [n] by row */
} split_work;

static void hold_out(const rmf_dataset *data, double share, uint64_t seed, split_work *work)
{
    rmf_key key = rmf_key_make(seed, RMF_STREAM_SPLIT);
    sort_by_class(data, work->start, work->member);
    for (int c = 0; c < data->n_classes; c++) {
        int64_t first = work->start[c], count = work->start[c + 1] - first;
        /* 0.29 · 100 is a little less than 29 in binary: rounding down must not lose one. */
        int64_t held = (int64_t)floor(share * (double)count + 1e-9);
        if (held >= count) held = count > 0 ? count - 1 : 0;
        rmf_random_permutation(rmf_key_fold(key, hash_of(data->class_name[c])), work->mixed, count);
        for (int64_t i = 0; i < held; i++)
            work->held[work->member[first + work->mixed[i]]] = true;
    }
}

static rmf_status split_alloc(const rmf_dataset *data, split_work *work)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)data->n_classes + 2, sizeof(int64_t), &block));
    work->start = block;
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof(int64_t), &block));
    work->member = block;
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof(int64_t), &block));
    work->mixed = block;
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof(bool), &block));
    work->held = block;
    return RMF_OK;
}

rmf_status rmf_split(const rmf_dataset *data, double share, uint64_t seed, int64_t *order,
                     int64_t *n_train)
{
    if (!(share >= 0 && share < 1))
        return rmf_fail(RMF_ERR_ARGUMENT, "held-out share %g; expected 0 or more, below 1", share);
    split_work work = {0};
    rmf_status status = split_alloc(data, &work);
    if (status == RMF_OK) {
        hold_out(data, share, seed, &work);
        int64_t train = 0, place = 0;
        for (int64_t i = 0; i < data->n; i++)
            if (!work.held[i]) order[train++] = i;
        place = train;
        for (int64_t i = 0; i < data->n; i++)
            if (work.held[i]) order[place++] = i;
        *n_train = train;
    }
    rmf_free(work.start);
    rmf_free(work.member);
    rmf_free(work.mixed);
    rmf_free(work.held);
    return status;
}
