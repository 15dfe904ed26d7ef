/* app/labelled.h – objects that a model is asked about, with what it calls their classes. */
#ifndef RMF_APP_LABELLED_H
#define RMF_APP_LABELLED_H

#include "app/app.h"

/* What options say of the objects, and of the model's numbers for them. */
typedef struct rmf_ask_args {
    const char *data, *label, *dequantise; /* NULL: what was held out of the run; column; auto */
    int64_t count, probes;      /* objects a class, 0: all; −1: exact where that is cheap */
    rmf_sample_request request; /* sampler, steps, classes, weights, device, --set */
} rmf_ask_args;
#define RMF_ASK                                                                                    \
    (rmf_ask_args)                                                                                 \
    {                                                                                              \
        .dequantise = "auto", .probes = -1, .request = RMF_REQUEST                                 \
    }
/* Rows of an option table, and their parser with that of the usual arguments. */
enum {
    RMF_KEY_DATA = 4000,
    RMF_KEY_COUNT,
    RMF_KEY_PROBES,
    RMF_KEY_DEQUANTISE,
    RMF_KEY_ASK_CLASSES
};
#define RMF_ASK_OPTIONS                                                                              \
    {"data",                                                                                         \
     RMF_KEY_DATA,                                                                                   \
     "DATA",                                                                                         \
     0,                                                                                              \
     "objects: a recipe, a file or a folder (default: those "                                        \
     "held out of the run)",                                                                         \
     0},                                                                                             \
        {"label", RMF_KEY_LABEL, "COLUMN", 0, "label column of a table", 0},                         \
        {"classes", RMF_KEY_ASK_CLASSES, "all|a,b", 0, "only these classes of the model", 0},        \
        {"count", RMF_KEY_COUNT, "N", 0, "objects of each class, the first ones (default: all)", 0}, \
        {"probes",                                                                                   \
         RMF_KEY_PROBES,                                                                             \
         "N",                                                                                        \
         0,                                                                                          \
         "random vectors for the trace; 0 = the exact one (default up to 64 features; above: 4)",    \
         0},                                                                                         \
        {"dequantise",                                                                               \
         RMF_KEY_DEQUANTISE,                                                                         \
         "auto|none|uniform",                                                                        \
         0,                                                                                          \
         "whole numbers: noise of one unit, or none (auto: noise where they are images)",            \
         0},                                                                                         \
        {"sampler", RMF_KEY_SAMPLER, "rk23|rk45", 0, "method of integration (rk23)", 0},             \
        {"steps", RMF_KEY_STEPS, "N", 0, "steps of a whole way; default: by the tolerances", 0},     \
        {"set",                                                                                      \
         RMF_KEY_SAMPLE_SET,                                                                         \
         "KEY=VALUE",                                                                                \
         0,                                                                                          \
         "a recipe key of sample, as sample.rtol=1e-4; repeatable",                                  \
         0},                                                                                         \
        {"weights", RMF_KEY_WEIGHTS, "ema|raw", 0, "averaged (default) or last weights", 0},         \
    {                                                                                                \
        "device", RMF_KEY_DEVICE, "NAME", 0, "back end: auto, cpu or ref", 0                         \
    }
error_t rmf_parse_ask(int key, char *arg, struct argp_state *state, rmf_ask_args *args);

/* Objects and the sampling that describes the model's ways for them. */
typedef struct rmf_asked {
    rmf_model *model;
    rmf_real real;    /* of the run; empty unless it was needed */
    rmf_dataset data; /* x in normalised units, dequantised */
    int *label;       /* [data.n] place in `classes`, −1: none of them */
    int *classes, n_classes;
    const char **name; /* [n_classes] the model's */
    bool dequantised;
    double volume; /* to subtract from a log density: then it is in the data's own units */
    rmf_sampling sampling;
    rmf_pullback_score score;
    int probes;
} rmf_asked;
/* needs_run: the run's own data are wanted beside --data. */
RMF_CHECKED rmf_status rmf_asked_open(const rmf_ask_args *args, bool needs_run, rmf_asked *out);
void rmf_asked_free(rmf_asked *asked);
/* Place in `classes` of a class's name, or −1. */
int rmf_asked_place(const rmf_asked *asked, const char *name);
/* What dequantisation is called. */
const char *rmf_dequantisation_name(const rmf_asked *asked);

/* Columns of numbers by object, for files: .npz (arrays of `columns` numbers) or .csv. */
typedef struct rmf_column {
    const char *name;
    const double *value; /* [n, width] */
    int width;           /* 1, or n_classes: a column for each, called NAME.CLASS in .csv */
} rmf_column;
/* RMF_ERR_USAGE unless the ending is .npz or .csv. */
RMF_CHECKED rmf_status rmf_columns_ending(const char *path);
/* Beside the columns: label (as text in .csv) and classes. */
RMF_CHECKED rmf_status rmf_columns_write(const char *path, bool replace, const rmf_asked *asked,
                                         const rmf_column *columns, int n);

#endif
