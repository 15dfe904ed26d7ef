/* tree/objects.h – labelled objects, checked and grouped by class. */
#ifndef RMF_TREE_OBJECTS_H
#define RMF_TREE_OBJECTS_H

#include "tree/internal.h"

/* Work (in multiplications) below which starting threads costs more than it saves. */
#define RMF_SMALL 100000

/* Which objects are used: those of class c are row[start[c] … start[c + 1]), ascending. */
typedef struct rmf_picks {
    rmf_arena *arena;
    int64_t *row, *start;
    double *norm; /* [start[n_names]] ‖x‖ of each */
} rmf_picks;

/* Checks the data as ramify/tree.h says and picks at most max_per_class objects of each class
 * (0 = all), at random but the same for the same seed. */
RMF_CHECKED rmf_status rmf_picks_create(const rmf_labelled *data, int64_t max_per_class,
                                        uint64_t seed, rmf_picks *out);
void rmf_picks_free(rmf_picks *picks);

#endif
