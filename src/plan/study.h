/* plan/study.h – the files of a study. */
#ifndef RMF_PLAN_STUDY_H
#define RMF_PLAN_STUDY_H

#include "ramify/io.h"
#include "ramify/plan.h"

RMF_CHECKED rmf_status rmf_study_to_json(const rmf_study *study, struct json_t **out);
/* trees.nwk, distances.csv and distances.svg. */
RMF_CHECKED rmf_status rmf_study_put_newick(const rmf_study *study, rmf_writer *out);
RMF_CHECKED rmf_status rmf_study_put_distances(const rmf_study *study, rmf_writer *out);
RMF_CHECKED rmf_status rmf_study_put_svg(const rmf_study *study, rmf_writer *out);

#endif
