/* tree/facts.h – what a discovered tree records about its discovery. */
#ifndef RMF_TREE_FACTS_H
#define RMF_TREE_FACTS_H

#include "tree/internal.h"

typedef struct rmf_facts {
    const rmf_discovery *options;
    double epsilon; /* the one used, also when it came from a sibling accuracy */
    const char *sde;
    int64_t features, objects;
} rmf_facts;

/* Stores the "discovery" object of tree.json. */
RMF_CHECKED rmf_status rmf_tree_note_discovery(rmf_tree *tree, const rmf_facts *facts);

#endif
