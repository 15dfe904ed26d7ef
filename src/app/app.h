/* app/app.h – what the sub-commands share: their table, common options, progress, DATA arguments.
 */
#ifndef RMF_APP_H
#define RMF_APP_H

#include "ramify/ramify.h"

#include <argp.h>
#include <stdio.h>

/* What -h and --help ask for. */
enum rmf_help { RMF_HELP_NONE, RMF_HELP_SHORT, RMF_HELP_FULL };

/* First member of every command's arguments. */
typedef struct rmf_common {
    bool quiet, verbose, force;
    int progress; /* −1: where stderr is a terminal */
    int64_t seed; /* −1: not given */
    int threads;  /* 0: all cores */
    enum rmf_help help;
} rmf_common;

/* One sub-command: a file with its options, parser and function; main.c holds the table. */
typedef struct rmf_command {
    const char *name, *summary;
    const struct argp *argp;
    size_t args_size;         /* of the struct that begins with rmf_common */
    void (*init)(void *args); /* defaults other than zero; may be NULL */
    rmf_status (*run)(const void *args);
} rmf_command;

extern const rmf_command rmf_command_demo, rmf_command_discover, rmf_command_train,
    rmf_command_sample, rmf_command_extend, rmf_command_transmute, rmf_command_hybrid,
    rmf_command_eval, rmf_command_show, rmf_command_list, rmf_command_bench, rmf_command_doctor,
    rmf_command_plan, rmf_command_check, rmf_command_study, rmf_command_export, rmf_command_router,
    rmf_command_likelihood, rmf_command_classify, rmf_command_report, rmf_command_reproduce;
const rmf_command *const *rmf_commands(void); /* NULL-ended */

/* The commit that was built, short, with "-dirty" where files were changed; "unknown" outside a
 * repository. */
const char *rmf_commit(void);

/* ---- arguments ---- */

/* --force, --seed, --threads, --quiet, --verbose, --[no-]progress, --help: a child parser for every
 * command. */
extern const struct argp_child rmf_common_child[];
/* Parses argv into args (zeroed, then init).  RMF_ERR_USAGE with one line on unknown options
 * (naming the nearest), missing values and wrong numbers of operands.  Where help was asked for it
 * is printed, args->help is set, and nothing is left to do. */
RMF_CHECKED rmf_status rmf_parse_args(const rmf_command *command, int argc, char **argv,
                                      void *args);
/* For parsers: `text` as a whole number or a number within [low, high].  A failure leaves its line
 * in rmf_message() and gives an errno code for argp. */
error_t rmf_arg_int(const char *option, const char *text, int64_t low, int64_t high, int64_t *out);
error_t rmf_arg_real(const char *option, const char *text, double low, double high, double *out);
/* "auto" gives 0, a number from 1e-9 to 1 itself. */
error_t rmf_arg_time(const char *option, const char *text, double *out);
/* "0.2,0.5": up to `most` numbers from 0 on. */
error_t rmf_arg_reals(const char *option, const char *text, int most, double *out, int *count);
/* "0.55,0.6": up to `most` numbers within the open range. */
error_t rmf_arg_levels(const char *option, const char *text, const double range[2], int most,
                       double *out, int *count);
/* Keeps the operand in *slot, or fails when there is one already. */
error_t rmf_arg_operand(const char **slot, const char *text);
/* A folder to make: not "-". */
error_t rmf_arg_folder(const char *option, const char *text, const char **out);
/* Fails: the command takes no operand. */
error_t rmf_arg_none(const char *text);
/* One of `choices` ("a|b"). */
error_t rmf_arg_choice(const char *option, const char *text, const char *choices);
/* Fails with "`what` is missing". */
error_t rmf_arg_missing(const char *what);

/* Texts that an option given more than once collects. */
typedef struct rmf_texts {
    const char *text[64];
    size_t count;
} rmf_texts;
error_t rmf_arg_append(const char *option, const char *text, rmf_texts *texts);

/* First member of the arguments of commands about one thing: an operand, which the usage line names
 * ("RUN" must be given, "[RUN]" may be, NULL must not), a file to write, and --json.  Each is taken
 * where the command's table has the option. */
typedef struct rmf_usual_args {
    rmf_common common;
    const char *operand, *out;
    bool json;
} rmf_usual_args;
enum { RMF_KEY_JSON = 5000 };
error_t rmf_parse_usual(int key, char *arg, struct argp_state *state);
/* Of commands that only look: --json. */
extern const struct argp_option rmf_look_options[];

/* A result as JSON: written as the file `out` and printed to `to`, unless they are NULL. */
RMF_CHECKED rmf_status rmf_give_json(const rmf_common *common, const char *out, FILE *to,
                                     const struct json_t *json);

