/** tests/fuzz/fuzz_newick.c – Newick: as a tree, which is written and parsed again, and as a shape.
 */
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "tree/topology.h"

static void as_tree(const char *text)
{
    rmf_tree *tree, *back;
    char *written;
    if (!fuzz_accepted(rmf_tree_from_newick(text, "input", &tree))) return;
    FUZZ_CHECK(rmf_tree_check(tree) == RMF_OK);
    FUZZ_CHECK(rmf_tree_to_newick(tree, &written) == RMF_OK);
    FUZZ_CHECK(rmf_tree_from_newick(written, "written", &back) == RMF_OK);
    FUZZ_CHECK(rmf_tree_branch_count(back) == rmf_tree_branch_count(tree));
    for (int c = 0; c < rmf_tree_class_count(tree); c++)
        FUZZ_CHECK(rmf_tree_class_index(back, rmf_tree_class_name(tree, c)) >= 0);
    rmf_free(written);
    rmf_tree_free(back);
    rmf_tree_free(tree);
}

static void as_shape(const char *text)
{
    rmf_topology *t;
    if (!fuzz_accepted(rmf_topology_from_newick(text, "input", &t))) return;
    FUZZ_CHECK(t->node[0].first == 0 && t->node[0].end == t->n_leaves);
    for (int i = 1, leaves = 0; i < t->n_nodes; i++) {
        const rmf_topology_node *node = &t->node[i], *parent = &t->node[node->parent];
        FUZZ_CHECK(node->parent < i && !parent->leaf);
        FUZZ_CHECK(parent->first <= node->first && node->end <= parent->end);
        FUZZ_CHECK(node->first < node->end);
        if (node->leaf) FUZZ_CHECK(node->first == leaves++);
    }
    rmf_topology_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    as_tree(text);
    as_shape(text);
    free(text);
    return 0;
}
