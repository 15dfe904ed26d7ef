/*
 * tree/tree.c – building a tree from branches in any order, and checking it.
 *
 * The numbered invariants stand in ramify/tree.h; rmf_tree_check() tests each by its number.
 * Branches are kept in one fixed order whatever order they came in: more classes first, then by
 * class numbers, then later times first.  A parent has more classes than its child, or the same
 * classes at later times, so parents come before children, and equal trees have equal numbering.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order.h"
#include "tree/internal.h"

/* Class sets of all branches together: a bound on memory for trees from files. */
#define MOST_MEMBERS (1 << 27)

/* A branch on its way into the tree. */
struct draft {
    int n_classes, source;
    int *classes;
    double t_start, t_end, support;
};

/* ---- names ------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    const rmf_name_entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

void rmf_names_sort(rmf_name_entry *entries, size_t n)
{
    qsort(entries, n, sizeof *entries, compare_entries);
}

int rmf_names_find(const rmf_name_entry *entries, size_t n, const char *text)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(entries[middle].text, text);
        if (order == 0) return entries[middle].number;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* Bytes of the UTF-8 character at `s`, or 0 if there is none (RFC 3629). */
static int utf8_length(const unsigned char *s)
{
    static const unsigned smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80) return 1;
    int length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    unsigned value = s[0] & (0xffu >> (length + 1));
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value < 0xe000;
    return value < smallest[length] || value > 0x10ffff || surrogate ? 0 : length;
}

static bool is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s != 0) {
        int length = utf8_length(s);
        if (length == 0) return false;
        s += length;
    }
    return true;
}

RMF_CHECKED static rmf_status copy_names(rmf_tree *tree, const rmf_tree_parts *parts)
{
    int n = parts->n_names;
    rmf_name_entry *entries;
    RMF_NEW(tree->arena, n, entries);
    RMF_NEW(tree->arena, n, tree->name);
    RMF_NEW(tree->arena, n, tree->by_name);
    for (int i = 0; i < n; i++) {
        const char *name = parts->names[i];
        if (name == NULL || name[0] == 0)
            return rmf_fail(RMF_ERR_FORMAT, "tree: class %d has no name; expected a text; name it",
                            i);
        if (!is_utf8(name))
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: the name of class %d is not UTF-8; expected UTF-8 text; "
                            "re-encode it",
                            i);
        RMF_NEW(tree->arena, strlen(name) + 1, tree->name[i]);
        strcpy(tree->name[i], name);
        entries[i] = (rmf_name_entry){tree->name[i], i};
    }
    rmf_names_sort(entries, (size_t)n);
    for (int i = 0; i < n; i++) {
        tree->by_name[i] = entries[i].number;
        if (i > 0 && strcmp(entries[i - 1].text, entries[i].text) == 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: two classes are named \"%s\"; expected different names; "
                            "rename one",
                            entries[i].text);
    }
    return RMF_OK;
}

const char *rmf_classes_text(const rmf_tree *tree, int n, const int *classes,
                             char text[RMF_BRANCH_TEXT])
{
    const size_t room = 80; /* the rest is for the times */
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < n; i++) {
        const char *name = tree->name[classes[i]];
        if (used + strlen(name) + 8 > room) {
            snprintf(text + used, RMF_BRANCH_TEXT - used, "%s… (%d classes)", i > 0 ? ", " : "", n);
            break;
        }
        used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? ", " : "", name);
    }
    return text;
}

const char *rmf_branch_text(const rmf_tree *tree, int branch, char text[RMF_BRANCH_TEXT])
{
    const rmf_branch *b = &tree->branch[branch];
    char set[RMF_BRANCH_TEXT];
    rmf_classes_text(tree, b->n_classes, b->classes, set);
    snprintf(text, RMF_BRANCH_TEXT, "{%.110s} [%.6g, %.6g)", set, b->t_start, b->t_end);
    return text;
}

/* ---- building ---------------------------------------------------------------------------- */