/* Before long work: every path that is not NULL can be written, and no two are the same. */
RMF_CHECKED rmf_status rmf_check_outputs(const rmf_common *common, const char *const *paths, int n);
/* Where results are printed: stdout, or stderr where one of the paths (NULL is fine) is stdout,
 * which then holds that file and nothing else. */
FILE *rmf_result_stream(const char *const *paths, int n);

/* ---- talking ---- */

/* A progress that draws a bar on a terminal, else plain lines; stops on Ctrl-C. */
typedef struct rmf_talk {
    rmf_progress progress;
    bool quiet, progress_shown, bar;
    double started, shown, pause; /* seconds between two looks at the progress */
    const char *activity;
    int64_t first; /* done at the start: rates count from here (resumed work) */
    char line[160];
} rmf_talk;
void rmf_talk_init(rmf_talk *talk, const rmf_common *common);
/* Ends a bar's line. */
void rmf_talk_end(rmf_talk *talk);
/* A sentence to stderr unless quiet. */
void rmf_say(const rmf_common *common, const char *format, ...) RMF_PRINTF(2, 3);
/* One for --verbose. */
void rmf_say_more(const rmf_common *common, const char *format, ...) RMF_PRINTF(2, 3);

/* ---- DATA ---- */

/* What DATA arguments and their options say. */
typedef struct rmf_data_args {
    const char *data, *label, *normalise, *format, *classes;
    int64_t max_per_class;
    rmf_texts set;
} rmf_data_args;
/* Rows of an option table, and their parser: ARGP_ERR_UNKNOWN for other keys. */
enum { RMF_KEY_NORMALISE = 2000, RMF_KEY_LABEL, RMF_KEY_FORMAT, RMF_KEY_CLASSES, RMF_KEY_SET };
#define RMF_SOURCE_OPTIONS                                                                         \
    {"label", RMF_KEY_LABEL, "COLUMN", 0, "label column of a table", 0},                           \
        {"format", RMF_KEY_FORMAT, "NAME", 0, "data format: ramify list data-format", 0},          \
        {"classes", RMF_KEY_CLASSES, "a,b", 0, "only these classes", 0},                           \
    {                                                                                              \
        "set", RMF_KEY_SET, "KEY=VALUE", 0, "any key of data. (of a recipe: any)", 0               \
    }
#define RMF_DATA_OPTIONS                                                                           \
    {"normalise", RMF_KEY_NORMALISE, "none|range|standard", 0, "units of the objects", 0},         \
        RMF_SOURCE_OPTIONS
error_t rmf_parse_data(int key, char *arg, rmf_data_args *data);
/* Sets a key to what its option says; NULL: the option is not given. */
RMF_CHECKED rmf_status rmf_put_option(rmf_settings *settings, const char *key, const char *value,
                                      const char *option);
/* Settings of a recipe, or of a file or folder with the recipe keys of data. only. */
RMF_CHECKED rmf_status rmf_data_settings(const rmf_data_args *args, rmf_settings **settings,
                                         char **base);
/* The objects themselves, as they are. */
RMF_CHECKED rmf_status rmf_data_read(const rmf_data_args *args, rmf_dataset *out);
/* Objects as samples: takes over what the data set holds. */
void rmf_samples_of(rmf_dataset *data, rmf_samples *out);
/* The training objects in normalised units, and the forward process: that of `sde` ("vp:0.1,20")
 * or, where it is NULL, of the settings. */
typedef struct rmf_task {
    rmf_dataset train, held_out; /* held_out is not normalised */
    rmf_normalisation map;
    rmf_sde sde;
} rmf_task;
RMF_CHECKED rmf_status rmf_task_open(const rmf_settings *settings, const char *base,
                                     const char *sde, rmf_task *out);
void rmf_task_free(rmf_task *task);
/* Options of a training, as recipe keys beside those of --set; 0, 0 and −1: not given. */
typedef struct rmf_training_options {
    int64_t steps, seed;
    double minutes;
    const char *precision; /* or NULL */
} rmf_training_options;
/* Adds them to *set; text holds them and must live as long. */
RMF_CHECKED rmf_status rmf_put_training(const rmf_training_options *options, char text[4][64],
                                        rmf_texts *set);
/* rmf_recipe_load(), and the metrics checked too: training knows nothing of them. */
RMF_CHECKED rmf_status rmf_load_recipe(const char *path, const rmf_texts *set,
                                       rmf_settings **settings, char **base);
