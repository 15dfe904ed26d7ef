/* plan/study.h – the files of a study. */
#ifndef RMF_PLAN_STUDY_H
#define RMF_PLAN_STUDY_H

#include <stdio.h>

#include "ramify/io.h"
#include "ramify/plan.h"

RMF_CHECKED rmf_status rmf_study_to_json(const rmf_study *study, struct json_t **out);
/* What `print` prints, as a text; rmf_free(). */
RMF_CHECKED rmf_status rmf_study_print(const rmf_study *study,
                                       void (*print)(FILE *, const rmf_study *), char **out);
/* "models" of that JSON; new reference. */
struct json_t *rmf_study_models_json(const rmf_study *study);
/* trees.nwk, distances.csv, distances.svg and, where there are models, models.svg. */
RMF_CHECKED rmf_status rmf_study_put_newick(const rmf_study *study, rmf_writer *out);
RMF_CHECKED rmf_status rmf_study_put_distances(const rmf_study *study, rmf_writer *out);
RMF_CHECKED rmf_status rmf_study_put_svg(const rmf_study *study, rmf_writer *out);
RMF_CHECKED rmf_status rmf_study_put_models_svg(const rmf_study *study, rmf_writer *out);

/* ---- drawings ---- */

/* Opening of a drawing, its size in pixels, and its title at `left`. */
typedef struct rmf_study_sheet {
    double width, height, left;
    const char *title;
} rmf_study_sheet;
RMF_CHECKED rmf_status rmf_study_put_sheet(const rmf_study_sheet *sheet, rmf_writer *out);
/* An axis from 0 that holds `most`, in steps of 1, 2 or 5 times a power of ten, at most six and
 * none below `least`. */
typedef struct rmf_study_axis {
    double high, step;
} rmf_study_axis;
rmf_study_axis rmf_study_axis_for(double most, double least);

#endif
