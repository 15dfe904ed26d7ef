/* train/train_private.h – what the files of this room share. */
#ifndef RMF_TRAIN_PRIVATE_H
#define RMF_TRAIN_PRIVATE_H

#include "ramify/data.h"
#include "ramify/diffusion.h"
#include "ramify/io.h"
#include "ramify/net.h"
#include "ramify/nn.h"
#include "ramify/train.h"
#include "ramify/tree.h"

/* Content of a published tree that the library carries, or NULL. */
const char *rmf_embedded_tree(const char *name);

/* tree.topology: the classes' own names, not a file. */
#define RMF_FOLDERS "folders"

/* ---- model ------------------------------------------------------------------------------------
 */

/* Whose head guides a branch: see guide.c. */
enum rmf_guide { RMF_GUIDE_NONE, RMF_GUIDE_UNCONDITIONAL, RMF_GUIDE_PARENT };
enum rmf_guide rmf_guide_from_settings(const rmf_settings *settings);

struct rmf_model {
    rmf_device *device;
    rmf_settings *settings; /* the whole recipe */
    rmf_tree *tree;
    rmf_sde sde;
    rmf_normalisation normalisation;
    const rmf_parametrisation_ops *parametrisation;
    double sigma_data;
    int rank;
    int64_t shape[3], features;
    int64_t bank_rows;
    int64_t *bank_row; /* [branches]: the row of each bank that a branch uses */
    enum rmf_guide guide;
    int *guides; /* [branches], for samplers; NULL until they are asked for */
    char **feature_name;
    double low, high; /* range of the data's own units, for pictures */
    char *extensions; /* JSON list of what was added to the run; NULL: nothing */
    rmf_params *params;
    rmf_team *team;        /* for scores; NULL until rmf_model_score() */
    int64_t rows;          /* of the team */
    bool pulls;            /* it gives vector–Jacobian products */
    rmf_coefficients last; /* of the last score */
    float *host;           /* staging, [2·rows + rows·features] */
};

/* What a new model is made from; the model copies all of it but `device`. */
typedef struct rmf_model_parts {
    rmf_device *device;
    const rmf_settings *settings;
    const rmf_tree *tree;
    const rmf_normalisation *normalisation;
    const rmf_dataset *data; /* shape, feature names, range */
    double sigma_data;
    const char *extensions; /* or NULL */
} rmf_model_parts;
RMF_CHECKED rmf_status rmf_tree_copy(const rmf_tree *from, rmf_tree **out);
RMF_CHECKED rmf_status rmf_normalisation_copy(const rmf_normalisation *from,
                                              rmf_normalisation *out);
/* Parameters exist once a net has been built on model->params. */
RMF_CHECKED rmf_status rmf_model_create(const rmf_model_parts *parts, rmf_model **out);
rmf_net_shape rmf_model_net_shape(const rmf_model *model, int64_t rows);
/* Writes parameter values (`values`: an arena of the model's layout) with all metadata. */
RMF_CHECKED rmf_status rmf_model_write(const rmf_model *model, const float *values,
                                       const char *path);
RMF_CHECKED rmf_status rmf_model_read(const char *path, const char *device, rmf_model **out);
/* Adds every parameter of the arena `values` to `arrays`, names with `prefix` before them. */
RMF_CHECKED rmf_status rmf_params_pack(const rmf_params *params, const float *values,
                                       const char *prefix, rmf_arrays *arrays);
/* The reverse; a missing array or another shape is RMF_ERR_FORMAT naming `place`. */
RMF_CHECKED rmf_status rmf_params_unpack(const rmf_params *params, const rmf_arrays *arrays,
                                         const char *prefix, const char *place, float *values);

/* Adds JSON, whose reference it takes, as metadata; and reads it, with a new reference:
 * RMF_ERR_FORMAT naming `path` where it is missing or damaged. */
RMF_CHECKED rmf_status rmf_arrays_add_json(rmf_arrays *arrays, const char *key,
                                           struct json_t *json);
RMF_CHECKED rmf_status rmf_arrays_json(const rmf_arrays *arrays, const char *key, const char *path,
                                       struct json_t **out);

/* Heads that route samples, beside the model; the room route writes it. */
#define RMF_ROUTER_FILE "router.safetensors"

/* ---- data and tree of a recipe
 * -------------------------------------------------------------------- */

/* Gives data->label the tree's class numbers and data->class_name the tree's order.  Every class
 * must be on both sides. */
RMF_CHECKED rmf_status rmf_labels_to_tree(rmf_dataset *data, const rmf_tree *tree);
/* The tree that the recipe names or that discovery finds in `data` (normalised units).  *sums: what
 * discovery.npz holds (NULL when the objects are too few for it). */
