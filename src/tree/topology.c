/*
 * tree/topology.c – shapes of trees without times: from Newick, from class names with slashes in
 * them (nested folders), from a tree.
 *
 * Nodes are kept in the order in which a text opens them, each with a run of leaves, so that
 * parents come before children and a group's classes stand side by side.
 */
#include "tree/topology.h"

#include <string.h>

#include "tree/newick.h"

RMF_CHECKED static rmf_status topology_new(const char *place, int nodes, int leaves,
                                           rmf_topology **out)
{
    rmf_arena *arena = NULL;
    rmf_topology *made = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *made, (void **)&made);
    if (status == RMF_OK) {
        *made = (rmf_topology){.arena = arena};
        status = rmf_arena_alloc(arena, (size_t)nodes, sizeof *made->node, (void **)&made->node);
    }
    if (status == RMF_OK)
        status = rmf_arena_alloc(arena, (size_t)leaves, sizeof *made->name, (void **)&made->name);
    if (status == RMF_OK)
        status = rmf_arena_alloc(arena, strlen(place) + 1, 1, (void **)&made->place);
    if (status != RMF_OK) {
        rmf_arena_free(arena);
        return status;
    }
    strcpy(made->place, place);
    *out = made;
    return RMF_OK;
}

void rmf_topology_free(rmf_topology *topology)
{
    if (topology != NULL) rmf_arena_free(topology->arena);
}

const char *rmf_topology_place(const rmf_topology *topology)
{
    return topology->place;
}

int rmf_topology_group_count(const rmf_topology *topology)
{
    int groups = 0;
    for (int i = 0; i < topology->n_nodes; i++) {
        const rmf_topology_node *node = &topology->node[i];
        const bool whole = node->parent >= 0 && /* the only child of its parent */
                           topology->node[node->parent].end == node->end &&
                           topology->node[node->parent].first == node->first;
        groups += !whole && node->end - node->first > 1;
    }
    return groups;
}

static void open_node(rmf_topology *t, int parent, bool leaf)
{
    t->node[t->n_nodes++] = (rmf_topology_node){parent, t->n_leaves, t->n_leaves, leaf};
}

RMF_CHECKED static rmf_status add_leaf(rmf_topology *t, int parent, const char *name)
{
    open_node(t, parent, true);
    RMF_NEW(t->arena, strlen(name) + 1, t->name[t->n_leaves]);
    strcpy(t->name[t->n_leaves++], name);
    t->node[t->n_nodes - 1].end = t->n_leaves;
    return RMF_OK;
}

/* Runs of groups from those of their children. */
static void close_nodes(rmf_topology *t)
{
    for (int i = t->n_nodes - 1; i > 0; i--) {
        rmf_topology_node *parent = &t->node[t->node[i].parent];
        if (parent->end < t->node[i].end) parent->end = t->node[i].end;
    }
}

/* ---- from Newick --------------------------------------------------------------------------- */

RMF_CHECKED static rmf_status copy_newick(const rmf_newick *text, rmf_topology **out)
{
    rmf_topology *t = NULL;
    RMF_TRY(topology_new(text->place, text->n_nodes, text->n_leaves, &t));
    rmf_status status = RMF_OK;
    for (int i = 0; i < text->n_nodes && status == RMF_OK; i++) {
        const rmf_newick_node *node = &text->node[i];
        if (node->name != NULL)
            status = add_leaf(t, node->parent, node->name);
        else
            open_node(t, node->parent, false);
    }
    close_nodes(t);
    if (status == RMF_OK)
        *out = t;
    else
        rmf_topology_free(t);
    return status;
}

rmf_status rmf_topology_from_newick(const char *text, const char *place, rmf_topology **out)
{
    rmf_newick newick;
    RMF_TRY(rmf_newick_open(text, place, &newick));
    rmf_status status = copy_newick(&newick, out);
    rmf_newick_close(&newick);
    return status;
}

/* ---- from a tree --------------------------------------------------------------------------- */

RMF_CHECKED static rmf_status copy_tree(const rmf_tree *tree, const rmf_layout *layout,
                                        const char *place, rmf_topology **out)
{
    rmf_topology *t = NULL;
    int *number = NULL;
    RMF_TRY(topology_new(place, tree->n_branches, tree->n_names, &t));
    rmf_status status =
        rmf_arena_alloc(t->arena, (size_t)tree->n_branches, sizeof *number, (void **)&number);
    for (int i = 0; i < tree->n_branches && status == RMF_OK; i++) {
        const rmf_branch *b = &tree->branch[layout->order[i]];
        const int parent = b->parent < 0 ? -1 : number[b->parent];
        number[layout->order[i]] = i;
        if (b->n_children == 0)
            status = add_leaf(t, parent, tree->name[b->classes[0]]);
        else
            open_node(t, parent, false);
    }
    close_nodes(t);
    if (status == RMF_OK)
        *out = t;
    else
        rmf_topology_free(t);
    return status;
}

