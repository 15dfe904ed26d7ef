/*
 * tree/newick.c – trees as Newick text, with branch lengths in time units.
 *
 *     tree  = node ";"
 *     node  = [ "(" node { "," node } ")" ] [ label ] [ ":" length ]
 *     label = "'" any text, a quote doubled "'"  |  text without blanks and ( ) [ ] ' : ; ,
 *
 * Blanks and comments in square brackets may stand between these.  Leaves are classes and live
 * down to time 0; a branch point's time is the sum of the lengths below it, the same down to each
 * of its leaves.  The root's own length ends at t_limit; a tree without it ends at 1.  A number in
 * [0, 1] as the label of an inner node below the root is its support; other inner labels are left
 * aside.  Class numbers follow the names: by value if all are whole numbers, else by strcmp.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree/internal.h"

/* ---- writing ----------------------------------------------------------------------------- */

static void put_label(FILE *out, const char *name)
{
    if (name[strcspn(name, " \t\r\n\f\v()[]':;,_\"")] == 0) {
        fputs(name, out);
        return;
    }
    fputc('\'', out);
    for (const char *c = name; *c != 0; c++) {
        if (*c == '\'') fputc('\'', out);
        fputc(*c, out);
    }
    fputc('\'', out);
}

static void put_length(FILE *out, const rmf_branch *branch)
{
    fprintf(out, ":%.17g", branch->t_end - branch->t_start);
}

static void put_newick(FILE *out, const rmf_tree *tree, const int *order)
{
    for (int i = 0; i < tree->n_branches; i++) {
        int b = order[i], next = i + 1 < tree->n_branches ? order[i + 1] : -1;
        const rmf_branch *branch = &tree->branch[b];
        if (branch->n_children > 0) {
            fputc('(', out);
            continue;
        }
        put_label(out, tree->name[branch->classes[0]]);
        put_length(out, branch);
        int stop = next < 0 ? -1 : tree->branch[next].parent;
        while ((b = tree->branch[b].parent) != stop) {
            branch = &tree->branch[b];
            fputc(')', out);
            if (b > 0 && !isnan(branch->support)) fprintf(out, "%.6g", branch->support);
            put_length(out, branch);
        }
        fputc(next < 0 ? ';' : ',', out);
    }
    fputc('\n', out);
}

rmf_status rmf_tree_to_newick(const rmf_tree *tree, char **out)
{
    rmf_layout layout;
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_layout_create(tree, &layout));
    FILE *stream = open_memstream(&text, &size);
    rmf_status status = RMF_ERR_MEMORY;
    if (stream != NULL) {
        put_newick(stream, tree, layout.order);
        bool failed = ferror(stream) != 0;
        if (fclose(stream) == 0 && !failed) status = rmf_copy_text(text, out);
        free(text);
    }
    rmf_layout_free(&layout);
    return status == RMF_ERR_MEMORY
               ? rmf_fail(RMF_ERR_MEMORY, "tree: no memory left for its Newick text")
               : status;
}

/* ---- reading ----------------------------------------------------------------------------- */

struct node {
    int parent, first_leaf, end_leaf; /* its leaves in the order of the text: [first, end) */
    int leaf_count;                   /* 0 until known; 1 for a leaf */
    double length, height, support;   /* length: NAN if not given; height: −1 if not known yet */
    const char *name;                 /* leaves only */
    const char *at;                   /* where it ends in the text, for messages */
};

struct parser {
    rmf_arena *arena;
    const char *text, *at, *place;
    struct node *node;
    int n_nodes, n_leaves;
};

static rmf_status fail_at(const struct parser *p, const char *at, const char *format, ...)
    RMF_PRINTF(3, 4);

static rmf_status fail_at(const struct parser *p, const char *at, const char *format, ...)
{
    int line = 1, column = 1;
    char message[300];
    for (const char *c = p->text; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    return rmf_fail(RMF_ERR_FORMAT, "%s:%d:%d: %s", p->place, line, column, message);
}

/* "found …" for messages: the character at a place, or the end. */
static const char *seen(const char *at, char text[40])
{
    if (*at == 0)
        snprintf(text, 40, "the end of the text");
    else if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f)
        snprintf(text, 40, "byte 0x%02x", (unsigned char)*at);
    else
        snprintf(text, 40, "'%c'", *at);
    return text;
}

RMF_CHECKED static rmf_status skip_blanks(struct parser *p)
{
    for (;;) {
        p->at += strspn(p->at, " \t\r\n\f\v");
        if (*p->at != '[') return RMF_OK;
        const char *end = strchr(p->at, ']');
        if (end == NULL)
            return fail_at(p, p->at, "found a comment without end; expected ]; close it");
        p->at = end + 1;
    }
}

