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

/** The default of eval.metrics: those that take seconds; the others train classifiers or need many
 * objects. */
#define RMF_USUAL_METRICS                                                                          \
    "frechet,wasserstein,precision,recall,density,coverage,memorisation,accuracy"

/** What names data, and what is said of them beside; texts may be NULL. */
typedef struct rmf_data_argument {
    const char *data; /* a recipe (its file or name), a file or a folder */
    const char *label, *normalise, *format, *classes; /* keys of data. */
    const char *const *set; /* [n_set] "key=value": of a recipe any, else of data. */
    size_t n_set;
} rmf_data_argument;
/** Whether a word names a recipe: a YAML file, or one that the library carries and no file has. */
RMF_API bool rmf_names_recipe(const char *data);
/** Checked settings for rmf_dataset_open(), rmf_recipe_data() and rmf_extension: the whole recipe,
 * or the keys of data. with nothing held out (and, of .npz, not normalised).  Free *base with
 * rmf_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_data_argument_settings(const rmf_data_argument *argument,
                                                          rmf_settings **settings, char **base);

/** The tree that `name` is as tree.file of a recipe in the folder `base`: a file, or one that the
 * library carries.  Of a discrete process its times are whole steps, which a file may also count;
 * RMF_ERR_FORMAT for times between two.  rmf_tree_free(). */
RMF_API RMF_CHECKED rmf_status rmf_tree_for(const rmf_sde *sde, const char *name, const char *base,
                                            rmf_tree **tree);
/** Discovery as the checked keys tree.… and seed say, but for a topology, which must be read. */
RMF_API void rmf_recipe_discovery(const rmf_settings *settings, rmf_discovery *out);
/** "folders": that of the data's class names, which have slashes; else that of a file. */
RMF_API RMF_CHECKED rmf_status rmf_topology_open(const char *name, const char *base,
                                                 const rmf_dataset *data, rmf_topology **out);
/** The topology that tree.topology names, or NULL where it is not set; rmf_topology_free(). */
RMF_API RMF_CHECKED rmf_status rmf_recipe_topology(const rmf_settings *settings, const char *base,
                                                   const rmf_dataset *data, rmf_topology **out);

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
/** The branch whose head guides `branch`, as train.guide of the model's recipe says: its parent, or
 * the root, which knows no class.  −1: it has none (the root; every branch of a model trained
 * without). */
RMF_API int rmf_model_guide(const rmf_model *model, int branch);
/** All of them, for rmf_sampling.guide: [branches], the model's.  NULL where weight is 0;
 * RMF_ERR_USAGE where it is not and the model was trained without a guide. */
RMF_API RMF_CHECKED rmf_status rmf_model_guides(rmf_model *model, double weight, const int **guide);
/**
 * The data that the model was trained on, those of classes added later too: as rmf_recipe_data(),
 * but `map` is the model's normalisation.  `base` is for models whose recipe has relative paths.
 */
RMF_API RMF_CHECKED rmf_status rmf_model_data(const rmf_model *model, const char *base,
                                              rmf_dataset *train, rmf_dataset *held_out,
                                              rmf_normalisation *map);
/** A score for the samplers; borrows the model.  rows = block size. */
RMF_API RMF_CHECKED rmf_status rmf_model_score(rmf_model *model, int64_t rows, rmf_score *out);
/** The same with its vector–Jacobian products.  Freezes the model's parameters: only gradients by x
 * are computed. */
RMF_API RMF_CHECKED rmf_status rmf_model_pullback_score(rmf_model *model, int64_t rows,
                                                        rmf_pullback_score *out);

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
    double nfe, guidance;
    rmf_arrays more; /* what an .npz of them holds beside these; mostly nothing */
} rmf_samples;
RMF_API void rmf_samples_free(rmf_samples *samples);
/** Gives sampling the model's tree, process, score (*score, which it then borrows) and, with
 * guidance, guides (the model's).  RMF_ERR_USAGE for guidance of a model trained without a guide.
 */
