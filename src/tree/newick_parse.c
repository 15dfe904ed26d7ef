/* tree/newick_parse.c – the shape, labels and lengths of a Newick text; tree/newick.h. */
#include "tree/newick.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rmf_status rmf_newick_fail(const rmf_newick *p, const char *at, const char *format, ...)
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

RMF_CHECKED static rmf_status skip_blanks(rmf_newick *p)
{
    for (;;) {
        p->at += strspn(p->at, " \t\r\n\f\v");
        if (*p->at != '[') return RMF_OK;
        const char *end = strchr(p->at, ']');
        if (end == NULL)
            return rmf_newick_fail(p, p->at, "found a comment without end; expected ]; close it");
        p->at = end + 1;
    }
}

/* *out = NULL when no label stands here. */
RMF_CHECKED static rmf_status read_label(rmf_newick *p, const char **out)
{
    const char *start = p->at;
    size_t length = strcspn(start, " \t\r\n\f\v()[]':;,");
    char *label, *end;
    *out = NULL;
    if (*start == '\'') {
        for (p->at++; *p->at != 0 && (*p->at != '\'' || p->at[1] == '\''); p->at++)
            p->at += *p->at == '\'';
        if (*p->at == 0)
            return rmf_newick_fail(p, start,
                                   "found a quoted name without end; expected '; close it");
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

RMF_CHECKED static rmf_status read_length(rmf_newick *p, double *out)
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
        return rmf_newick_fail(p, p->at, "found %s; expected a branch length; write a number",
                               seen(p->at, found));
    if (!(value >= 0 && value < HUGE_VAL))
        return rmf_newick_fail(p, p->at,
                               "found length %g; expected a finite number of at least 0; "
                               "correct it",
                               value);
    p->at = end;
    *out = value;
    return RMF_OK;
}

/* The label and length that may follow ")" or make a leaf. */
RMF_CHECKED static rmf_status finish_node(rmf_newick *p, int index)
{
    rmf_newick_node *node = &p->node[index];
    const char *label, *start;
    char found[40];
    RMF_TRY(skip_blanks(p));
    start = p->at;
    RMF_TRY(read_label(p, &label));
    if (node->leaf_count == 1) {
        if (label == NULL || label[0] == 0)
            return rmf_newick_fail(p, start, "found %s; expected ( or a class name; name the leaf",
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

static int add_node(rmf_newick *p, int parent, bool leaf)
{
    p->node[p->n_nodes] = (rmf_newick_node){.parent = parent,
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
RMF_CHECKED static rmf_status parse(rmf_newick *p)
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
            return rmf_newick_fail(p, p->at,
                                   "found %s; expected , or ) or : and a length; check the "
                                   "brackets",
                                   seen(p->at, found));
        p->at++;
    }
    if (*p->at != ';')
        return rmf_newick_fail(p, p->at, "found %s; expected ; at the end of the tree; add it",
                               seen(p->at, found));
    p->at++;
    RMF_TRY(skip_blanks(p));
    if (*p->at != 0)
        return rmf_newick_fail(p, p->at,
                               "found %s after the tree; expected one tree; remove the rest",
                               seen(p->at, found));
    return RMF_OK;
}

rmf_status rmf_newick_open(const char *text, const char *place, rmf_newick *out)
{
    rmf_newick p = {.text = text, .at = text, .place = place};
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
    if (status == RMF_OK) status = parse(&p);
    if (status == RMF_OK)
        *out = p;
    else
        rmf_arena_free(p.arena);
    return status;
}

void rmf_newick_close(rmf_newick *newick)
{
    rmf_arena_free(newick->arena);
    *newick = (rmf_newick){0};
}
