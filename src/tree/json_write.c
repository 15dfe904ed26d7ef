/* tree/json_write.c – trees as the tree.json of docs/formats.md, with format and version. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree/facts.h"

static json_t *class_list(const rmf_tree *tree, int n, const int *classes)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        if (json_array_append_new(list, json_string(tree->name[classes[i]])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *branch_value(const rmf_tree *tree, const rmf_branch *branch)
{
    json_t *value = json_object();
    int bad =
        json_object_set_new(value, "classes", class_list(tree, branch->n_classes, branch->classes));
    bad |= json_object_set_new(value, "t_start", json_real(branch->t_start));
    bad |= json_object_set_new(value, "t_end", json_real(branch->t_end));
    bad |= json_object_set_new(value, "parent",
                               branch->parent < 0 ? json_null() : json_integer(branch->parent));
    if (!isnan(branch->support))
        bad |= json_object_set_new(value, "support", json_real(branch->support));
    if (tree->extended) bad |= json_object_set_new(value, "row", json_integer(branch->row));
    if (bad == 0) return value;
    json_decref(value);
    return NULL;
}

static json_t *merge_value(const rmf_tree *tree, const rmf_merge *merge)
{
    json_t *value = json_object();
    int bad = json_object_set_new(value, "time", json_real(merge->time));
    bad |= json_object_set_new(value, "left", class_list(tree, merge->n_left, merge->left));
    bad |= json_object_set_new(value, "right", class_list(tree, merge->n_right, merge->right));
    if (!isnan(merge->low) && !isnan(merge->high))
        bad |= json_object_set_new(value, "interval", json_pack("[f, f]", merge->low, merge->high));
    if (bad == 0) return value;
    json_decref(value);
    return NULL;
}

static int put_lists(json_t *object, const rmf_tree *tree)
{
    json_t *branches = json_array(), *merges = json_array();
    int bad = 0;
    for (int b = 0; b < tree->n_branches; b++)
        bad |= json_array_append_new(branches, branch_value(tree, &tree->branch[b]));
    bad |= json_object_set_new(object, "branches", branches);
    if (tree->facts != NULL)
        bad |= json_object_set_new(object, "discovery", json_loads(tree->facts, 0, NULL));
    for (int i = 0; i < tree->n_merges; i++)
        bad |= json_array_append_new(merges, merge_value(tree, &tree->merge[i]));
    if (tree->n_merges > 0) return bad | json_object_set_new(object, "merges", merges);
    json_decref(merges);
    return bad;
}

rmf_status rmf_tree_to_json(const rmf_tree *tree, json_t **out)
{
    json_t *object = json_object(), *classes = json_array();
    int bad = 0;
    for (int i = 0; i < tree->n_names; i++)
        bad |= json_array_append_new(classes, json_string(tree->name[i]));
    bad |= json_object_set_new(object, "format", json_string(RMF_TREE_FORMAT));
    bad |= json_object_set_new(object, "version", json_integer(RMF_TREE_VERSION));
    bad |= json_object_set_new(object, "classes", classes);
    bad |= json_object_set_new(object, "t_limit", json_real(tree->t_limit));
    bad |= put_lists(object, tree);
    if (bad != 0) {
        json_decref(object);
        return rmf_fail(RMF_ERR_MEMORY, "tree: no memory left for its JSON");
    }
    *out = object;
    return RMF_OK;
}

/* How the groups came about: linkage, or whose they are and how their times were fitted. */
static int put_shape(json_t *object, const rmf_discovery *o)
{
    if (o->topology == NULL)
        return json_object_set_new(
            object, "linkage",
            json_string(o->linkage == RMF_LINKAGE_SINGLE ? "single" : "centroid"));
    return json_object_set_new(object, "topology", json_string(rmf_topology_place(o->topology))) |
           json_object_set_new(object, "fit",
                               json_string(o->fit == RMF_FIT_PAIRS ? "pairs" : "pooled"));
}

rmf_status rmf_tree_note_discovery(rmf_tree *tree, const rmf_facts *facts)
{
    const rmf_discovery *o = facts->options;
    bool exact = o->method == RMF_DISCOVER_EXACT;
    json_t *object = json_pack(
        "{ss sf ss sI sI si sf sf si}", "method", exact ? "exact" : "montecarlo", "epsilon",
        facts->epsilon, "sde", facts->sde, "features", (json_int_t)facts->features, "objects",
        (json_int_t)facts->objects, "times", o->times, "min_branch_time", o->min_branch_time,
        "min_branch_length", o->min_branch_length, "bootstrap", o->bootstrap);
    int bad = object == NULL;
    bad |= put_shape(object, o);
    char seed[24]; /* JSON readers round whole numbers beyond 2⁵³: those as text */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)o->seed);
    bad |= json_object_set_new(
        object, "seed", o->seed >> 53 == 0 ? json_integer((json_int_t)o->seed) : json_string(seed));
    if (o->sibling_accuracy > 0)
        bad |= json_object_set_new(object, "sibling_accuracy", json_real(o->sibling_accuracy));
    if (!exact) bad |= json_object_set_new(object, "smooth", json_real(o->smooth));
    if (o->criterion != NULL)
        bad |= json_object_set_new(object, "criterion", json_string(o->criterion->name));
    if (o->resample > 0) bad |= json_object_set_new(object, "resample", json_integer(o->resample));
    if (o->max_per_class > 0)
        bad |= json_object_set_new(object, "max_per_class", json_integer(o->max_per_class));
    char *text = bad ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text == NULL) return rmf_fail(RMF_ERR_MEMORY, "tree: no memory left for its JSON");
    rmf_status status = rmf_tree_set_facts(tree, text);
    free(text);
    return status;
}
