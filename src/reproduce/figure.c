/** reproduce/figure.c – curves of tables: data and a script for gnuplot, which draws them as SVG.
 */
#include "reproduce/result.h"

#include "ramify/io.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct point {
    double x, y, level;
} point;

/* A figure's columns of its table; −1: none. */
typedef struct figure {
    const rmf_experiment *e;
    const char *name;
    const json_t *table, *rows;
    int x, y, by, level;
} figure;

static const char *text_of(const figure *f, const char *key)
{
    return rmf_experiment_text_of(f->e, "figures", f->name, key);
}

static int column_of(const figure *f, const char *key)
{
    const char *column = text_of(f, key);
    return column ? rmf_column_of(f->table, column) : -1;
}

static double number_at(const json_t *row, int column)
{
    return column < 0 ? NAN : rmf_cell_number(json_array_get(row, (size_t)column));
}

/* The curve that row i belongs to. */
static void curve_of(const figure *f, size_t i, char *text, size_t size)
{
    const json_t *row = json_array_get(f->rows, i);
    snprintf(text, size, "%s", text_of(f, "y"));
    if (f->by >= 0) rmf_cell_text(json_array_get(row, (size_t)f->by), text, size);
}

/* Whether no row before i is of the same curve. */
static bool is_first(const figure *f, size_t i)
{
    char mine[64], other[64];
    curve_of(f, i, mine, sizeof mine);
    for (size_t k = 0; k < i; k++) {
        curve_of(f, k, other, sizeof other);
        if (strcmp(mine, other) == 0) return false;
    }
    return true;
}