int rmf_compare_sets(int n_a, const int *a, int n_b, const int *b)
{
    if (n_a != n_b) return n_a > n_b ? -1 : 1;
    for (int i = 0; i < n_a; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int compare_drafts(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;
    const int order = rmf_compare_sets(x->n_classes, x->classes, y->n_classes, y->classes);
    if (order != 0) return order;
    if (x->t_end != y->t_end) return x->t_end > y->t_end ? -1 : 1;
    if (x->t_start != y->t_start) return x->t_start > y->t_start ? -1 : 1;
    return x->source < y->source ? -1 : 1;
}

RMF_CHECKED static rmf_status read_spec(rmf_tree *tree, const rmf_branch_spec *spec, int number,
                                        struct draft *out)
{
    if (spec->n_classes < 1 || spec->n_classes > tree->n_names)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: branch %d has %d classes; expected 1 to %d; list its classes",
                        number, spec->n_classes, tree->n_names);
    if (!isfinite(spec->t_start) || !isfinite(spec->t_end))
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: branch %d has times %g and %g; expected finite numbers; correct "
                        "them",
                        number, spec->t_start, spec->t_end);
    if (spec->support < 0 || spec->support > 1)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: branch %d has support %g; expected 0 to 1; correct it", number,
                        spec->support);
    *out = (struct draft){spec->n_classes, number, NULL, spec->t_start, spec->t_end, spec->support};
    RMF_NEW(tree->arena, spec->n_classes, out->classes);
    memcpy(out->classes, spec->classes, (size_t)spec->n_classes * sizeof *out->classes);
    rmf_sort_ints(out->classes, (size_t)spec->n_classes);
    for (int i = 0; i < spec->n_classes; i++) {
        int class = out->classes[i];
        if (class < 0 || class >= tree->n_names)
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: branch %d holds class %d; expected 0 to %d; correct it", number,
                            class, tree->n_names - 1);
        if (i > 0 && out->classes[i - 1] == class)
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: branch %d lists class \"%s\" twice; expected once; remove one",
                            number, tree->name[class]);
    }
    return RMF_OK;
}

/* Times that agree but for the rounding of a file are made equal, so that lookups have no gaps. */
static double snap(double value, double target, double limit)
{
    return fabs(value - target) <= RMF_TIME_TOLERANCE * limit ? target : value;
}

/* owner[c] = the last branch placed that holds class c.  A branch hangs below the one owner of
 * its classes; if they have several, the branch cuts across another one. */
RMF_CHECKED static rmf_status find_parents(rmf_tree *tree, const struct draft *drafts)
{
    int *owner;
    char text[RMF_BRANCH_TEXT], other[RMF_BRANCH_TEXT];
    RMF_NEW(tree->arena, tree->n_names, owner);
    for (int b = 0; b < tree->n_branches; b++) {
        rmf_branch *branch = &tree->branch[b];
        const struct draft *draft = &drafts[b];
        *branch = (rmf_branch){.parent = b == 0 ? -1 : owner[draft->classes[0]],
                               .n_classes = draft->n_classes,
                               .classes = draft->classes,
                               .t_start = snap(draft->t_start, 0, tree->t_limit),
                               .t_end = draft->t_end,
                               .support = draft->support,
                               .row = b};
        double above = b == 0 ? tree->t_limit : tree->branch[branch->parent].t_start;
        branch->t_end = snap(branch->t_end, above, tree->t_limit);
        branch->t_start = snap(branch->t_start, branch->t_end, tree->t_limit);
        for (int i = 0; i < branch->n_classes; i++) {
            int class = branch->classes[i];
            if (b > 0 && owner[class] != branch->parent)
                return rmf_fail(
                    RMF_ERR_FORMAT,
                    "tree: branch %s cuts across branch %s; expected sets that nest "
                    "or are disjoint; correct their classes",
                    rmf_branch_text(tree, b, text),
                    rmf_branch_text(tree,
                                    owner[class] > branch->parent ? owner[class] : branch->parent,
                                    other));
            owner[class] = b;
        }
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status list_children(rmf_tree *tree)
{
    int *pool, *next;
    RMF_NEW(tree->arena, tree->n_branches, pool);
    RMF_NEW(tree->arena, tree->n_branches, next);
    for (int b = 1; b < tree->n_branches; b++)
        tree->branch[tree->branch[b].parent].n_children++;
    for (int b = 0, used = 0; b < tree->n_branches; used += tree->branch[b].n_children, b++) {
        tree->branch[b].children = pool + used;
        next[b] = used;
    }
    for (int b = 1; b < tree->n_branches; b++)
        pool[next[tree->branch[b].parent]++] = b;
    for (int b = 0; b < tree->n_branches; b++) /* the last branch of one class is its leaf */
        if (tree->branch[b].n_classes == 1) tree->leaf[tree->branch[b].classes[0]] = b;
    return RMF_OK;
}

RMF_CHECKED static rmf_status fill(rmf_tree *tree, const rmf_tree_parts *parts, int *place)
{
    struct draft *drafts;
    int64_t members = 0;
    for (int b = 0; b < tree->n_branches; b++)
        members += parts->branches[b].n_classes;
    if (members > MOST_MEMBERS)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: its branches list %lld classes in all; expected at most %d; use "
                        "fewer levels",
                        (long long)members, MOST_MEMBERS);
    RMF_TRY(copy_names(tree, parts));
    RMF_NEW(tree->arena, tree->n_branches, drafts);
    for (int b = 0; b < tree->n_branches; b++)
        RMF_TRY(read_spec(tree, &parts->branches[b], b, &drafts[b]));
    qsort(drafts, (size_t)tree->n_branches, sizeof *drafts, compare_drafts);
    if (drafts[0].n_classes != tree->n_names)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: the largest branch holds %d of %d classes; expected a root that "
                        "holds all; add it",
                        drafts[0].n_classes, tree->n_names);
    RMF_NEW(tree->arena, tree->n_branches, tree->branch);
    RMF_NEW(tree->arena, tree->n_branches, tree->depth);
    RMF_NEW(tree->arena, tree->n_branches, tree->jump);
    RMF_NEW(tree->arena, tree->n_names, tree->leaf);
    RMF_TRY(find_parents(tree, drafts));
    RMF_TRY(list_children(tree));
    rmf_tree_link(tree);
    if (place != NULL)
        for (int b = 0; b < tree->n_branches; b++)
            place[drafts[b].source] = b;
    return rmf_tree_check(tree);
}