/* *out = NULL when no label stands here. */
RMF_CHECKED static rmf_status read_label(struct parser *p, const char **out)
{
    const char *start = p->at;
    size_t length = strcspn(start, " \t\r\n\f\v()[]':;,");
    char *label, *end;
    *out = NULL;
    if (*start == '\'') {
        for (p->at++; *p->at != 0 && (*p->at != '\'' || p->at[1] == '\''); p->at++)
            p->at += *p->at == '\'';
        if (*p->at == 0)
            return fail_at(p, start, "found a quoted name without end; expected '; close it");
        length = (size_t)(++p->at - start);
    } else if (length == 0) {
        return RMF_OK;
    } else {
        p->at += length;
    }
    RMF_NEW(p->arena, length + 1, label);
    end = label;
    for (const char *c = start; c < p->at; c++) {
        if (*start == '\'' && (c == start || c + 1 == p->at)) continue;
        *end++ = *c;
        if (*start == '\'' && *c == '\'') c++;
    }
    *out = label;
    return RMF_OK;
}

RMF_CHECKED static rmf_status read_length(struct parser *p, double *out)
{
    char found[40], *end;
    *out = NAN;
    RMF_TRY(skip_blanks(p));
    if (*p->at != ':') return RMF_OK;
    p->at++;
    RMF_TRY(skip_blanks(p));
    size_t length = strspn(p->at, "+-.0123456789eE");
    double value = strtod(p->at, &end);
    if (length == 0 || end != p->at + length)
        return fail_at(p, p->at, "found %s; expected a branch length; write a number",
                       seen(p->at, found));
    if (!(value >= 0 && value < HUGE_VAL))
        return fail_at(p, p->at,
                       "found length %g; expected a finite number of at least 0; "
                       "correct it",
                       value);
    p->at = end;
    *out = value;
    return RMF_OK;
}

/* The label and length that may follow ")" or make a leaf. */
RMF_CHECKED static rmf_status finish_node(struct parser *p, int index)
{
    struct node *node = &p->node[index];
    const char *label, *start;
    char found[40];
    RMF_TRY(skip_blanks(p));
    start = p->at;
    RMF_TRY(read_label(p, &label));
    if (node->leaf_count == 1) {
        if (label == NULL || label[0] == 0)
            return fail_at(p, start, "found %s; expected ( or a class name; name the leaf",
                           seen(start, found));
        node->name = label;
    } else if (label != NULL && index > 0) {
        char *end;
        double value = strtod(label, &end);
        if (end != label && *end == 0 && value >= 0 && value <= 1) node->support = value;
    }
    node->at = p->at;
    RMF_TRY(read_length(p, &node->length));
    node->end_leaf = p->n_leaves;
    return skip_blanks(p);
}

static int add_node(struct parser *p, int parent, bool leaf)
{
    p->node[p->n_nodes] = (struct node){.parent = parent,
                                        .first_leaf = p->n_leaves,
                                        .leaf_count = leaf,
                                        .length = NAN,
                                        .height = -1,
                                        .support = NAN,
                                        .at = p->at};
    p->n_leaves += leaf;
    return p->n_nodes++;
}

/* Nodes in the order of their opening; the nesting is kept in the parents, so depth is free. */
RMF_CHECKED static rmf_status parse(struct parser *p)
{
    int open = -1;
    char found[40];
    for (;;) {
        RMF_TRY(skip_blanks(p));
        if (*p->at == '(') {
            p->at++;
            open = add_node(p, open, false);
            continue;
        }
        RMF_TRY(finish_node(p, add_node(p, open, true)));
        while (*p->at == ')' && open >= 0) {
            p->at++;
            RMF_TRY(finish_node(p, open));
            open = p->node[open].parent;
        }
        if (open < 0) break;
        if (*p->at != ',')
            return fail_at(p, p->at,
                           "found %s; expected , or ) or : and a length; check the "
                           "brackets",
                           seen(p->at, found));
        p->at++;
    }
    if (*p->at != ';')
        return fail_at(p, p->at, "found %s; expected ; at the end of the tree; add it",
                       seen(p->at, found));
    p->at++;
    RMF_TRY(skip_blanks(p));
    if (*p->at != 0)
        return fail_at(p, p->at, "found %s after the tree; expected one tree; remove the rest",
                       seen(p->at, found));
    return RMF_OK;
}

