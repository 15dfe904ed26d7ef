/* plan/objects.h – real objects by class of a tree, and their noised states. */
#ifndef RMF_PLAN_OBJECTS_H
#define RMF_PLAN_OBJECTS_H

#include "ramify/plan.h"

/* Objects of class c stand in the rows row[start[c] … start[c + 1]) of real->x, in random order. */
typedef struct rmf_tree_objects {
    const rmf_labelled *real;
    int64_t *start, *row;
} rmf_tree_objects;

/* Classes are found by name.  `least` objects a class, or RMF_ERR_ARGUMENT naming `what`. */
RMF_CHECKED rmf_status rmf_tree_objects_sort(const rmf_labelled *real, const rmf_tree *tree,
                                             uint64_t seed, int64_t least, const char *what,
                                             rmf_arena *arena, rmf_tree_objects *out);
/* x [count, features]: states at time t of a class's objects from number `first` on, round and
 * round; noise is addressed by (key, number in x). */
void rmf_tree_objects_noise(const rmf_tree_objects *objects, const rmf_sde *sde, int class,
                            double t, int64_t first, int64_t count, rmf_key key, float *x);

#endif
