/**
 * ramify/core.h – what every room stands on: status values, element types, random numbers,
 * settings, threads and progress.  The library never prints, exits or aborts.
 */
#ifndef RAMIFY_CORE_H
#define RAMIFY_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RMF_CHECKED __attribute__((warn_unused_result))
#define RMF_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define RMF_API __attribute__((visibility("default")))
#else
#define RMF_CHECKED
#define RMF_PRINTF(text, first)
#define RMF_API
#endif

/* ---- status ------------------------------------------------------------------------------- */

/** One list gives the enum and the texts of rmf_status_text(). */
#define RMF_STATUS_LIST(X)                                                                         \
    X(OK, "done")                                                                                  \
    X(ERR_ARGUMENT, "a caller broke the contract of a function")                                   \
    X(ERR_USAGE, "wrong usage or recipe")                                                          \
    X(ERR_FORMAT, "damaged or unexpected file content")                                            \
    X(ERR_IO, "the operating system refused a file operation")                                     \
    X(ERR_EXISTS, "something is already there and may not be replaced")                            \
    X(ERR_MEMORY, "out of memory")                                                                 \
    X(ERR_UNSUPPORTED, "not possible with this build, device or model")                            \
    X(ERR_NUMERIC, "non-finite or impossible numbers")                                             \
    X(ERR_INTERRUPTED, "stopped on request; the work so far is saved")

typedef enum rmf_status {
#define RMF_STATUS_ENUM(name, text) RMF_##name,
    RMF_STATUS_LIST(RMF_STATUS_ENUM)
#undef RMF_STATUS_ENUM
} rmf_status;

/**
 * Records a one-line message ("place: found; expected; what to do") for this thread and returns
 * `status`, so that a failing function can `return rmf_fail(…)`.
 */
RMF_API rmf_status rmf_fail(rmf_status status, const char *format, ...) RMF_PRINTF(2, 3);
/** The message of this thread's last rmf_fail(); "" when none.  Valid until the next rmf_fail(). */
RMF_API const char *rmf_message(void);
/** Puts "prefix: " before this thread's message and returns `status` (to add a file's name, say).
 */
RMF_API rmf_status rmf_fail_in(rmf_status status, const char *prefix);
RMF_API const char *rmf_status_text(rmf_status status);

/** Returns from the calling function when `expression` is not RMF_OK.  Never compiled out. */
#define RMF_TRY(expression)                                                                        \
    do {                                                                                           \
        rmf_status rmf_try_status = (expression);                                                  \
        if (rmf_try_status != RMF_OK) return rmf_try_status;                                       \
    } while (0)

/* ---- memory ------------------------------------------------------------------------------- */

/**
 * Zeroed memory of count·size bytes, 64-byte aligned, or RMF_ERR_MEMORY with a message.  A product
 * that does not fit is refused.  count·size = 0 gives a non-NULL block.  Free with rmf_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_alloc(size_t count, size_t size, void **out);
RMF_API void rmf_free(void *block); /* NULL is fine */
/** A malloc'd copy of a string; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_copy_text(const char *text, char **out);
/** Whether a path has this ending (".npz") and something before it. */
RMF_API bool rmf_ends_with(const char *path, const char *ending);

/** Blocks that live and die together.  Allocation order is kept; nothing is freed singly. */
typedef struct rmf_arena rmf_arena;
RMF_API RMF_CHECKED rmf_status rmf_arena_create(rmf_arena **out);
RMF_API void rmf_arena_free(rmf_arena *arena);
/** As rmf_alloc(), owned by the arena. */
RMF_API RMF_CHECKED rmf_status rmf_arena_alloc(rmf_arena *arena, size_t count, size_t size,
                                               void **out);

/* ---- element types and views -------------------------------------------------------------- */

typedef enum rmf_type {
    RMF_F32,
    RMF_F64,
    RMF_BF16,
    RMF_I8,
    RMF_U8,
    RMF_I16,
    RMF_U16,
    RMF_I32,
    RMF_U32,
    RMF_I64,
    RMF_U64,
    RMF_BOOL,
    RMF_TEXT /* fixed-width UCS-4, as NumPy's <U; item size beside it */
} rmf_type;
/** Bytes of one element; 0 for RMF_TEXT (its width is a property of the array). */
RMF_API size_t rmf_type_size(rmf_type type);

