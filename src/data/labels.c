/** data/labels.c – label texts to class numbers. */
#include "data/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/number.h"

void rmf_labels_free(rmf_labels *labels)
{
    if (labels == NULL) return;
    for (int32_t i = 0; i < labels->count; i++)
        rmf_free(labels->text[i]);
    rmf_free(labels->text);
    rmf_free(labels->hash);
    rmf_free(labels->slot);
    *labels = (rmf_labels){0};
}

/** FNV-1a. */
static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/** The slot that holds a text, or the free one where it belongs. */
static int32_t *find_slot(const rmf_labels *labels, const char *text, size_t length, uint32_t hash)
{
    for (size_t i = hash;; i++) {
        int32_t *slot = &labels->slot[i & (labels->slots - 1)];
        if (*slot == 0) return slot;
        const char *known = labels->text[*slot - 1];
        if (labels->hash[*slot - 1] == hash && strncmp(known, text, length) == 0 &&
            known[length] == '\0')
            return slot;
    }
}

/** Doubles the room; the table of slots stays at most half full. */
static rmf_status grow(rmf_labels *labels)
{
    if (labels->room > INT32_MAX / 4)
        return rmf_fail(RMF_ERR_UNSUPPORTED, "more than %d classes", (int)labels->room);
    int32_t room = labels->room == 0 ? 32 : labels->room * 2;
    void *text = NULL, *hash = NULL, *slot = NULL;
    rmf_status status = rmf_alloc((size_t)room, sizeof(char *), &text);
    if (status == RMF_OK) status = rmf_alloc((size_t)room, sizeof(uint32_t), &hash);
    if (status == RMF_OK) status = rmf_alloc((size_t)room * 2, sizeof(int32_t), &slot);
    if (status != RMF_OK) {
        rmf_free(text);
        rmf_free(hash);
        return status;
    }
    if (labels->count > 0) {
        memcpy(text, labels->text, (size_t)labels->count * sizeof(char *));
        memcpy(hash, labels->hash, (size_t)labels->count * sizeof(uint32_t));
    }
    rmf_free(labels->text);
    rmf_free(labels->hash);
    rmf_free(labels->slot);
    labels->text = text;
    labels->hash = hash;
    labels->slot = slot;
    labels->slots = (size_t)room * 2;
    labels->room = room;
    for (int32_t i = 0; i < labels->count; i++)
        *find_slot(labels, labels->text[i], strlen(labels->text[i]), labels->hash[i]) = i + 1;
    return RMF_OK;
}

rmf_status rmf_labels_add(rmf_labels *labels, const char *text, size_t length, int32_t *number)
{
    char plain[32];
    double value;
    bool fraction = memchr(text, '.', length) != NULL || memchr(text, 'e', length) != NULL;
    if (fraction && rmf_parse_number(text, length, &value) && value == floor(value) &&
        fabs(value) < 1e15) {
        length = (size_t)snprintf(plain, sizeof plain, "%.0f", value + 0.0);
        text = plain;
    }
    if (labels->count == labels->room) RMF_TRY(grow(labels));
    uint32_t hash = hash_of(text, length);
    int32_t *slot = find_slot(labels, text, length, hash);
    if (*slot == 0) {
        void *copy = NULL;
        RMF_TRY(rmf_alloc(length + 1, 1, &copy));
        memcpy(copy, text, length);
        labels->text[labels->count] = copy;
        labels->hash[labels->count] = hash;
        *slot = ++labels->count;
    }
    *number = *slot - 1;
    return RMF_OK;
}

typedef struct class_entry {
    char *name;
    double value;
    int32_t old;
} class_entry;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const class_entry *)a)->name, ((const class_entry *)b)->name);
}

static int by_value(const void *a, const void *b)
{
    double x = ((const class_entry *)a)->value, y = ((const class_entry *)b)->value;
    return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

rmf_status rmf_labels_finish(rmf_labels *labels, rmf_dataset *out)
{
    size_t count = (size_t)labels->count;
    void *block = NULL, *names = NULL, *order = NULL;
    rmf_status status = rmf_alloc(count, sizeof(class_entry), &block);
    if (status == RMF_OK) status = rmf_alloc(count, sizeof(char *), &names);
    if (status == RMF_OK) status = rmf_alloc(count, sizeof(int32_t), &order);
    if (status != RMF_OK) {
        rmf_free(block);
        rmf_free(names);
        return status;
    }
    class_entry *entry = block;
    bool numeric = true;
    for (size_t i = 0; i < count; i++) {
        entry[i] = (class_entry){.name = labels->text[i], .old = (int32_t)i};
        numeric &= rmf_parse_number(entry[i].name, strlen(entry[i].name), &entry[i].value);
    }
    if (count > 0) qsort(entry, count, sizeof *entry, numeric ? by_value : by_name);
    int32_t *place = order;
    for (size_t i = 0; i < count; i++) {
        ((char **)names)[i] = entry[i].name;
        place[entry[i].old] = (int32_t)i;
    }
    for (int64_t i = 0; i < out->n; i++)
        out->label[i] = place[out->label[i]];
    out->class_name = names;
    out->n_classes = labels->count;
    labels->count = 0; /* the texts have a new owner */
    rmf_labels_free(labels);
    rmf_free(block);
    rmf_free(order);
    return RMF_OK;
}
