/* train/labels.c – matches the classes of data and tree, and small facts about a data set. */
#include "train/train_private.h"

#include <math.h>
#include <string.h>

static rmf_status check_classes(const rmf_dataset *data, const rmf_tree *tree, int *to_tree)
{
    int n = rmf_tree_class_count(tree);
    for (int c = 0; c < data->n_classes; c++) {
        to_tree[c] = rmf_tree_class_index(tree, data->class_name[c]);
        if (to_tree[c] < 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: class \"%s\" is not in the tree; expected a tree of the same "
                            "classes (data.classes chooses some)",
                            data->source, data->class_name[c]);
    }
    if (n != data->n_classes)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: the data have %d classes but the tree has %d; expected the same",
                        data->source, data->n_classes, n);
    return RMF_OK;
}

rmf_status rmf_labels_to_tree(rmf_dataset *data, const rmf_tree *tree)
{
    int *to_tree = NULL;
    char **name = NULL;
    rmf_status s = rmf_alloc((size_t)data->n_classes, sizeof *to_tree, (void **)&to_tree);
    if (s == RMF_OK) s = rmf_alloc((size_t)data->n_classes, sizeof *name, (void **)&name);
    if (s == RMF_OK) s = check_classes(data, tree, to_tree);
    if (s == RMF_OK) {
        for (int c = 0; c < data->n_classes; c++)
            name[to_tree[c]] = data->class_name[c];
        memcpy(data->class_name, name, (size_t)data->n_classes * sizeof *name);
        for (int64_t i = 0; i < data->n; i++)
            data->label[i] = to_tree[data->label[i]];
    }
    rmf_free(name);
    rmf_free(to_tree);
    return s;
}

double rmf_data_deviation(const rmf_dataset *data)
{
    int64_t count = data->n * data->features;
    double sum = 0, square = 0;
    for (int64_t i = 0; i < count; i++)
        sum += data->x[i];
    double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        square += (data->x[i] - mean) * (data->x[i] - mean);
    return sqrt(square / (double)count);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo), over shape, labels and values. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t rmf_data_fingerprint(const rmf_dataset *data)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    hash = hash_bytes(hash, &data->n, sizeof data->n);
    hash = hash_bytes(hash, data->shape, sizeof data->shape);
    hash = hash_bytes(hash, data->label, (size_t)data->n * sizeof *data->label);
    return hash_bytes(hash, data->x, (size_t)(data->n * data->features) * sizeof *data->x);
}
