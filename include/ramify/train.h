/**
 * ramify/train.h – recipes, models (a network with all that is needed to sample from it), run
 * folders and training.
 */
#ifndef RAMIFY_TRAIN_H
#define RAMIFY_TRAIN_H

#include "ramify/core.h"
#include "ramify/data.h"
#include "ramify/diffusion.h"
#include "ramify/io.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- recipes ---- */

/** Tables of all recipe keys outside data., net., sde. and sample. (those rooms own theirs). */
RMF_API extern const rmf_option rmf_recipe_options[];     /* name, seed, device, … */
RMF_API extern const rmf_option rmf_tree_options[];       /* "tree." */
RMF_API extern const rmf_option rmf_train_options[];      /* "train." */
RMF_API extern const rmf_option rmf_evaluation_options[]; /* "eval." */

/** A recipe the library carries, by name ("digits"); NULL-ended registry. */
typedef struct rmf_recipe {
    const char *name, *summary, *yaml;
} rmf_recipe;
RMF_API const rmf_recipe *rmf_recipe_registry(size_t *count);

/**
 * Reads a recipe (a YAML file, or the name of one the library carries), applies `overrides`
 * ("key=value", n of them), checks every key against the tables and fills in all defaults.  *base
 * is the folder that relative paths count from; free with rmf_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_recipe_load(const char *path, const char *const *overrides,
                                               size_t n, rmf_settings **settings, char **base);

/**
 * Reads a recipe's data and splits them: `train` and `held_out` in the data's own units
 * (held_out->n may be 0), `map` fitted on the training part.  Free all three.
 */
RMF_API RMF_CHECKED rmf_status rmf_recipe_data(const rmf_settings *settings, const char *base,
                                               rmf_dataset *train, rmf_dataset *held_out,
                                               rmf_normalisation *map);

/** Discovery as the checked keys tree.… and seed say. */
RMF_API void rmf_recipe_discovery(const rmf_settings *settings, rmf_discovery *out);

/* ---- models ---- */

/** Everything a model file holds.  Opaque; safe to use from one thread at a time. */
typedef struct rmf_model rmf_model;
/** path: a run folder (weights "ema" or "raw") or one safetensors file. */
RMF_API RMF_CHECKED rmf_status rmf_model_open(const char *path, const char *weights,
                                              const char *device, rmf_model **out);
RMF_API void rmf_model_free(rmf_model *model);
RMF_API const rmf_tree *rmf_model_tree(const rmf_model *model);
RMF_API const rmf_sde *rmf_model_sde(const rmf_model *model);
RMF_API const rmf_settings *rmf_model_settings(const rmf_model *model);
RMF_API const rmf_normalisation *rmf_model_normalisation(const rmf_model *model);
RMF_API int64_t rmf_model_features(const rmf_model *model);
/** rank and shape[3] of one object. */
RMF_API int rmf_model_shape(const rmf_model *model, int64_t shape[3]);
/** A score for the samplers; borrows the model.  rows = block size. */
RMF_API RMF_CHECKED rmf_status rmf_model_score(rmf_model *model, int64_t rows, rmf_score *out);

/* ---- samples ---- */

/** Samples in the data's own units with all that a file of them records. */
typedef struct rmf_samples {
    int64_t n, features;
    int rank;
    int64_t shape[3];
    float *x;
    int32_t *label;
    int n_classes;
    char **class_name;
    char **feature_name; /* or NULL */
    double low, high;    /* range for pictures */
    uint64_t seed;
    char sampler[32];
    double nfe;
    rmf_arrays more; /* what an .npz of them holds beside these; mostly nothing */
} rmf_samples;
RMF_API void rmf_samples_free(rmf_samples *samples);
/** Gives sampling the model's tree, process and score (*score, which it then borrows). */
RMF_API RMF_CHECKED rmf_status rmf_model_prepare(rmf_model *model, rmf_score *score,
                                                 rmf_sampling *sampling);
/** Place for what sampling->classes, count and seed describe: x [n, features] is zero and for the
 * caller to fill (normalised units, then rmf_normalisation_invert()); the rest is filled but nfe.
 */
RMF_API RMF_CHECKED rmf_status rmf_samples_create(const rmf_model *model,
                                                  const rmf_sampling *sampling, rmf_samples *out);
/** Draws with sampling->classes/count/…; tree, sde and score come from the model. */
RMF_API RMF_CHECKED rmf_status rmf_model_sample(rmf_model *model, rmf_sampling *sampling,
                                                const rmf_progress *progress, rmf_samples *out,
                                                rmf_sampling_report *report);
/** RMF_ERR_USAGE unless the ending of `path` names a format that samples can be written in. */
RMF_API RMF_CHECKED rmf_status rmf_samples_ending(const char *path);
/** .npz, .csv or .png (a grid: one row a class) by the ending. */
RMF_API RMF_CHECKED rmf_status rmf_samples_write(const rmf_samples *samples, const char *path,
                                                 bool replace);

/* ---- training ---- */

typedef struct rmf_training {
    const rmf_settings *settings; /* a checked recipe */
    const char *base;             /* folder of the recipe */
    const char *run;              /* run folder to make, or with resume to continue */
    int threads;                  /* 0: what the recipe says */
    bool resume, replace;
} rmf_training;
/**
 * Trains and leaves a complete run folder.  Stops early with RMF_ERR_INTERRUPTED, saved, when
 * progress asks for it.  With `resume` settings may be NULL: the run's own recipe is used.
 */
RMF_API RMF_CHECKED rmf_status rmf_train(const rmf_training *training,
                                         const rmf_progress *progress);

/** RMF_OK unless the folder `run` says (state.json) that another version made it. */
RMF_API RMF_CHECKED rmf_status rmf_run_check(const char *run);

#ifdef __cplusplus
}
#endif
#endif
