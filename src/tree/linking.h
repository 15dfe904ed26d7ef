/* tree/linking.h – joins from a table of crossing times. */
#ifndef RMF_TREE_LINKING_H
#define RMF_TREE_LINKING_H

#include "tree/sweep.h"

typedef struct rmf_linking {
    int n; /* classes */
    enum rmf_linkage linkage;
    double *crossing; /* [n, n], symmetric: when two classes meet; INFINITY = never.  Changed. */
    bool *gone;       /* [n] false; classes that became part of another */
    void *context;
    /* Centroid linkage: b, now gone, becomes part of a, whose row and column are made anew. */
    void (*pool)(void *context, int a, int b);
} rmf_linking;

/* joins [n − 1] in order of time; false, naming two classes, where some never meet. */
bool rmf_link(const rmf_linking *linking, rmf_join *joins, int apart[2]);

#endif
