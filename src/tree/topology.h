/* tree/topology.h – the shape of a tree, as the code that fits times to it sees it. */
#ifndef RMF_TREE_TOPOLOGY_H
#define RMF_TREE_TOPOLOGY_H

#include "tree/sweep.h"

/* A group of classes, or one class (a leaf). */
typedef struct rmf_topology_node {
    int parent;     /* −1: the root, node 0; parents come before children */
    int first, end; /* its leaves: [first, end) */
    bool leaf;
} rmf_topology_node;

struct rmf_topology {
    rmf_arena *arena;
    char *place; /* where it was read, for messages */
    int n_nodes, n_leaves;
    rmf_topology_node *node;
    char **name; /* [n_leaves] classes, each group's side by side */
};

/* class_of[leaf]: its number among names.  RMF_ERR_FORMAT unless both hold the same classes. */
RMF_CHECKED rmf_status rmf_topology_match(const rmf_topology *topology, int n_names,
                                          const char *const *names, int *class_of);

/* joins [n_names − 1], in order of time, that make the tree of how->topology (fit.c). */
RMF_CHECKED rmf_status rmf_fit(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                               const rmf_picks *picks, const rmf_sweeping *how, rmf_join *joins);

#endif
