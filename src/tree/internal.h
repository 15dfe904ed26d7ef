/* tree/internal.h – what the files of this room share about trees. */
#ifndef RMF_TREE_INTERNAL_H
#define RMF_TREE_INTERNAL_H

#include "ramify/tree.h"

/* count zeroed elements from an arena, or return from the calling function. */
#define RMF_NEW(arena, count, pointer)                                                             \
    do {                                                                                           \
        void *rmf_new_block = NULL;                                                                \
        RMF_TRY(rmf_arena_alloc((arena), (size_t)(count), sizeof *(pointer), &rmf_new_block));     \
        (pointer) = rmf_new_block;                                                                 \
    } while (0)

/* Times that differ by less than this share of t_limit count as equal: files hold rounded times. */
#define RMF_TIME_TOLERANCE 1e-9

/* Of tree.json. */
#define RMF_TREE_FORMAT "ramify-tree"
#define RMF_TREE_VERSION 1

struct rmf_tree {
    rmf_arena *arena; /* owns everything below */
    int n_names, n_branches, n_merges;
    double t_limit;
    char **name;
    int *by_name; /* class numbers in the order of strcmp */
    rmf_branch *branch;
    int *leaf;        /* [n_names] branch number */
    int *depth;       /* [n_branches] edges to the root */
    int *jump;        /* [n_branches] a far ancestor: see lookup.c */
    rmf_merge *merge; /* NULL without discovery */
    char *facts;      /* JSON text of the "discovery" object, or NULL */
    bool extended;    /* rows are not the branches' numbers */
};

typedef struct rmf_tree_parts {
    int n_names;
    const char *const *names;
    double t_limit;
    int n_branches;
    const rmf_branch_spec *branches;
} rmf_tree_parts;

/* rmf_tree_create(); place[i], unless NULL, gets the branch number of parts->branches[i]. */
RMF_CHECKED rmf_status rmf_tree_build(const rmf_tree_parts *parts, int *place, rmf_tree **out);
/* Fills depth and jump from the parents. */
void rmf_tree_link(rmf_tree *tree);
/* Copies merges into the tree; class numbers and times are checked. */
RMF_CHECKED rmf_status rmf_tree_set_merges(rmf_tree *tree, int n, const rmf_merge *merges);
RMF_CHECKED rmf_status rmf_tree_set_facts(rmf_tree *tree, const char *json);
/* row[b]: the bank row of branch b, in place of b itself; invariant 6 is checked. */
RMF_CHECKED rmf_status rmf_tree_set_rows(rmf_tree *tree, const int *row);

/* "{3, 5, 8} [0.1, 0.3)": names a branch in a message; long sets are cut short.  Returns text. */
#define RMF_BRANCH_TEXT 160
const char *rmf_branch_text(const rmf_tree *tree, int branch, char text[RMF_BRANCH_TEXT]);
/* The class names of a set, joined by ", " and cut short with "…". */
const char *rmf_classes_text(const rmf_tree *tree, int n, const int *classes,
                             char text[RMF_BRANCH_TEXT]);

/* Texts with their numbers, sorted, for finding a number by text. */
typedef struct rmf_name_entry {
    const char *text;
    int number;
} rmf_name_entry;
void rmf_names_sort(rmf_name_entry *entries, size_t n);
/* The number, or −1. */
int rmf_names_find(const rmf_name_entry *entries, size_t n, const char *text);

/* Where a drawing or a nested text puts each branch. */
typedef struct rmf_layout {
    rmf_arena *arena;
    int *order;  /* branches, each before its children, children in the order of their numbers */
    double *row; /* leaves 0, 1, 2 … from top to bottom; a parent in the middle of its children */
} rmf_layout;
RMF_CHECKED rmf_status rmf_layout_create(const rmf_tree *tree, rmf_layout *out);
void rmf_layout_free(rmf_layout *layout);

#endif