RMF_API RMF_CHECKED rmf_status rmf_model_prepare(rmf_model *model, rmf_score *score,
                                                 rmf_sampling *sampling);
/** Place for what sampling->classes, count and seed describe: x [n, features] is zero and for the
 * caller to fill (normalised units, then rmf_normalisation_invert()); the rest is filled but nfe.
 */
RMF_API RMF_CHECKED rmf_status rmf_samples_create(const rmf_model *model,
                                                  const rmf_sampling *sampling, rmf_samples *out);
/** Draws with sampling->classes/count/…; tree, sde, score and guide come from the model. */
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

/* ---- adding classes ---- */

/** What the new row of every bank starts from. */
enum rmf_extension_start {
    RMF_START_NEAREST, /* the leaf of the old class that is most like the new one */
    RMF_START_PARENT   /* the branch that the new class leaves */
};
/** What an extension trains. */
enum rmf_extension_tune {
    RMF_TUNE_ROWS, /* the new rows of the banks: old classes keep every byte */
    RMF_TUNE_ALL   /* all parameters, for comparison: old classes are forgotten */
};
/**
 * New classes for a trained run (Tseng et al. 2024, section 3.4): each leaves a branch of the tree
 * and gets a leaf with a row of its own in every bank.  Only these rows are trained, on the new
 * classes alone, at times below their leaves' ends.  Every old parameter and average stays, and so
 * does every sample of an old class.  (Not so with RMF_TUNE_ALL, the usual fine-tuning.)
 */
typedef struct rmf_extension {
    const char *run; /* folder of a finished run; NULL is fine when an extension is resumed */
    const char *out; /* run folder to make, or with resume to go on with */
    const rmf_settings *data;   /* checked keys of data., and seed: where the objects are */
    const char *base;           /* folder that paths of `data` count from */
    const char *const *classes; /* [n_classes] names, in the order in which they are added */
    int n_classes;
    double time;             /* at which they leave; NAN: found, see rmf_attach_find() */
    const char *const *from; /* [n_from] the classes of the branch that it leaves; one new class */
    int n_from;              /* 0: found */
    enum rmf_extension_start start;
    enum rmf_extension_tune tune;
    const char *const
        *set; /* [n_set] "train.steps=500": keys train., tree. and seed over the run's */
    size_t n_set;
    int threads; /* 0: what the recipe says */
    bool resume, replace;
} rmf_extension;

typedef struct rmf_added_class {
    char *name;
    char *from;  /* names of the branch's classes, joined by ", " */
    char *start; /* of the class whose leaf it started as; "" the branch itself */
    int64_t objects;
    double time;
    double distance, epsilon; /* see rmf_attachment; NAN: not known */
} rmf_added_class;
typedef struct rmf_extension_report {
    int n_added;
    rmf_added_class *added;
    int64_t steps, equal_values, equal_samples; /* found to be the same bytes before and after;
                                                   0 with RMF_TUNE_ALL */
    enum rmf_extension_tune tune;
    double seconds;
} rmf_extension_report;
RMF_API void rmf_extension_report_free(rmf_extension_report *report);
/**
 * Leaves a complete run folder, and last compares it with `run`, unless all parameters were
 * trained: every old value and average, and samples of every old class (RMF_ERR_NUMERIC if a byte
 * differs).  Stops early as rmf_train() does. RMF_ERR_USAGE for classes that the run has or the
 * data lack, RMF_ERR_FORMAT for objects of another shape, too few of them, an unfinished run, or
 * one without discovery.npz where the place is to be found.  report may be NULL.
 */
RMF_API RMF_CHECKED rmf_status rmf_extend(const rmf_extension *extension,
                                          const rmf_progress *progress,
                                          rmf_extension_report *report);

/** RMF_OK unless the folder `run` says (state.json) that another version made it. */
RMF_API RMF_CHECKED rmf_status rmf_run_check(const char *run);

#ifdef __cplusplus
}
#endif
#endif
