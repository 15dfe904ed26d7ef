/*
 * tree/json.c – trees from JSON: the tree.json that json_write.c writes, or a bare
 * {"branches": […]} whose classes are texts or whole numbers.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree/internal.h"

struct reader {
    rmf_arena *arena;
    const json_t *root;
    int n_names, n_branches;
    const char **name;
    rmf_name_entry *entry; /* [n_names], sorted */
    int *parent;           /* [n_branches] as written: −1 null, −2 not given */
    int *place;            /* [n_branches] branch numbers in the tree */
    int *row;              /* [n_branches] as written: −1 not given */
};

/* A class name: a text, or a whole number as its decimal text. */
RMF_CHECKED static rmf_status class_text(struct reader *r, const json_t *value, const char *place,
                                         const char **out)
{
    if (json_is_string(value)) {
        *out = json_string_value(value);
        return RMF_OK;
    }
    char *text;
    if (!json_is_integer(value))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: a class is neither text nor whole number; expected a name; correct "
                        "it",
                        place);
    RMF_NEW(r->arena, 24, text);
    snprintf(text, 24, "%lld", (long long)json_integer_value(value));
    *out = text;
    return RMF_OK;
}

RMF_CHECKED static rmf_status get_array(const json_t *object, const char *key, const char *place,
                                        const json_t **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_array(value))
        return rmf_fail(RMF_ERR_FORMAT, "%s: \"%s\" is missing or no list; expected one; add it",
                        place, key);
    if (json_array_size(value) > INT32_MAX / 4)
        return rmf_fail(RMF_ERR_FORMAT, "%s: \"%s\" has too many entries; expected fewer", place,
                        key);
    *out = value;
    return RMF_OK;
}

RMF_CHECKED static rmf_status get_number(const json_t *object, const char *key, const char *place,
                                         double *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        return rmf_fail(RMF_ERR_FORMAT, "%s: \"%s\" is missing or no number; expected one; add it",
                        place, key);
    *out = json_number_value(value);
    return RMF_OK;
}

