/* app/study.h – models on the trees of `ramify study`. */
#ifndef RMF_APP_STUDY_H
#define RMF_APP_STUDY_H

#include "app/app.h"

typedef struct rmf_study_training {
    const rmf_common *common;
    const rmf_settings *recipe; /* a whole one, with train.minutes */
    const char *base;           /* folder that its paths count from */
    const char *out;            /* folder of the study, which is written */
    int models;                 /* of each group, its first trees */
    bool resume;                /* go on with the runs that are there */
} rmf_study_training;
/* Trains and evaluates a model on each of these trees, each a run in OUT/models, and adds it to the
 * study and its files.  A run that is evaluated is not touched again.  RMF_ERR_INTERRUPTED, saved,
 * when asked to stop; RMF_ERR_USAGE for a run that another recipe began. */
RMF_CHECKED rmf_status rmf_study_train(const rmf_study_training *training, rmf_study *study,
                                       rmf_talk *talk);

#endif
