/* app/views.h – states of samples on their way, and the objects to expect from them then. */
#ifndef RMF_APP_VIEWS_H
#define RMF_APP_VIEWS_H

#include "app/app.h"

enum { RMF_VIEWS_MOST = 64 };

/* Of n samples at few times; all but the times wanted is made by rmf_views_begin(). */
typedef struct rmf_views {
    double wanted[RMF_VIEWS_MOST];
    int n_times;
    int64_t n, features;
    float *states, *means; /* [n, n_times, features] */
    double *time;          /* [n, n_times] of the step that comes nearest */
    int *branch;           /* [n, n_times] that made it */
    rmf_recorder recorder; /* for the sampling */
} rmf_views;

/* Times for a picture where none are wanted: ten, evenly. */
void rmf_views_default(rmf_views *views);
/* Place for what the request asks of the model.  RMF_ERR_USAGE for times beyond the process, and
 * for a picture (`path`) of what is no image.  The recorder points at *views. */
RMF_CHECKED rmf_status rmf_views_begin(rmf_views *views, const rmf_model *model,
                                       const rmf_sample_request *request, const char *path);
/* After the sampling: denoised means by the score that the samples followed, guided where they
 * were, and all in the data's own units. */
RMF_CHECKED rmf_status rmf_views_finish(rmf_views *views, rmf_model *model,
                                        const rmf_sample_request *request);
/* .npz, or .png: two lines a sample, its states and below them the means. */
RMF_CHECKED rmf_status rmf_views_write(const rmf_views *views, const rmf_samples *samples,
                                       const char *path, bool replace);
void rmf_views_free(rmf_views *views);

#endif
