/**
 * ramify/data.h – labelled data behind one table of readers; normalisation and its inverse; a
 * deterministic train / held-out split.
 */
#ifndef RAMIFY_DATA_H
#define RAMIFY_DATA_H

#include "ramify/core.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

/** All objects in memory, in the data's own units.  Owns what it points to. */
typedef struct rmf_dataset {
    int64_t n, features;
    int rank;         /* 1 for tables, 3 for images (height, width, channels) */
    int64_t shape[3]; /* product = features */
    float *x;         /* [n, features]; images channels last */
    int32_t *label;   /* [n], 0…n_classes−1 */
    int n_classes;
    char **class_name;   /* [n_classes]; numbers in numeric, other names in alphabetical order */
    char **feature_name; /* [features] or NULL */
    double low, high;    /* range that the format promises (bytes: 0, 255); low = high: unknown */
    char source[256];    /* what was read, for messages and provenance */
} rmf_dataset;
RMF_API void rmf_dataset_free(rmf_dataset *data); /* empties it; the struct is the caller's */

/**
 * One table a format.  Settings keys have the prefix "data.": path, label, … as cli.md names them.
 * A new format is one file and one line in the registry (src/data/registry.c).
 */
typedef struct rmf_dataset_ops {
    const char *name, *summary, *source; /* "idx", one line, where the format is defined */
    const rmf_option *options;           /* beyond the common ones of rmf_data_options; or NULL */
    bool label_is_file; /* data.label names a file (searched like data.path), not a column */
    /** True if `path` looks like this format (by name and first bytes). */
    bool (*accepts)(const char *path);
    /** Fills *out from `path`; every label kept.  NaN and infinities are refused with their place.
     */
    rmf_status (*read)(const char *path, const rmf_settings *settings, rmf_dataset *out);
} rmf_dataset_ops;
RMF_API const rmf_dataset_ops *const *rmf_dataset_registry(void); /* NULL-ended */
/** Common keys: format (auto), path, label, classes, normalise, held_out, … */
RMF_API extern const rmf_option rmf_data_options[];

/**
 * Reads what settings data.* name: chooses the reader (data.format or by looking), resolves paths
 * (relative to `base`, NULL = the current folder, then RAMIFY_DATA; "digits" are the embedded
 * ones), keeps data.classes only (unknown names are an error that lists the known ones) and the
 * first data.max_per_class objects of each.  Every class of *out has an object.
 */
RMF_API RMF_CHECKED rmf_status rmf_dataset_open(const rmf_settings *settings, const char *base,
                                                rmf_dataset *out);
/** The digits that the library carries (UCI optical digits, 1,797 × 8×8, CC BY 4.0). */
RMF_API RMF_CHECKED rmf_status rmf_dataset_digits(rmf_dataset *out);

/**
 * Writes images as PATH/CLASS/000000.png and so on, which the reader png reads again: 8 bits, low
 * black and high white (values beyond are clipped; where the range is unknown, that of the values).
 * PATH gets its name when it is whole; progress may stop the work: RMF_ERR_INTERRUPTED, with
 * nothing left.  RMF_ERR_USAGE for objects that are no images of 1 or 3 channels and for class
 * names that name no folder, RMF_ERR_EXISTS if something is there.
 */
RMF_API RMF_CHECKED rmf_status rmf_dataset_write_folder(const rmf_dataset *data, const char *path,
                                                        const rmf_progress *progress);

/** Per-feature affine map: normalised = (x − shift)/scale. */
typedef struct rmf_normalisation {
    char kind[16];         /* none | range | standard */
    int64_t features;      /* 1 = the same for every feature */
    double *shift, *scale; /* [features], owned */
} rmf_normalisation;
/**
 * range: [low, high] of the format → [−1, 1], or of the data where the format promises none (all
 * pixels of images together, each column of a table for itself); standard: mean 0 and variance 1 a
 * feature (constant features: scale 1); auto: range for images, standard for tables.  Computed from
 * all n objects.
 */
RMF_API RMF_CHECKED rmf_status rmf_normalisation_fit(const rmf_dataset *data, const char *kind,
                                                     rmf_normalisation *out);
RMF_API void rmf_normalisation_free(rmf_normalisation *map);
RMF_API void rmf_normalisation_apply(const rmf_normalisation *map, float *x, int64_t n,
                                     int64_t features);
RMF_API void rmf_normalisation_invert(const rmf_normalisation *map, float *x, int64_t n,
                                      int64_t features);
/** The values that become −1 and 1, where all features share a range; false for other maps. */
RMF_API bool rmf_normalisation_range(const rmf_normalisation *map, double *low, double *high);
/** Σ log scale over the features: the log density in the data's own units is that in normalised
 * ones less this. */
RMF_API double rmf_normalisation_log_volume(const rmf_normalisation *map, int64_t features);
RMF_API RMF_CHECKED rmf_status rmf_normalisation_to_json(const rmf_normalisation *map,
                                                         struct json_t **out);
RMF_API RMF_CHECKED rmf_status rmf_normalisation_from_json(const struct json_t *value,
                                                           rmf_normalisation *out);

/**
 * Splits 0…n−1 within each class: order[0…*n_train) are training rows, the rest held out; `share`
 * in [0, 1) of each class, rounded down, but never a class's last object.  Depends on seed only.
 */
RMF_API RMF_CHECKED rmf_status rmf_split(const rmf_dataset *data, double share, uint64_t seed,
                                         int64_t *order, int64_t *n_train);
/** A copy of chosen rows. */
RMF_API RMF_CHECKED rmf_status rmf_dataset_take(const rmf_dataset *data, const int64_t *rows,
                                                int64_t n, rmf_dataset *out);
/** View of a data set (already normalised by the caller) for discovery; borrows. */
RMF_API rmf_labelled rmf_dataset_labelled(const rmf_dataset *data);

#ifdef __cplusplus
}
#endif
#endif