/* The option that a recipe key is checked by; NULL if there is none. */
const rmf_option *rmf_recipe_option(const rmf_settings *settings, const char *key);
/* Every key by the type of its option. */
struct json_t *rmf_recipe_json(const rmf_settings *settings);
/* Every name in "a,b" is all or a metric. */
RMF_CHECKED rmf_status rmf_check_metrics(const char *place, const char *text);

/* ---- shared by demo and commands ---- */

/* Which classes: "all" or "a,b"; *chosen (rmf_free) holds class numbers of the tree. */
RMF_CHECKED rmf_status rmf_choose_classes(const rmf_tree *tree, const char *text, int **chosen,
                                          int *count);
/* The class that an option names. */
RMF_CHECKED rmf_status rmf_choose_class(const rmf_tree *tree, const char *option, const char *name,
                                        int *out);
/* What options say of drawing samples from a model; RMF_REQUEST says nothing. */
typedef struct rmf_sample_request {
    const char *weights, *device;  /* of the model */
    const char *classes, *sampler; /* NULL = all; the recipe's */
    const char *guidance;          /* a number; NULL = the recipe's */
    int64_t count, steps, seed;    /* 0, 0, −1 = the recipe's */
    int shared;                    /* −1 = the recipe's */
    const char *run;               /* whose heads route them */
    bool routed;                   /* all classes together, by those heads */
    rmf_texts set;                 /* sample.KEY=VALUE */
    const rmf_recorder *recorder;
} rmf_sample_request;
#define RMF_REQUEST                                                                                \
    (rmf_sample_request)                                                                           \
    {                                                                                              \
        .weights = "ema", .device = "auto", .seed = -1, .shared = -1                               \
    }
/* Rows of an option table, and their parser: ARGP_ERR_UNKNOWN for other keys. */
enum {
    RMF_KEY_WEIGHTS = 3000,
    RMF_KEY_DEVICE,
    RMF_KEY_SAMPLER,
    RMF_KEY_STEPS,
    RMF_KEY_GUIDANCE,
    RMF_KEY_SAMPLE_SET,
    RMF_KEY_DRAW_CLASSES,
    RMF_KEY_DRAW_COUNT,
    RMF_KEY_INDEPENDENT,
    RMF_KEY_ROUTED
};
#define RMF_APART_OPTIONS                                                                          \
    {"independent", RMF_KEY_INDEPENDENT, NULL, 0, "every sample has its own noise", 0},            \
    {                                                                                              \
        "routed", RMF_KEY_ROUTED, NULL, 0,                                                         \
            "all classes together, parted by the heads of ramify router", 0                        \
    }
#define RMF_REQUEST_OPTIONS                                                                        \
    {"sampler", RMF_KEY_SAMPLER, "NAME", 0, "method: ramify list sampler", 0},                     \
        {"steps", RMF_KEY_STEPS, "N", 0, "its steps for a whole run (sample.steps)", 0},           \
        {"guidance", RMF_KEY_GUIDANCE, "W", 0, "lead samples away from the guide", 0},             \
        {"set",                                                                                    \
         RMF_KEY_SAMPLE_SET,                                                                       \
         "KEY=VALUE",                                                                              \
         0,                                                                                        \
         "a recipe key of sample, as sample.grid=logsnr; repeatable",                              \
         0},                                                                                       \
        {"weights", RMF_KEY_WEIGHTS, "ema|raw", 0, "averaged (default) or last weights", 0},       \
    {                                                                                              \
        "device", RMF_KEY_DEVICE, "auto|NAME", 0, "back end: ramify list device", 0                \
    }
error_t rmf_parse_request(int key, char *arg, rmf_sample_request *request);
/* The whole of a command that draws: those, how many of which classes, and the usual arguments,
 * with which args begin.  The request's seed and run are theirs. */
error_t rmf_parse_draw(int key, char *arg, struct argp_state *state, rmf_sample_request *request);
/* All of a sampling but classes, and what rmf_model_prepare() sets. */
RMF_CHECKED rmf_status rmf_request_sampling(const rmf_sample_request *request,
                                            const rmf_settings *recipe, rmf_sampling *sampling);
RMF_CHECKED rmf_status rmf_draw(rmf_model *model, const rmf_sample_request *request,
                                const rmf_progress *progress, rmf_samples *out,
                                rmf_sampling_report *report);
/* To be compared with the model's data: where the request has no count, as many a class as the
 * recipe's eval.count says or there are real objects. */
RMF_CHECKED rmf_status rmf_draw_compared(rmf_model *model, const rmf_real *real,
                                         const rmf_sample_request *request,
                                         const rmf_progress *progress, rmf_samples *out);
/* One line of the table of `ramify bench`; head: the lines above the first one too. */
void rmf_print_bench_row(const struct json_t *row, bool head);

#endif