/* Heights from the leaves up; all paths down from a node must have the same length. */
RMF_CHECKED static rmf_status measure(struct parser *p, double *limit)
{
    for (int i = p->n_nodes - 1; i >= 0; i--) {
        struct node *node = &p->node[i], *parent = node->parent < 0 ? NULL : p->node + node->parent;
        if (node->leaf_count == 1) node->height = 0;
        if (parent == NULL) break;
        if (isnan(node->length))
            return fail_at(p, node->at, "found no branch length; expected : and a number; add it");
        double height = node->height + node->length;
        if (parent->height >= 0 && fabs(parent->height - height) > 1e-6 * (parent->height + height))
            return fail_at(p, node->at,
                           "found a path of length %.9g down from its parent; expected %.9g as "
                           "beside it; all classes must reach time 0: correct the lengths",
                           height, parent->height);
        if (parent->height < 0) parent->height = height;
    }
    const struct node *root = &p->node[0];
    *limit = isnan(root->length) ? 1 : root->height + root->length;
    if (fabs(*limit - round(*limit)) <= RMF_TIME_TOLERANCE * *limit) /* sums of rounded lengths */
        *limit = round(*limit);
    if (*limit < root->height || *limit <= 0)
        return fail_at(p, root->at,
                       "found a root at time %.9g without length; expected t_limit after it; "
                       "write : and the time from there to t_limit",
                       root->height);
    return RMF_OK;
}

/* A whole number of up to 15 digits, exactly as it would be printed. */
static bool is_whole(const char *text, double *value)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits] != 0 || (digits > 1 && text[0] == '0'))
        return false;
    *value = strtod(text, NULL);
    return true;
}

static int compare_whole(const void *a, const void *b)
{
    double x = 0, y = 0;
    bool both = is_whole(((const rmf_name_entry *)a)->text, &x) &&
                is_whole(((const rmf_name_entry *)b)->text, &y);
    return both ? (x > y) - (x < y) : 0;
}

/* names[class], and class[leaf] for the leaves in the order of the text. */
RMF_CHECKED static rmf_status number_classes(struct parser *p, const char ***names, int **classes)
{
    rmf_name_entry *entries;
    bool whole = true;
    double value;
    int n = 0;
    RMF_NEW(p->arena, p->n_leaves, entries);
    RMF_NEW(p->arena, p->n_leaves, *names);
    RMF_NEW(p->arena, p->n_leaves, *classes);
    for (int i = 0; i < p->n_nodes; i++) {
        if (p->node[i].name == NULL) continue;
        entries[n] = (rmf_name_entry){p->node[i].name, n};
        whole = whole && is_whole(p->node[i].name, &value);
        n++;
    }
    if (whole)
        qsort(entries, (size_t)n, sizeof *entries, compare_whole);
    else
        rmf_names_sort(entries, (size_t)n);
    for (int i = 0; i < n; i++) {
        (*names)[i] = entries[i].text;
        (*classes)[entries[i].number] = i;
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status build(struct parser *p, rmf_tree **out)
{
    rmf_branch_spec *specs;
    const char **names;
    int *classes;
    double limit = 1;
    RMF_TRY(parse(p));
    RMF_TRY(measure(p, &limit));
    RMF_TRY(number_classes(p, &names, &classes));
    RMF_NEW(p->arena, p->n_nodes, specs);
    for (int i = 0; i < p->n_nodes; i++) {
        const struct node *node = &p->node[i];
        double end = node->parent < 0 ? limit : p->node[node->parent].height;
        specs[i] = (rmf_branch_spec){node->end_leaf - node->first_leaf, classes + node->first_leaf,
                                     fmin(node->height, end), end, node->support};
    }
    rmf_status status = rmf_tree_create(p->n_leaves, names, limit, p->n_nodes, specs, out);
    return status == RMF_OK ? RMF_OK : rmf_fail_in(status, p->place);
}

rmf_status rmf_tree_from_newick(const char *text, const char *place, rmf_tree **out)
{
    struct parser p = {.text = text, .at = text, .place = place};
    size_t most = 2; /* each bracket and comma starts at most one node more */
    for (const char *c = text; *c != 0; c++)
        most += *c == '(' || *c == ',';
    if (most > INT32_MAX / 2)
        return rmf_fail(RMF_ERR_FORMAT, "%s: %zu nodes; expected fewer; check the file", place,
                        most);
    RMF_TRY(rmf_arena_create(&p.arena));
    void *nodes = NULL;
    rmf_status status = rmf_arena_alloc(p.arena, most + 1, sizeof *p.node, &nodes);
    p.node = nodes;
    if (status == RMF_OK) status = build(&p, out);
    rmf_arena_free(p.arena);
    return status;
}
