/**
 * ramify/reproduce.h – experiments: commands whose results stand in tables beside published
 * figures.
 *
 * An experiment is a YAML file (docs/formats.md): steps, each a command of ramify; tables, whose
 * cells point into the JSON files that the steps write; figures of tables.  So no figure of a
 * result is typed by hand.
 */
#ifndef RAMIFY_REPRODUCE_H
#define RAMIFY_REPRODUCE_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* Jansson */

/** A registry row: an experiment that the library carries. */
typedef struct rmf_experiment_text {
    const char *name, *summary, *yaml;
} rmf_experiment_text;
RMF_API const rmf_experiment_text *rmf_experiment_registry(size_t *count);

typedef struct rmf_reproduction {
    const char *experiment; /* a name of the registry, or a YAML file */
    const char *program;    /* path of the command that makes the steps */
    const char *commit;     /* of that program, for the record */
    const char *out;        /* folder of everything; made where it is missing */
    const char *runs;       /* folder of trained runs, which experiments share; NULL: out/runs */
    bool quick;             /* steps with what their key quick adds; in folders of their own */
    bool again;             /* make steps anew whose results are there */
    bool quiet;             /* steps say nothing */
    int threads;            /* of every step; 0: all cores */
} rmf_reproduction;

/**
 * Makes the steps that have not been made yet, then the tables and figures: out/NAME/result/ gets
 * result.json, table.md, and for each figure its data, its gnuplot script and, where gnuplot is
 * installed, an SVG.  A step is made when a record of its very command (out/records/) and the file
 * that it writes are there; what a stopped step had saved it goes on with.  The child process that
 * makes a step writes to this one's stderr.
 * *result (json_decref) is the content of result.json, docs/formats.md says what.
 * RMF_ERR_USAGE: no such experiment, or a file that is none.  RMF_ERR_INTERRUPTED: progress (NULL
 * is fine) asked to stop, or a step was stopped.  RMF_ERR_IO: a step failed.  RMF_ERR_FORMAT: a
 * result is not where a table looks for it.
 */
RMF_API RMF_CHECKED rmf_status rmf_reproduce(const rmf_reproduction *reproduction,
                                             const rmf_progress *progress, struct json_t **result);

/** The tables of a result as Markdown, which reads well as plain text; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_result_tables(const struct json_t *result, char **out);

/**
 * One Markdown page of `count` results, files result.json in the order in which they shall stand:
 * prose, tables, figures, commands, and where each comes from.  `page` is the path that it is
 * written for: figures are linked relative to its folder.  Free with rmf_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_results_page(const char *const *files, size_t count,
                                                const char *page, char **out);

#ifdef __cplusplus
}
#endif
#endif
