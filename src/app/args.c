/* app/args.c – argument parsing on top of argp, with one-line errors that name the nearest option.
 */
#include "app/app.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_PROGRESS = 0x1000, KEY_NO_PROGRESS, KEY_FORCE, KEY_SEED, KEY_THREADS };

static const struct argp_option common_options[] = {
    {"quiet", 'q', NULL, 0, "say nothing but errors", 90},
    {"verbose", 'v', NULL, 0, "say more", 90},
    {"progress", KEY_PROGRESS, NULL, 0, "show progress even where stderr is no terminal", 90},
    {"no-progress", KEY_NO_PROGRESS, NULL, 0, "show no progress", 90},
    {"force", KEY_FORCE, NULL, 0, "replace what is there", 90},
    {"seed", KEY_SEED, "N", 0, "seed of everything random", 90},
    {"threads", KEY_THREADS, "N", 0, "threads (default: all cores)", 90},
    {0}};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    rmf_common *c = state->input;
    int64_t number = 0;
    switch (key) {
    case 'q':
        c->quiet = true;
        return 0;
    case 'v':
        c->verbose = true;
        return 0;
    case KEY_PROGRESS:
        c->progress = 1;
        return 0;
    case KEY_NO_PROGRESS:
        c->progress = 0;
        return 0;
    case KEY_FORCE:
        c->force = true;
        return 0;
    case KEY_SEED:
        return rmf_arg_int("--seed", arg, 0, INT64_C(9007199254740992), &c->seed);
    case KEY_THREADS:
        if (rmf_arg_int("--threads", arg, 1, 4096, &number) != 0) return EINVAL;
        c->threads = (int)number;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};
const struct argp_child rmf_common_child[] = {{&common_argp, 0, "Common options:", 90}, {0}};

/* ---- values: a failure leaves its message in rmf_message() and gives argp an errno code ---- */

error_t rmf_arg_int(const char *option, const char *text, int64_t low, int64_t high, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high) {
        rmf_fail(RMF_ERR_USAGE,
                 "%s is \"%s\"; expected a whole number from %" PRId64 " to %" PRId64, option, text,
                 low, high);
        return EINVAL;
    }
    *out = value;
    return 0;
}

error_t rmf_arg_real(const char *option, const char *text, double low, double high, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < low || value > high) {
        rmf_fail(RMF_ERR_USAGE, "%s is \"%s\"; expected a number from %g to %g", option, text, low,
                 high);
        return EINVAL;
    }
    *out = value;
    return 0;
}

error_t rmf_arg_operand(const char **slot, const char *text)
{
    if (*slot) {
        rmf_fail(RMF_ERR_USAGE, "unexpected argument \"%s\" after \"%s\"", text, *slot);
        return EINVAL;
    }
    *slot = text;
    return 0;
}

error_t rmf_arg_choice(const char *option, const char *text, const char *choices)
{
    size_t length = strlen(text);
    for (const char *c = choices; length > 0; c++) {
        const char *end = strchrnul(c, '|');
        if ((size_t)(end - c) == length && memcmp(c, text, length) == 0) return 0;
        c = end;
        if (!*c) break;
    }
    rmf_fail(RMF_ERR_USAGE, "%s is \"%s\"; expected one of %s", option, text, choices);
    return EINVAL;
}

error_t rmf_arg_missing(const char *what)
{
    rmf_fail(RMF_ERR_USAGE, "%s is missing; --help explains", what);
    return EINVAL;
}

error_t rmf_arg_append(const char *option, const char *text, rmf_texts *texts)
{
    if (texts->count == sizeof texts->text / sizeof *texts->text) {
        rmf_fail(RMF_ERR_USAGE, "%s is given more than %zu times", option, texts->count);
        return EINVAL;
    }
    texts->text[texts->count++] = text;
    return 0;
}

/* ---- options ---- */

/* Long options of a command and of the common table, NULL-ended. */
static size_t long_options(const struct argp *argp, const struct argp_option **list, size_t room)
{
    size_t n = 0;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++)
        if (o->name && n < room) list[n++] = o;
    for (const struct argp_option *o = common_options; o->name; o++)
        if (n < room) list[n++] = o;
    return n;
}

static rmf_status check_long(const struct argp *argp, const char *text, bool has_next)
{
    static const struct argp_option help = {"help", '?', NULL, 0, NULL, 0},
                                    usage = {"usage", 0, NULL, 0, NULL, 0};
    const struct argp_option *list[80];
    size_t n = long_options(argp, list, 78);
    list[n++] = &help;
    list[n++] = &usage;
    char name[64] = {0};
    size_t length = strcspn(text + 2, "=");
    snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text + 2);
    const char *names[81] = {0};
    for (size_t i = 0; i < n; i++) {
        names[i] = list[i]->name;
        if (strcmp(list[i]->name, name) != 0) continue;
        bool given = text[2 + length] == '=';
        if (list[i]->arg && !given && !has_next)
            return rmf_fail(RMF_ERR_USAGE, "--%s needs a value (%s)", name, list[i]->arg);
        if (!list[i]->arg && given) return rmf_fail(RMF_ERR_USAGE, "--%s takes no value", name);
        return RMF_OK;
    }
    const char *near = rmf_nearest(name, names);
    if (near)
        return rmf_fail(RMF_ERR_USAGE, "unknown option \"--%s\"; did you mean \"--%s\"?", name,
                        near);
    return rmf_fail(RMF_ERR_USAGE, "unknown option \"--%s\"; --help lists them", name);
}

/* argp explains unknown options over two lines and guesses nothing, so they are looked at before.
 */
static rmf_status check_options(const struct argp *argp, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--", 2) == 0) RMF_TRY(check_long(argp, argv[i], i + 1 < argc));
    return RMF_OK;
}

rmf_status rmf_parse_args(const rmf_command *command, int argc, char **argv, void *args)
{
    rmf_common *common = args;
    common->progress = -1;
    common->seed = -1;
    for (int i = 1; i < argc; i++) /* -h is --help, as people expect */
        if (strcmp(argv[i], "-h") == 0) argv[i] = "--help";
    RMF_TRY(check_options(command->argp, argc, argv));
    char name[64];
    snprintf(name, sizeof name, "ramify %s", command->name);
    argv[0] = name;
    rmf_status clean = rmf_fail(RMF_ERR_USAGE, "wrong usage; `%s --help` explains", name);
    if (argp_parse(command->argp, argc, argv, ARGP_NO_ERRS, NULL, args) != 0) {
        for (int i = 1; i < argc; i++) { /* what argp itself refuses: short options */
            if (argv[i][0] == '-' && argv[i][1] && argv[i][1] != '-' &&
                strncmp(rmf_message(), "wrong usage", 11) == 0)
                return rmf_fail(RMF_ERR_USAGE, "unknown option \"%s\"; --help lists them", argv[i]);
        }
        return clean;
    }
    return RMF_OK;
}
