/* tree/newick.h – the nodes of a Newick text; newick_parse.c reads them, newick.c and topology.c
 * make trees and shapes of them. */
#ifndef RMF_TREE_NEWICK_H
#define RMF_TREE_NEWICK_H

#include "tree/internal.h"

typedef struct rmf_newick_node {
    int parent, first_leaf, end_leaf; /* its leaves in the order of the text: [first, end) */
    int leaf_count;                   /* 0 until known; 1 for a leaf */
    double length, height, support;   /* length: NAN if not given; height: −1 if not known yet */
    const char *name;                 /* leaves only */
    const char *at;                   /* where it ends in the text, for messages */
} rmf_newick_node;

/* Nodes stand in the order of their opening: parents before children. */
typedef struct rmf_newick {
    rmf_arena *arena;
    const char *text, *at, *place;
    rmf_newick_node *node;
    int n_nodes, n_leaves;
} rmf_newick;

/* RMF_ERR_FORMAT with line and column where the text is no tree.  text and place are borrowed. */
RMF_CHECKED rmf_status rmf_newick_open(const char *text, const char *place, rmf_newick *out);
void rmf_newick_close(rmf_newick *newick);
/* RMF_ERR_FORMAT: "place:line:column: …" of a place in the text. */
rmf_status rmf_newick_fail(const rmf_newick *newick, const char *at, const char *format, ...)
    RMF_PRINTF(3, 4);

#endif