RMF_CHECKED rmf_status rmf_recipe_tree(const rmf_settings *settings, const char *base,
                                       const rmf_dataset *data, const rmf_progress *progress,
                                       rmf_tree **tree, rmf_sums **sums);
/* Reads a recipe's data and splits them, as they are. */
RMF_CHECKED rmf_status rmf_recipe_split(const rmf_settings *settings, const char *base,
                                        rmf_dataset *train, rmf_dataset *held_out);
/* Makes the paths of a recipe hold from anywhere. */
RMF_CHECKED rmf_status rmf_recipe_absolute(rmf_settings *settings, const char *base);
/* Standard deviation of all values about their common mean. */
double rmf_data_deviation(const rmf_dataset *data);
/* A number that changes when the training data do. */
uint64_t rmf_data_fingerprint(const rmf_dataset *data);

/* ---- batches
 * -------------------------------------------------------------------------------------- */

/* Which objects a step sees.  A function of (seed, step) only: nothing to save. */
typedef struct rmf_batches rmf_batches;
RMF_CHECKED rmf_status rmf_batches_create(const rmf_dataset *data, bool balanced, uint64_t seed,
                                          rmf_batches **out);
void rmf_batches_free(rmf_batches *batches);
/* rows[0…batch): object numbers of the batch that begins at draw number `first`. */
void rmf_batches_draw(rmf_batches *batches, int64_t first, int64_t batch, int64_t *rows);
/* The same from a limited number of branches: objects are drawn with replacement, each branch gives
 * an equal share of the rows, and the expected gradient is that of unlimited batches. */
typedef struct rmf_branch_batches rmf_branch_batches;
typedef struct rmf_branch_batches_options {
    const rmf_tree *tree; /* borrowed, as is sde; labels of the data are its class numbers */
    const rmf_sde *sde;
    rmf_time_law law;
    int64_t branches; /* at most so many meet in a batch; ≥ 1 */
    bool balanced;
    uint64_t seed;
} rmf_branch_batches_options;
RMF_CHECKED rmf_status rmf_branch_batches_create(const rmf_branch_batches_options *options,
                                                 const rmf_dataset *data, rmf_branch_batches **out);
void rmf_branch_batches_free(rmf_branch_batches *batches);
/* rows[batch] and t[batch] of step `step`. */
void rmf_branch_batches_draw(const rmf_branch_batches *batches, uint32_t step, int64_t batch,
                             int64_t *rows, double *t);
/* Sorts rows by bank row: order[] is a stable permutation of 0…batch−1, segments are filled and
 * counted. */
void rmf_sort_by_bank(const int64_t *bank_row, int64_t batch, int64_t bank_rows, int64_t *count,
                      int64_t *order, rmf_segment *segments, int64_t *n_segments);

/* ---- checkpoints and log
 * ---------------------------------------------------------------------------- */

typedef struct rmf_state {
    int64_t step;
    double seconds; /* of training so far */
    uint64_t seed, fingerprint;
    int threads;
    bool done;
} rmf_state;
/* optimizer.safetensors alone is the checkpoint (values, EMA, moments, counters, state), so one
 * rename makes it valid; model, ema and state.json are exports of it. */
/* values: an arena to export in place of the model's own values; NULL: those. */
RMF_CHECKED rmf_status rmf_checkpoint_write(const char *run, const rmf_model *model,
                                            rmf_optimizer *optimizer, const rmf_state *state,
                                            const float *values);
/* The exports alone. */
RMF_CHECKED rmf_status rmf_checkpoint_export(const char *run, const rmf_model *model,
                                             rmf_optimizer *optimizer, const rmf_state *state,
                                             const float *values);
/* *found false: no checkpoint there. */
RMF_CHECKED rmf_status rmf_checkpoint_read(const char *run, rmf_model *model,
                                           rmf_optimizer *optimizer, rmf_state *state, bool *found);

typedef struct rmf_runlog rmf_runlog;
/* Opens RUN/log.jsonl; lines of steps beyond `step` (written after the checkpoint) are dropped. */
RMF_CHECKED rmf_status rmf_runlog_open(const char *run, int64_t step, int branches,
                                       rmf_runlog **out);
void rmf_runlog_close(rmf_runlog *log);
/* Collects one step. */
void rmf_runlog_add(rmf_runlog *log, double loss, double gradient_norm, const int *branch,
                    const double *row_loss, int64_t rows);
typedef struct rmf_runlog_line {
    int64_t step;
    double epoch, learning_rate, seconds, samples_per_second;
    int64_t skipped;
} rmf_runlog_line;
/* Writes the means since the last line and starts anew; *loss is the mean. */
RMF_CHECKED rmf_status rmf_runlog_write(rmf_runlog *log, const rmf_runlog_line *line, double *loss);

#endif