rmf_status rmf_tree_build(const rmf_tree_parts *parts, int *place, rmf_tree **out)
{
    if (parts->n_names < 1 || parts->names == NULL || parts->n_branches < 1 ||
        parts->branches == NULL)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: %d classes and %d branches; expected at least one of each; add "
                        "them",
                        parts->n_names, parts->n_branches);
    if (!isfinite(parts->t_limit) || parts->t_limit <= 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: t_limit is %g; expected a positive number; correct it",
                        parts->t_limit);
    rmf_arena *arena = NULL;
    void *block = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof(rmf_tree), &block);
    if (status == RMF_OK) {
        rmf_tree *tree = block;
        tree->arena = arena;
        tree->n_names = parts->n_names;
        tree->n_branches = parts->n_branches;
        tree->t_limit = parts->t_limit;
        status = fill(tree, parts, place);
    }
    if (status != RMF_OK) {
        rmf_arena_free(arena);
        return status;
    }
    *out = block;
    return RMF_OK;
}

rmf_status rmf_tree_create(int n_names, const char *const *names, double t_limit, int n_branches,
                           const rmf_branch_spec *branches, rmf_tree **out)
{
    const rmf_tree_parts parts = {n_names, names, t_limit, n_branches, branches};
    return rmf_tree_build(&parts, NULL, out);
}

RMF_CHECKED static rmf_status star(rmf_arena *scratch, const rmf_tree_parts *parts, double t_split,
                                   rmf_tree **out)
{
    int n = parts->n_names, *all;
    rmf_branch_spec *specs;
    RMF_NEW(scratch, n, all);
    RMF_NEW(scratch, n + 1, specs);
    for (int i = 0; i < n; i++) {
        all[i] = i;
        specs[i + 1] = (rmf_branch_spec){1, &all[i], 0, t_split, NAN};
    }
    specs[0] = (rmf_branch_spec){n, all, t_split, parts->t_limit, NAN};
    return rmf_tree_create(n, parts->names, parts->t_limit, n + 1, specs, out);
}

rmf_status rmf_tree_star(int n_names, const char *const *names, double t_split, double t_limit,
                         rmf_tree **out)
{
    if (n_names < 1)
        return rmf_fail(RMF_ERR_FORMAT, "tree: %d classes; expected at least one; add classes",
                        n_names);
    const rmf_tree_parts parts = {n_names, names, t_limit, 0, NULL};
    rmf_arena *scratch = NULL;
    RMF_TRY(rmf_arena_create(&scratch));
    rmf_status status = star(scratch, &parts, t_split, out);
    rmf_arena_free(scratch);
    return status;
}

void rmf_tree_free(rmf_tree *tree)
{
    if (tree != NULL) rmf_arena_free(tree->arena);
}