rmf_status rmf_topology_of_tree(const rmf_tree *tree, const char *place, rmf_topology **out)
{
    rmf_layout layout;
    RMF_TRY(rmf_layout_create(tree, &layout));
    rmf_status status = copy_tree(tree, &layout, place, out);
    rmf_layout_free(&layout);
    return status;
}

/* ---- from names ---------------------------------------------------------------------------- */

/* Groups that are open while sorted names go by: names with the same beginning stand together. */
struct open_groups {
    const char *prefix; /* of the last name */
    size_t *length;     /* of each group's prefix, the slash included; 0 for the root */
    int *node;
    int count;
};

RMF_CHECKED static rmf_status add_name(rmf_topology *t, struct open_groups *open, const char *name)
{
    while (open->count > 1 && strncmp(name, open->prefix, open->length[open->count - 1]) != 0)
        open->count--;
    const char *at = name + open->length[open->count - 1], *slash;
    for (; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        open_node(t, open->node[open->count - 1], false);
        open->node[open->count] = t->n_nodes - 1;
        open->length[open->count++] = (size_t)(slash + 1 - name);
    }
    open->prefix = name;
    return add_leaf(t, open->node[open->count - 1], name);
}

RMF_CHECKED static rmf_status group_names(rmf_topology *t, int n, const char *const *names,
                                          size_t depth)
{
    rmf_name_entry *sorted;
    struct open_groups open = {.prefix = "", .count = 1};
    RMF_NEW(t->arena, n, sorted);
    RMF_NEW(t->arena, depth + 1, open.length);
    RMF_NEW(t->arena, depth + 1, open.node);
    for (int i = 0; i < n; i++)
        sorted[i] = (rmf_name_entry){names[i], i};
    rmf_names_sort(sorted, (size_t)n);
    open_node(t, -1, false);
    for (int i = 0; i < n; i++)
        RMF_TRY(add_name(t, &open, sorted[i].text));
    close_nodes(t);
    return RMF_OK;
}

rmf_status rmf_topology_from_names(int n, const char *const *names, rmf_topology **out)
{
    size_t slashes = 0, most = (size_t)n + 1;
    for (int i = 0; i < n; i++) {
        size_t here = 0;
        for (const char *c = names[i]; *c != 0; c++)
            here += *c == '/';
        most += here;
        slashes = here > slashes ? here : slashes;
    }
    if (slashes == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "topology: no class name has a slash, such as \"animal/cat\"; expected "
                        "classes in nested folders; nest them, or give a Newick file");
    if (most > INT32_MAX / 2)
        return rmf_fail(RMF_ERR_FORMAT, "topology: %zu groups; expected fewer", most);
    rmf_topology *t = NULL;
    RMF_TRY(topology_new("folders", (int)most, n, &t));
    rmf_status status = group_names(t, n, names, slashes);
    if (status == RMF_OK)
        *out = t;
    else
        rmf_topology_free(t);
    return status;
}

/* ---- the classes of data ------------------------------------------------------------------- */

static rmf_status fail_unknown(const rmf_topology *t, const char *name, int n,
                               const char *const *names)
{
    const char **list = NULL;
    RMF_TRY(rmf_alloc((size_t)n + 1, sizeof *list, (void **)&list));
    memcpy(list, names, (size_t)n * sizeof *list);
    const char *near = rmf_nearest(name, list);
    rmf_status status = rmf_fail(RMF_ERR_FORMAT,
                                 "%s: class \"%.60s\" is not in the data; expected just their %d "
                                 "classes%s%.60s%s",
                                 t->place, name, n, near ? "; did you mean \"" : ", such as \"",
                                 near ? near : names[0], near ? "\"?" : "\"");
    rmf_free(list);
    return status;
}

rmf_status rmf_topology_match(const rmf_topology *topology, int n_names, const char *const *names,
                              int *class_of)
{
    rmf_name_entry *sorted = NULL;
    bool *seen = NULL;
    RMF_TRY(rmf_alloc((size_t)n_names, sizeof *sorted, (void **)&sorted));
    rmf_status status = rmf_alloc((size_t)n_names, sizeof *seen, (void **)&seen);
    for (int c = 0; c < n_names; c++)
        sorted[c] = (rmf_name_entry){names[c], c};
    rmf_names_sort(sorted, (size_t)n_names);
    for (int i = 0; i < topology->n_leaves && status == RMF_OK; i++) {
        const char *name = topology->name[i];
        const int c = rmf_names_find(sorted, (size_t)n_names, name);
        if (c < 0) {
            status = fail_unknown(topology, name, n_names, names);
        } else if (seen[c]) {
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s: class \"%.60s\" stands in it twice; expected once; remove one",
                              topology->place, name);
        } else {
            seen[c] = true;
            class_of[i] = c;
        }
    }
    for (int c = 0; c < n_names && status == RMF_OK; c++)
        if (!seen[c])
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s: class \"%.60s\" of the data is not in it; expected all %d; add "
                              "it, or leave the class out of the data",
                              topology->place, names[c], n_names);
    rmf_free(sorted);
    rmf_free(seen);
    return status;
}
