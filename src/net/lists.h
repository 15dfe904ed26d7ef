/** net/lists.h – LIST settings of networks: whole numbers, and names out of a few. */
#ifndef RMF_NET_LISTS_H
#define RMF_NET_LISTS_H

#include "ramify/core.h"

/**
 * Reads a LIST of whole numbers into values[room].  An unset or empty key gives *count 0.
 * RMF_ERR_USAGE with place and key when a word is no number from low to high or there are more than
 * `room`.
 */
typedef struct rmf_number_list {
    const char *key;
    int64_t low, high;
    int room;
} rmf_number_list;
RMF_CHECKED rmf_status rmf_list_numbers(const rmf_settings *settings, const rmf_number_list *list,
                                        int64_t *values, int *count);

/**
 * Reads a LIST of names out of `names` (NULL-ended): bit i of *bits is set when names[i] is there.
 * The single word "none" gives 0; an unset key too.
 */
RMF_CHECKED rmf_status rmf_list_names(const rmf_settings *settings, const char *key,
                                      const char *const *names, unsigned *bits);

/** A network of several branches whose parameters are all shared cannot tell them apart: refuse. */
RMF_CHECKED rmf_status rmf_list_banks(const rmf_settings *settings, const char *const *names,
                                      int64_t bank_rows, unsigned *bits);

#endif
