/* train/trainer.h – the state of a training, shared by its files: run_folder.c, setup.c, step.c,
 * train.c. */
#ifndef RMF_TRAINER_H
#define RMF_TRAINER_H

#include "train/train_private.h"

#define RMF_EXTENSION_FILE "extension.json"
typedef struct rmf_extending rmf_extending; /* extending.h */

typedef struct trainer {
    const rmf_training *training;
    const rmf_progress *progress;
    rmf_settings *settings; /* of the run */
    char *base;
    rmf_device *device; /* until the model owns it */
    rmf_dataset data;   /* training part, normalised, labels in tree order */
    rmf_normalisation map;
    rmf_tree *tree;
    rmf_sums *sums; /* what discovery.npz will hold; NULL if the tree came from a file */
    rmf_model *model;
    rmf_team *team;
    rmf_optimizer *optimizer;
    rmf_batches *batches;
    rmf_branch_batches *branch_batches; /* of a tree larger than train.branches; else NULL */
    rmf_time_law law;
    rmf_runlog *log;
    rmf_loss loss;
    rmf_state state;
    /* a batch, in drawing order and then by bank row */
    int64_t batch, *rows, *bank_row, *order, *count;
    int *head, *branch; /* the branch that trains on a row, in the one order and the other */
    double *t, *row_loss, *sorted_t;
    uint64_t *sample;
    rmf_segment *segments;
    float *x0, *net_x, *target, *weight, *output, *gradient, *time, *noise;
    double started; /* clock at which state.seconds was 0 */
    double guide_share;
    rmf_extending *extending; /* classes are added; NULL: a run is trained */
} trainer;

/* A sentence for the log. */
void rmf_trainer_tell(const trainer *tr, const char *note);
/* run_folder.c: the recipe of the run (its own when resumed), without writing anything yet. */
RMF_CHECKED rmf_status rmf_trainer_recipe(trainer *tr);
/* Whether the run may be made, or gone on with. */
RMF_CHECKED rmf_status rmf_trainer_check_run(const trainer *tr);
/* Makes the folder and writes what stands before the first step: recipe.yaml, tree.json,
 * discovery.npz. */
RMF_CHECKED rmf_status rmf_trainer_write_start(trainer *tr);
RMF_CHECKED rmf_status rmf_trainer_path(const trainer *tr, const char *name, char **path);
/* setup.c: data, tree, model, optimiser and buffers, in memory. */
RMF_CHECKED rmf_status rmf_trainer_setup(trainer *tr);
/* Parts of it: the optimiser of a model that has its values, the law of times, the buffers of a
 * batch and the loss. */
RMF_CHECKED rmf_status rmf_trainer_optimizer(trainer *tr);
RMF_CHECKED rmf_status rmf_trainer_buffers(trainer *tr);
/* State, batch size and device, from settings and data. */
RMF_CHECKED rmf_status rmf_trainer_begin(trainer *tr);
void rmf_trainer_free(trainer *tr);
/* step.c: one optimiser step at tr->state.step. */
RMF_CHECKED rmf_status rmf_trainer_step(trainer *tr, double learning_rate, double *loss,
                                        rmf_step_report *report);

/* train.c: everything after the setup. */
RMF_CHECKED rmf_status rmf_trainer_run(trainer *tr);
void rmf_trainer_threads(const trainer *tr);

#endif
