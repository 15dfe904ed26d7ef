/*
 * tree/text.c – a tree for the terminal: a dendrogram in box characters, noise at the left and
 * data at the right, a time axis under it, then the branch points as a list.
 *
 * Every character cell collects the directions in which lines leave it; the four bits then pick
 * the box character, so junctions come out right without special cases.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tree/internal.h"

enum { LEFT = 1, RIGHT = 2, UP = 4, DOWN = 8 };
#define COLUMNS 64 /* of the drawing, without names */
#define NAME_BYTES 40

static const char *const box[16] = {" ", "╴", "╶", "─", "╵", "┘", "└", "┴",
                                    "╷", "┐", "┌", "┬", "│", "┤", "├", "┼"};

struct canvas {
    const rmf_tree *tree;
    rmf_layout layout;
    unsigned char *cell; /* [rows, COLUMNS]: directions, or a printable character */
    int *row;            /* [n_branches] whole rows */
};

static int column(const rmf_tree *tree, double t)
{
    return (int)lround((1 - t / tree->t_limit) * (COLUMNS - 1));
}

static void add_horizontal(struct canvas *c, int row, int from, int to)
{
    for (int x = from; x < to; x++) {
        c->cell[row * COLUMNS + x] |= RIGHT;
        c->cell[row * COLUMNS + x + 1] |= LEFT;
    }
}

static void add_vertical(struct canvas *c, int x, int from, int to)
{
    for (int row = from; row < to; row++) {
        c->cell[row * COLUMNS + x] |= DOWN;
        c->cell[(row + 1) * COLUMNS + x] |= UP;
    }
}

static void draw(struct canvas *c)
{
    const rmf_tree *tree = c->tree;
    for (int i = tree->n_branches - 1; i >= 0; i--) { /* rows, children before parents */
        int b = c->layout.order[i];
        const rmf_branch *branch = &tree->branch[b];
        c->row[b] =
            branch->n_children == 0
                ? (int)c->layout.row[b]
                : (c->row[branch->children[0]] + c->row[branch->children[branch->n_children - 1]]) /
                      2;
    }
    for (int b = 0; b < tree->n_branches; b++) {
        const rmf_branch *branch = &tree->branch[b];
        int x = column(tree, branch->t_start);
        add_horizontal(c, c->row[b], column(tree, branch->t_end), x);
        if (branch->n_children > 0)
            add_vertical(c, x, c->row[branch->children[0]],
                         c->row[branch->children[branch->n_children - 1]]);
    }
}

/* The time of a branch point stands on the line before it, where that is long enough. */
static void write_times(struct canvas *c)
{
    for (int b = 0; b < c->tree->n_branches; b++) {
        const rmf_branch *branch = &c->tree->branch[b];
        char text[32];
        int length = snprintf(text, sizeof text, "%.3g", branch->t_start);
        int end = column(c->tree, branch->t_start) - 1;
        if (branch->n_children > 1 && end - length > column(c->tree, branch->t_end))
            memcpy(c->cell + c->row[b] * COLUMNS + end - length, text, (size_t)length);
    }
}

static void print_rows(const struct canvas *c, FILE *out)
{
    const rmf_tree *tree = c->tree;
    for (int i = 0; i < tree->n_branches; i++) {
        int b = c->layout.order[i];
        if (tree->branch[b].n_children > 0) continue;
        const unsigned char *cell = c->cell + c->row[b] * COLUMNS;
        for (int x = 0; x < COLUMNS; x++)
            if (cell[x] < 16)
                fputs(box[cell[x]], out);
            else
                fputc(cell[x], out);
        fprintf(out, " %s\n", tree->name[tree->branch[b].classes[0]]);
    }
}

static void print_axis(const rmf_tree *tree, FILE *out)
{
    char line[COLUMNS + 16];
    memset(line, ' ', sizeof line);
    for (int tick = 0; tick <= 4; tick++) {
        char text[16];
        double t = tree->t_limit * (4 - tick) / 4;
        int length = snprintf(text, sizeof text, "%.3g", t);
        int start = column(tree, t) - (tick == 0 ? 0 : length / 2);
        memcpy(line + start, text, (size_t)length);
        line[start + length + (tick == 4)] = tick == 4 ? 0 : ' ';
    }
    fprintf(out, "%s time\n", line);
}

static int by_time(const void *a, const void *b, void *tree)
{
    int x = *(const int *)a, y = *(const int *)b;
    double s = ((const rmf_tree *)tree)->branch[x].t_start;
    double t = ((const rmf_tree *)tree)->branch[y].t_start;
    return s != t ? (s > t) - (s < t) : (x < y) - (x > y);
}

/* "0.271  3 | 5": earliest first, as results are usually listed. */
static void print_points(struct canvas *c, FILE *out)
{
    rmf_tree *tree = (rmf_tree *)c->tree;
    int n = 0, *point = c->layout.order; /* no longer needed in its order */
    for (int b = 0; b < tree->n_branches; b++)
        if (tree->branch[b].n_children > 1) point[n++] = b;
    qsort_r(point, (size_t)n, sizeof *point, by_time, tree);
    for (int i = 0; i < n; i++) {
        const rmf_branch *branch = &tree->branch[point[i]];
        fprintf(out, "%-8.4g", branch->t_start);
        for (int k = 0; k < branch->n_children; k++) {
            char set[RMF_BRANCH_TEXT];
            const rmf_branch *child = &tree->branch[branch->children[k]];
            fprintf(out, "%s%s", k > 0 ? " | " : " ",
                    rmf_classes_text(tree, child->n_classes, child->classes, set));
        }
        if (!isnan(branch->support)) fprintf(out, "   support %.0f %%", 100 * branch->support);
        fputc('\n', out);
    }
}

RMF_CHECKED static rmf_status print_tree(struct canvas *c, FILE *out)
{
    const rmf_tree *tree = c->tree;
    RMF_NEW(c->layout.arena, (size_t)tree->n_names * COLUMNS, c->cell);
    RMF_NEW(c->layout.arena, tree->n_branches, c->row);
    draw(c);
    write_times(c);
    print_rows(c, out);
    print_axis(tree, out);
    print_points(c, out);
    return RMF_OK;
}

rmf_status rmf_tree_to_text(const rmf_tree *tree, char **out)
{
    struct canvas c = {.tree = tree};
    rmf_text text;
    RMF_TRY(rmf_layout_create(tree, &c.layout));
    rmf_status status = rmf_text_begin("tree: no memory left for its drawing", &text);
    if (status == RMF_OK) {
        status = print_tree(&c, text.to);
        if (status == RMF_OK)
            status = rmf_text_end(&text, out);
        else
            rmf_text_drop(&text);
    }
    rmf_layout_free(&c.layout);
    return status;
}