static int by_x(const void *a, const void *b)
{
    const point *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* A block of data: the points of the curve that begins at row `first`, by x. */
static rmf_status put_curve(const figure *f, size_t first, point *points, rmf_writer *out)
{
    char mine[64], other[64];
    size_t n = 0;
    curve_of(f, first, mine, sizeof mine);
    for (size_t i = first; i < json_array_size(f->rows); i++) {
        const json_t *row = json_array_get(f->rows, i);
        const point p = {number_at(row, f->x), number_at(row, f->y), number_at(row, f->level)};
        curve_of(f, i, other, sizeof other);
        if (strcmp(mine, other) == 0 && isfinite(p.x) && isfinite(p.y)) points[n++] = p;
    }
    qsort(points, n, sizeof *points, by_x);
    RMF_TRY(rmf_writer_print(out, "# %s\n", mine));
    for (size_t i = 0; i < n; i++)
        RMF_TRY(
            rmf_writer_print(out, "%.9g %.9g %.9g\n", points[i].x, points[i].y, points[i].level));
    return rmf_writer_print(out, "\n\n"); /* ends a block of gnuplot's */
}

static rmf_status put_data(const figure *f, rmf_writer *out)
{
    void *points;
    RMF_TRY(rmf_alloc(json_array_size(f->rows), sizeof(point), &points));
    rmf_status s = rmf_writer_print(out, "# %s, %s, %s\n", text_of(f, "x"), text_of(f, "y"),
                                    f->level >= 0 ? text_of(f, "level") : "–");
    for (size_t i = 0; s == RMF_OK && i < json_array_size(f->rows); i++)
        if (is_first(f, i)) s = put_curve(f, i, points, out);
    rmf_free(points);
    return s;
}

/* A text between gnuplot's single quotes. */
static rmf_status put_quoted(rmf_writer *out, const char *text)
{
    RMF_TRY(rmf_writer_print(out, "'"));
    for (; *text; text++)
        RMF_TRY(rmf_writer_print(out, *text == '\'' ? "''" : "%c", *text));
    return rmf_writer_print(out, "'");
}

static rmf_status put_axes(const figure *f, rmf_writer *out)
{
    const char *log = text_of(f, "log");
    RMF_TRY(rmf_writer_print(out,
                             "set terminal svg size 760,460 font 'sans-serif,13' background "
                             "'white'\nset output '%s.svg'\nset grid lc rgb '#e4e4e4'\n"
                             "set border 3 lc rgb '#888888'\nset tics nomirror\n"
                             "set key outside right noenhanced\nset xlabel ",
                             f->name));
    RMF_TRY(put_quoted(out, text_of(f, "x")));
    RMF_TRY(rmf_writer_print(out, "\nset ylabel "));
    RMF_TRY(put_quoted(out, text_of(f, "y")));
    if (strcmp(log, "none") != 0)
        RMF_TRY(rmf_writer_print(out,
                                 "\nset logscale %s\nset autoscale noextend\n"
                                 "set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06",
                                 log));
    for (const char *axis = "xy"; *axis; axis++) /* gnuplot would name powers of ten alone */
        if (strcmp(log, "none") != 0 && strchr(log, *axis))
            RMF_TRY(rmf_writer_print(out,
                                     "\nset %ctics ()\nset for [i=-6:6] for [m in '1 2 5'] %ctics "
                                     "add (sprintf('%%g', m*10**i) m*10**i)",
                                     *axis, *axis));
    if (text_of(f, "most"))
        RMF_TRY(rmf_writer_print(out, "\nset yrange [*:%s] noextend", text_of(f, "most")));
    return rmf_writer_print(out, "\nplot ");
}

static rmf_status put_script(const figure *f, rmf_writer *out)
{
    int block = 0;
    char curve[64];
    RMF_TRY(put_axes(f, out));
    for (size_t i = 0; i < json_array_size(f->rows); i++) {
        if (!is_first(f, i)) continue;
        curve_of(f, i, curve, sizeof curve);
        RMF_TRY(rmf_writer_print(out,
                                 "%s'%s.dat' index %d using 1:2 with linespoints pt 7 ps 0.6 "
                                 "lw 1.6 dt %d title ",
                                 block ? ", \\\n  " : "", f->name, block, 1 + block / 8));
        RMF_TRY(put_quoted(out, curve));
        block++;
    }
    if (f->level >= 0) {
        RMF_TRY(rmf_writer_print(out,
                                 ", \\\n  '%s.dat' using 1:3 with lines dt 3 lw 1.6 lc rgb "
                                 "'#555555' smooth unique title ",
                                 f->name));
        RMF_TRY(put_quoted(out, text_of(f, "level")));
    }
    return rmf_writer_print(out, "\n");
}

static rmf_status write_part(const figure *f, const char *folder, const char *ending,
                             rmf_status (*put)(const figure *f, rmf_writer *out))
{
    char *path;
    rmf_writer *out;
    RMF_TRY(rmf_arena_print(f->e->arena, &path, "%s/%s.%s", folder, f->name, ending));
    RMF_TRY(rmf_writer_open(path, true, &out));
    return rmf_writer_end(out, put(f, out));
}

/* ---- gnuplot ---- */

/* Draws NAME.svg by NAME.gp within the folder; *drawn: whether it did. */
static rmf_status draw(const figure *f, const char *folder, const rmf_progress *progress,
                       bool *drawn)
{
    char *script, *note;
    RMF_TRY(rmf_arena_print(f->e->arena, &script, "%s.gp", f->name));
    char *argv[] = {
        (char *)"sh",
        (char *)"-c",
        (char *)"command -v gnuplot >/dev/null || exit 127; cd \"$1\" && exec gnuplot \"$2\"",
        (char *)"sh",
        (char *)folder,
        script,
        NULL};
    rmf_process process = {.program = "sh", .argv = argv};
    RMF_TRY(rmf_process_run(&process, progress));
    *drawn = process.code == 0;
    if (*drawn) return RMF_OK;
    RMF_TRY(rmf_arena_print(
        f->e->arena, &note, "%s/%s: %s, so there is no %s.svg; install gnuplot-nox for drawings",
        folder, script, process.code == 127 ? "no gnuplot here" : "gnuplot failed", f->name));
    (void)rmf_progress_note(progress, "figures", note);
    return RMF_OK;
}

static const json_t *table_of(const json_t *result, const char *name)
{
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(result, "tables"), i,
                       table) if (strcmp(json_string_value(json_object_get(table, "name")), name) ==
                                  0) return table;
    return NULL;
}

static rmf_status draw_figure(const rmf_cells *cells, const char *name, json_t *result,
                              json_t *figures, const rmf_progress *progress)
{
    const char *folder = cells->folders->result;
    bool drawn;
    figure f = {.e = cells->experiment, .name = name};
    f.table = table_of(result, text_of(&f, "table"));
    f.rows = json_object_get(f.table, "rows");
    f.x = column_of(&f, "x");
    f.y = column_of(&f, "y");
    f.by = column_of(&f, "by");
    f.level = column_of(&f, "level");
    RMF_TRY(write_part(&f, folder, "dat", put_data));
    RMF_TRY(write_part(&f, folder, "gp", put_script));
    RMF_TRY(draw(&f, folder, progress, &drawn));
    char *file;
    RMF_TRY(rmf_arena_print(f.e->arena, &file, "%s.%s", name, drawn ? "svg" : "gp"));
    json_array_append_new(figures, json_pack("{s:s, s:s}", "title",
                                             text_of(&f, "title") ? text_of(&f, "title") : name,
                                             "file", file));
    return RMF_OK;
}

rmf_status rmf_figures_draw(const rmf_cells *cells, json_t *result, const rmf_progress *progress)
{
    json_t *figures = json_array();
    json_object_set_new(result, "figures", figures);
    for (size_t i = 0; i < cells->experiment->figures.count; i++)
        RMF_TRY(draw_figure(cells, cells->experiment->figures.name[i], result, figures, progress));
    return RMF_OK;
}
