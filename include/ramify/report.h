/**
 * ramify/report.h – pictures of samples, and a page of HTML about a run.
 */
#ifndef RAMIFY_REPORT_H
#define RAMIFY_REPORT_H

#include "ramify/core.h"
#include "ramify/io.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Images side by side, one row a class. */
typedef struct rmf_grid_args {
    const float *x; /* [rows·columns, height, width, channels], in the data's own units; borrowed.
                       NaN: nothing to show there (a class with fewer images than columns) */
    int64_t rows, columns;
    int64_t shape[3];          /* height, width, channels of one image; channels 1 or 3 */
    double low, high;          /* drawn black and white; values beyond are clipped */
    int scale;                 /* screen pixels a value, 1 to 64; 0 = chosen to be well seen */
    const char *const *labels; /* [rows] texts (UTF-8) left of the rows, or NULL */
    bool clear;                /* for a page that has its own paper: transparent between the images
                                  and no margin around them; without labels */
} rmf_grid_args;

/** Draws the grid into *out (free out->pixel with rmf_free); grey or RGB, with alpha if clear. */
RMF_API RMF_CHECKED rmf_status rmf_grid_draw(const rmf_grid_args *args, rmf_image *out);

/**
 * Draws the grid and writes it as PNG, atomically.  RMF_ERR_ARGUMENT if the arguments make no
 * picture (no cells, low ≥ high, other channels, above 2^28 pixels), RMF_ERR_EXISTS as
 * rmf_writer_open().
 */
RMF_API RMF_CHECKED rmf_status rmf_grid_write(const char *path, bool replace,
                                              const rmf_grid_args *args);

/* ---- a page about a run ---------------------------------------------------------------------- */

struct json_t;

/** What was logged in training, line by line; NAN where a line has no such number. */
typedef struct rmf_page_log {
    int64_t n;
    int branches;
    double *step, *loss; /* [n] */
    double *branch_loss; /* [n, branches] */
} rmf_page_log;
/** Reads log.jsonl.  A last line that is cut off, as a killed run leaves it, is left aside;
 * RMF_ERR_FORMAT with file and line for others that are no JSON objects with a step. */
RMF_API RMF_CHECKED rmf_status rmf_page_log_read(const char *path, int branches, rmf_page_log *out);
RMF_API void rmf_page_log_free(rmf_page_log *log); /* empties it; the struct is the caller's */

/** One line of a list of facts.  `usual` is NULL but for settings that differ from it. */
typedef struct rmf_page_fact {
    const char *name, *value, *usual;
} rmf_page_fact;
typedef struct rmf_page_facts {
    const rmf_page_fact *fact; /* [n] */
    size_t n;
} rmf_page_facts;

/** Labelled objects in the data's own units: x [n, features], label [n] of the tree's classes. */
typedef struct rmf_page_set {
    const float *x;
    const int32_t *label;
    int64_t n;
} rmf_page_set;

/** What a page shows; all borrowed.  What is NULL or empty is left out, and `notes` should say why.
 */
typedef struct rmf_page {
    const char *title, *about; /* a line each */
    const rmf_tree *tree;
    const char *const *notes; /* [n_notes]: what the page lacks */
    size_t n_notes;
    /* objects */
    int rank; /* 3: images of 1 or 3 channels are shown; else histograms of features */
    int64_t shape[3], features;
    double low, high;                /* of images: drawn black and white */
    const char *const *feature_name; /* [features] or NULL */
    int64_t count;                   /* samples a class: */
    const float *samples; /* [classes, count, features], those of a number from one start if shared
                           */
    const float *nearest; /* the same shape: the training object most like each sample */
    const float *hybrids; /* [branches, count, features]: the object to expect where each branch
                             ends; only those of branches with several children are shown */
    rmf_page_set generated, real; /* for histograms */
    /* figures */
    const rmf_page_log *log;
    const struct json_t *evaluation; /* as rmf_evaluate() gives it */
    const int64_t *evaluations;      /* [branches]: of the network, by a sample in that branch */
    rmf_page_facts run, settings;    /* provenance, and recipe keys */
} rmf_page;

/** Evaluations of the network for a sample of every class, along the tree and if each class went
 * its way alone; false where the page has none. */
RMF_API bool rmf_page_cost(const rmf_page *page, int64_t *shared, int64_t *flat);
/** A page with pictures is smaller than this. */
#define RMF_PAGE_BYTES_MOST 3145728
/**
 * Writes the page: one file of HTML that loads nothing, with pictures inside.  It can be read
 * without its script, which shows one branch point at a time.  Where pictures would carry it past
 * RMF_PAGE_BYTES_MOST it shows fewer objects of each class, then smaller pictures, then none, and
 * says so.  RMF_ERR_FORMAT for an evaluation that is none; RMF_ERR_EXISTS as rmf_writer_open().
 */
RMF_API RMF_CHECKED rmf_status rmf_page_write(const rmf_page *page, const char *path, bool replace);

#ifdef __cplusplus
}
#endif
#endif
