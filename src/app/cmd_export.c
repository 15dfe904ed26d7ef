/* app/cmd_export.c – `ramify export DATA --out FILE|FOLDER`: data in another format. */
#include "app/labelled.h"

#include <errno.h>
#include <string.h>

typedef struct export_args {
    rmf_common common;
    rmf_data_args data;
    const char *out;
} export_args;

static const struct argp_option options[] = {
    {"out", 'o', "FILE", 0, "where they go: .npz, .csv, or a folder of PNGs a class", 0},
    RMF_SOURCE_OPTIONS,
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    export_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->data.data, arg);
    case ARGP_KEY_END:
        return !a->data.data ? rmf_arg_missing("DATA")
               : !a->out     ? rmf_arg_missing("--out FILE")
                             : 0;
    default:
        return rmf_parse_data(key, arg, &a->data);
    }
}

static const struct argp argp = {
    options,
    parse,
    "DATA",
    "Write data in another format, in their own units: what ramify reads of a recipe, a file or a "
    "folder, with the classes and the number of objects that options choose."
    "\vExample:\n  ramify export digits --out digits.csv --classes 3,5",
    rmf_common_child,
    NULL,
    NULL};

/* A name without an ending that samples have is a folder's; one with any other is a mistake. */
static bool names_folder(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return !rmf_names_stdout(path) && !strchr(name, '.');
}

/* Not .png: samples have it, but a grid is no format of data. */
static rmf_status check_ending(const char *path)
{
    if (rmf_columns_ending(path) == RMF_OK) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: unknown ending; expected .npz, .csv or the name of a folder", path);
}

static rmf_status write_file(const export_args *a, rmf_dataset *data)
{
    rmf_samples samples;
    rmf_samples_of(data, &samples);
    rmf_status s = rmf_samples_write(&samples, a->out, a->common.force);
    rmf_samples_free(&samples);
    return s;
}

static rmf_status run(const void *args)
{
    const export_args *a = args;
    rmf_dataset data = {0};
    const bool folder = names_folder(a->out);
    if (!folder) {
        RMF_TRY(check_ending(a->out));
        RMF_TRY(rmf_can_write(a->out, a->common.force));
    }
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    RMF_TRY(rmf_data_read(&a->data, &data));
    const long long n = data.n;
    const int classes = data.n_classes;
    rmf_status s =
        folder ? rmf_dataset_write_folder(&data, a->out, &talk.progress) : write_file(a, &data);
    rmf_talk_end(&talk);
    rmf_dataset_free(&data);
    if (s == RMF_OK) rmf_say(&a->common, "%s: %lld objects of %d classes", a->out, n, classes);
    return s;
}

const rmf_command rmf_command_export = {
    "export", "write data in another format", &argp, sizeof(export_args), NULL, run};
