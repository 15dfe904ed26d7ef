/* app/transmute.h – what `ramify transmute` and `ramify hybrid` share. */
#ifndef RMF_APP_TRANSMUTE_H
#define RMF_APP_TRANSMUTE_H

#include "app/app.h"

/* ---- pictures ---- */

/* Images [n, features] in the data's own units, and the text beside their lines. */
typedef struct rmf_series {
    const float *x;
    const char *label;
} rmf_series;
/* RMF_ERR_USAGE unless objects of this kind can be drawn. */
RMF_CHECKED rmf_status rmf_series_check(const char *path, int rank, const int64_t shape[3]);
/* n images of each series; `like` gives shape and range.  At most 20 side by side, then the next
 * line of every series. */
RMF_CHECKED rmf_status rmf_series_write(const char *path, bool replace, const rmf_samples *like,
                                        const rmf_series *series, int n_series, int64_t n);
bool rmf_is_picture(const char *path);

/* ---- objects of one class ---- */

typedef struct rmf_objects {
    float *x; /* [n, features], normalised units of the model; rmf_free */
    int64_t n;
} rmf_objects;
/* Of a run's data: those held out first, then the others.  count 0: all that were held out, or all
 * where none were. */
RMF_CHECKED rmf_status rmf_objects_of_run(const rmf_model *model, const rmf_real *real,
                                          const char *class_name, int64_t count, rmf_objects *out);
/* Of a file or folder with the model's number of features and objects of that class.  count 0: all.
 */
RMF_CHECKED rmf_status rmf_objects_of_file(const rmf_model *model, const char *path,
                                           const char *label, const char *class_name, int64_t count,
                                           rmf_objects *out);

/* ---- measures of a transmutation ---- */

typedef struct rmf_transmute_report {
    rmf_model *model;
    const rmf_transmutation *transmutation; /* of the objects written */
    const rmf_real *real;                   /* the run's data */
    const float *before, *after;            /* [n, features], normalised units */
    int64_t n;
    const double *sweep; /* [n_sweep] further times */
    int n_sweep;
    const rmf_samples *like; /* shape, range, names */
} rmf_transmute_report;
/* Measures, transmutes and measures again at each further time.  *out is a new reference. */
RMF_CHECKED rmf_status rmf_transmute_measure(const rmf_transmute_report *report,
                                             const rmf_progress *progress, struct json_t **out);
/* Prints the rows of that JSON as a table. */
void rmf_transmute_table(FILE *to, const struct json_t *report);

#endif