/* The names in "classes", or else those of the largest branch, which must be the root. */
RMF_CHECKED static rmf_status read_names(struct reader *r, const json_t *branches)
{
    const json_t *list = json_object_get(r->root, "classes");
    const char *place = "classes";
    if (list == NULL) {
        place = "branches";
        for (size_t b = 0; b < json_array_size(branches); b++) {
            const json_t *set = json_object_get(json_array_get(branches, b), "classes");
            if (json_array_size(set) > json_array_size(list)) list = set;
        }
    }
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > INT32_MAX / 4)
        return rmf_fail(RMF_ERR_FORMAT, "%s: no class names; expected a list of them; add it",
                        place);
    r->n_names = (int)json_array_size(list);
    RMF_NEW(r->arena, r->n_names, r->name);
    RMF_NEW(r->arena, r->n_names, r->entry);
    for (int i = 0; i < r->n_names; i++) {
        RMF_TRY(class_text(r, json_array_get(list, (size_t)i), place, &r->name[i]));
        r->entry[i] = (rmf_name_entry){r->name[i], i};
    }
    rmf_names_sort(r->entry, (size_t)r->n_names);
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_classes(struct reader *r, const json_t *object, const char *key,
                                           const char *place, int *n, const int **out)
{
    const json_t *list = NULL;
    int *classes;
    RMF_TRY(get_array(object, key, place, &list));
    *n = (int)json_array_size(list);
    RMF_NEW(r->arena, *n, classes);
    for (int i = 0; i < *n; i++) {
        const char *text = NULL;
        RMF_TRY(class_text(r, json_array_get(list, (size_t)i), place, &text));
        classes[i] = rmf_names_find(r->entry, (size_t)r->n_names, text);
        if (classes[i] < 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: found class \"%.60s\"; expected one of the tree's %d classes; "
                            "correct the name or add it to \"classes\"",
                            place, text, r->n_names);
    }
    *out = classes;
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_row(const json_t *branch, const char *place, int *out)
{
    const json_t *row = json_object_get(branch, "row");
    *out = -1;
    if (row == NULL) return RMF_OK;
    if (!json_is_integer(row) || json_integer_value(row) < 0 ||
        json_integer_value(row) > INT32_MAX / 4)
        return rmf_fail(
            RMF_ERR_FORMAT,
            "%s: \"row\" is no row of a bank; expected a whole number from 0 on; correct "
            "it or leave it out",
            place);
    *out = (int)json_integer_value(row);
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_branch(struct reader *r, const json_t *value, int index,
                                          rmf_branch_spec *spec)
{
    char place[40];
    snprintf(place, sizeof place, "branches[%d]", index);
    if (!json_is_object(value))
        return rmf_fail(RMF_ERR_FORMAT, "%s: found no object; expected { … }; correct it", place);
    RMF_TRY(read_classes(r, value, "classes", place, &spec->n_classes, &spec->classes));
    RMF_TRY(get_number(value, "t_start", place, &spec->t_start));
    RMF_TRY(get_number(value, "t_end", place, &spec->t_end));
    spec->support = NAN;
    const json_t *support = json_object_get(value, "support");
    if (support != NULL && !json_is_null(support))
        RMF_TRY(get_number(value, "support", place, &spec->support));
    RMF_TRY(read_row(value, place, &r->row[index]));
    const json_t *parent = json_object_get(value, "parent");
    r->parent[index] = parent == NULL ? -2 : -1;
    if (parent == NULL || json_is_null(parent)) return RMF_OK;
    if (!json_is_integer(parent) || json_integer_value(parent) < 0 ||
        json_integer_value(parent) >= r->n_branches)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: \"parent\" names no branch; expected null or 0 to %d; correct it",
                        place, r->n_branches - 1);
    r->parent[index] = (int)json_integer_value(parent);
    return RMF_OK;
}

/* Rows are given for all branches or for none. */
RMF_CHECKED static rmf_status read_rows(const struct reader *r, rmf_tree *tree)
{
    int *row, given = 0;
    RMF_NEW(r->arena, r->n_branches, row);
    for (int i = 0; i < r->n_branches; i++) {
        given += r->row[i] >= 0;
        row[r->place[i]] = r->row[i];
    }
    if (given == 0) return RMF_OK;
    if (given < r->n_branches)
        return rmf_fail(RMF_ERR_FORMAT,
                        "branches: %d of %d have a \"row\"; expected one for each, or none", given,
                        r->n_branches);
    return rmf_tree_set_rows(tree, row);
}

/* Parents are found from sets and times; the ones written down must agree with them. */
RMF_CHECKED static rmf_status check_parents(const struct reader *r, const rmf_tree *tree)
{
    for (int i = 0; i < r->n_branches; i++) {
        if (r->parent[i] == -2) continue;
        int found = tree->branch[r->place[i]].parent;
        if (found != (r->parent[i] == -1 ? -1 : r->place[r->parent[i]]))
            return rmf_fail(RMF_ERR_FORMAT,
                            "branches[%d]: \"parent\" is %d, but classes and times put it "
                            "elsewhere; expected the smallest branch around it; correct it or "
                            "leave it out",
                            i, r->parent[i]);
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_merges(struct reader *r, rmf_tree *tree)
{
    const json_t *list = NULL;
    rmf_merge *merges;
    if (json_object_get(r->root, "merges") == NULL) return RMF_OK;
    RMF_TRY(get_array(r->root, "merges", "tree", &list));
    int n = (int)json_array_size(list);
    RMF_NEW(r->arena, n, merges);
    for (int i = 0; i < n; i++) {
        char place[40];
        const json_t *value = json_array_get(list, (size_t)i);
        const json_t *interval = json_object_get(value, "interval");
        rmf_merge *m = &merges[i];
        snprintf(place, sizeof place, "merges[%d]", i);
        RMF_TRY(get_number(value, "time", place, &m->time));
        RMF_TRY(read_classes(r, value, "left", place, &m->n_left, &m->left));
        RMF_TRY(read_classes(r, value, "right", place, &m->n_right, &m->right));
        m->low = m->high = NAN;
        if (interval == NULL) continue;
        if (json_array_size(interval) != 2 || !json_is_number(json_array_get(interval, 0)) ||
            !json_is_number(json_array_get(interval, 1)))
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: \"interval\" is not two numbers; expected [low, high]; correct "
                            "it",
                            place);
        m->low = json_number_value(json_array_get(interval, 0));
        m->high = json_number_value(json_array_get(interval, 1));
    }
    return rmf_tree_set_merges(tree, n, merges);
}

RMF_CHECKED static rmf_status read_extras(struct reader *r, rmf_tree *tree)
{
    RMF_TRY(check_parents(r, tree));
    RMF_TRY(read_rows(r, tree));
    RMF_TRY(read_merges(r, tree));
    const json_t *facts = json_object_get(r->root, "discovery");
    if (!json_is_object(facts)) return RMF_OK;
    char *text = json_dumps(facts, JSON_COMPACT);
    if (text == NULL) return rmf_fail(RMF_ERR_MEMORY, "tree: no memory left for its facts");
    rmf_status status = rmf_tree_set_facts(tree, text);
    free(text);
    return status;
}

RMF_CHECKED static rmf_status check_format(const json_t *root)
{
    const json_t *format = json_object_get(root, "format");
    const json_t *version = json_object_get(root, "version");
    const char *name = json_string_value(format);
    if (!json_is_object(root))
        return rmf_fail(RMF_ERR_FORMAT, "tree: found no object; expected { \"branches\": … }");
    if (format != NULL && (name == NULL || strcmp(name, RMF_TREE_FORMAT) != 0))
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: \"format\" is \"%.40s\"; expected \"" RMF_TREE_FORMAT
                        "\"; give a tree file",
                        name == NULL ? "no text" : name);
    if (version != NULL && json_integer_value(version) != RMF_TREE_VERSION)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: \"version\" is %lld; expected %d; use the version of ramify that "
                        "wrote it",
                        (long long)json_integer_value(version), RMF_TREE_VERSION);
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_tree(struct reader *r, rmf_tree **out)
{
    const json_t *branches = NULL, *limit = json_object_get(r->root, "t_limit");
    rmf_tree_parts parts = {0};
    rmf_branch_spec *specs;
    RMF_TRY(check_format(r->root));
    RMF_TRY(get_array(r->root, "branches", "tree", &branches));
    RMF_TRY(read_names(r, branches));
    r->n_branches = (int)json_array_size(branches);
    RMF_NEW(r->arena, r->n_branches, specs);
    RMF_NEW(r->arena, r->n_branches, r->parent);
    RMF_NEW(r->arena, r->n_branches, r->place);
    RMF_NEW(r->arena, r->n_branches, r->row);
    for (int b = 0; b < r->n_branches; b++) {
        RMF_TRY(read_branch(r, json_array_get(branches, (size_t)b), b, &specs[b]));
        parts.t_limit = fmax(parts.t_limit, specs[b].t_end);
    }
    if (limit != NULL) RMF_TRY(get_number(r->root, "t_limit", "tree", &parts.t_limit));
    parts.n_names = r->n_names;
    parts.names = r->name;
    parts.n_branches = r->n_branches;
    parts.branches = specs;
    rmf_tree *tree = NULL;
    RMF_TRY(rmf_tree_build(&parts, r->place, &tree));
    rmf_status status = read_extras(r, tree);
    if (status == RMF_OK)
        *out = tree;
    else
        rmf_tree_free(tree);
    return status;
}

rmf_status rmf_tree_from_json(const json_t *value, rmf_tree **out)
{
    struct reader r = {.root = value};
    RMF_TRY(rmf_arena_create(&r.arena));
    rmf_status status = read_tree(&r, out);
    rmf_arena_free(r.arena);
    return status;
}