#define RMF_MAX_RANK 4
/** A contiguous row-major tensor that somebody else owns.  shape[rank…] are 1. */
typedef struct rmf_view {
    void *data;
    rmf_type type;
    int rank;
    int64_t shape[RMF_MAX_RANK];
} rmf_view;
RMF_API int64_t rmf_view_count(const rmf_view *view);

/* ---- random numbers ----------------------------------------------------------------------- */

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011) from Random123.  A value depends
 * only on its address (key, sample, step, element), never on what was drawn before.
 */
typedef struct rmf_key {
    uint32_t word[2];
} rmf_key;

/** Streams of one seed, so that two uses never share numbers. */
enum rmf_stream {
    RMF_STREAM_INIT = 1,  /* parameter initialisation */
    RMF_STREAM_SPLIT,     /* train / held-out split */
    RMF_STREAM_BATCH,     /* which objects a step sees */
    RMF_STREAM_TIME,      /* diffusion times of a step */
    RMF_STREAM_NOISE,     /* training noise */
    RMF_STREAM_PRIOR,     /* starting noise of samples */
    RMF_STREAM_SAMPLER,   /* noise of stochastic samplers */
    RMF_STREAM_DISCOVERY, /* Monte Carlo discovery */
    RMF_STREAM_BOOTSTRAP, /* resampling */
    RMF_STREAM_EVAL,      /* metrics */
    RMF_STREAM_FOURIER,   /* fixed frequencies of time embeddings */
    RMF_STREAM_GUIDE,     /* which training samples go to their guide */
    RMF_STREAM_CORRECTOR, /* noise of Langevin steps at branch points */
    RMF_STREAM_ROUTE,     /* which child a state goes into, and training those that say so */
    RMF_STREAM_PROBE,     /* of likelihoods: probe vectors, noise of bounds */
    RMF_STREAM_DEQUANTISE /* between whole numbers */
};
RMF_API rmf_key rmf_key_make(uint64_t seed, uint64_t stream);
/** A new key, independent of `key` and of every other value's. */
RMF_API rmf_key rmf_key_fold(rmf_key key, uint64_t value);
/** out[0…n): standard normal numbers (Box–Muller) of address (key, sample, step). */
RMF_API void rmf_random_normal(rmf_key key, uint64_t sample, uint32_t step, float *out, size_t n);
/** out[0…n): uniform in [0, 1). */
RMF_API void rmf_random_uniform(rmf_key key, uint64_t sample, uint32_t step, float *out, size_t n);
/** One uniform number in [0, 1) with 53 random bits. */
RMF_API double rmf_random_unit(rmf_key key, uint64_t sample, uint32_t step);
/** One whole number in [0, bound), unbiased; bound ≥ 1. */
RMF_API uint64_t rmf_random_below(rmf_key key, uint64_t sample, uint32_t step, uint64_t bound);
/** order[0…n): a uniformly random permutation of 0…n−1. */
RMF_API void rmf_random_permutation(rmf_key key, int64_t *order, int64_t n);

/* ---- options and settings ----------------------------------------------------------------- */

typedef enum rmf_option_type {
    RMF_OPTION_INT,
    RMF_OPTION_REAL,
    RMF_OPTION_BOOL, /* true/false, yes/no, on/off */
    RMF_OPTION_TEXT,
    RMF_OPTION_CHOICE, /* one of `choices`, separated by | */
    RMF_OPTION_LIST    /* texts separated by commas, or a YAML sequence */
} rmf_option_type;

/** One documented option.  Tables of these end with a NULL name; lists, checks and help use them.
 */
typedef struct rmf_option {
    const char *name; /* "channels"; the full key has its prefix: "net.channels" */
    rmf_option_type type;
    const char *initial; /* default as text; NULL = must be given or may stay unset (see help) */
    double low, high; /* inclusive range of INT and REAL (and of each number in a LIST of numbers);
                         low == high == 0 means any */
    const char *choices; /* CHOICE only */
    const char *help;    /* one line */
} rmf_option;

/**
 * An ordered map from dotted keys ("net.channels") to texts, each with the place it came from
 * ("recipe.yaml:14"), as recipes, --set and defaults fill it.
 */
typedef struct rmf_settings rmf_settings;
RMF_API RMF_CHECKED rmf_status rmf_settings_create(rmf_settings **out);
RMF_API void rmf_settings_free(rmf_settings *settings);
/** Keys, texts and places of `from`; the caller frees it. */
RMF_API RMF_CHECKED rmf_status rmf_settings_copy(const rmf_settings *from, rmf_settings **out);
/** Sets or replaces.  `place` names the origin in messages ("--set", "recipe.yaml:3", "default").
 */
RMF_API RMF_CHECKED rmf_status rmf_settings_put(rmf_settings *settings, const char *key,
                                                const char *value, const char *place);
/** The same from "key=value".  RMF_ERR_USAGE where there is no key or no "=". */
RMF_API RMF_CHECKED rmf_status rmf_settings_assign(rmf_settings *settings, const char *text,
                                                   const char *place);
RMF_API size_t rmf_settings_count(const rmf_settings *settings);
RMF_API const char *rmf_settings_key(const rmf_settings *settings, size_t index);
/** The text of a key, or NULL when it is not set. */
RMF_API const char *rmf_settings_text(const rmf_settings *settings, const char *key);
RMF_API const char *rmf_settings_place(const rmf_settings *settings, const char *key);
/**
 * Checks every key that starts with `prefix` ("net." or "") against the table: unknown keys give
 * RMF_ERR_USAGE naming the nearest known key, wrong types and ranges give
 * `PLACE: net.channels is "sixty"; expected a whole number from 1 to 4096`.  Fills in defaults
 * (place "default").  `also` is a second table (NULL = none), for a prefix that two tables share.
 * An option whose name ends in a dot ("net.") stands for a section that another table checks.
 */
RMF_API RMF_CHECKED rmf_status rmf_settings_check(rmf_settings *settings, const char *prefix,
                                                  const rmf_option *options,
                                                  const rmf_option *also);
/** Typed reads of checked settings.  A key that is absent gives `otherwise`. */
RMF_API int64_t rmf_settings_int(const rmf_settings *settings, const char *key, int64_t otherwise);
RMF_API double rmf_settings_real(const rmf_settings *settings, const char *key, double otherwise);
RMF_API bool rmf_settings_bool(const rmf_settings *settings, const char *key, bool otherwise);
/** Splits a LIST.  *items is an array of *count texts in one block: rmf_free(*items) frees all. */
RMF_API RMF_CHECKED rmf_status rmf_settings_list(const rmf_settings *settings, const char *key,
                                                 char ***items, size_t *count);
/** The candidate nearest to `word` in edit distance, or NULL if none is near.  NULL-ended list. */
RMF_API const char *rmf_nearest(const char *word, const char *const *candidates);

/* ---- threads ------------------------------------------------------------------------------ */

/** Sets the OpenMP thread count of this process's later work; 0 = all cores. */
RMF_API void rmf_threads_set(int count);
RMF_API int rmf_threads(void);

/* ---- the machine -------------------------------------------------------------------------- */

/** The processor's model as the operating system names it, or "unknown", into text[size]. */
RMF_API void rmf_processor(char *text, size_t size);
/** The vector instruction sets of this processor that kernels may use, one by one ("avx2", "fma",
 * …): number `index` from 0, NULL beyond the last. */
RMF_API const char *rmf_instruction_set(int index);

/* ---- progress ----------------------------------------------------------------------------- */

/** What long work tells its caller now and then. */
typedef struct rmf_progress_event {
    const char *activity; /* "training", "sampling", … */
    int64_t done, total;  /* in `unit`s; total 0 = unknown */
    const char *unit;     /* "steps", "samples" */
    double loss;          /* NAN = none */
    double seconds_left;  /* NAN = unknown */
    const char *note;     /* a sentence for the log, or NULL */
} rmf_progress_event;

/** Called from the thread that does the work.  Returning false asks the work to save and stop. */
typedef struct rmf_progress {
    bool (*report)(void *context, const rmf_progress_event *event);
    void *context;
} rmf_progress;
/** Reports to `progress` (NULL is fine); false means: stop. */
RMF_API bool rmf_progress_tell(const rmf_progress *progress, const rmf_progress_event *event);

/** Reports a sentence alone (NULL: nothing, only asks); false means: stop. */
RMF_API bool rmf_progress_note(const rmf_progress *progress, const char *activity,
                               const char *note);

/** Seconds of a monotonic clock. */
RMF_API double rmf_seconds(void);

/** "0.1.0" */
RMF_API const char *rmf_version(void);

#ifdef __cplusplus
}
#endif
#endif
