/* app/args.c – values of options, and a command line read by argp with one-line errors. */
#include "app/options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

error_t rmf_arg_time(const char *option, const char *text, double *out)
{
    *out = 0;
    if (strcmp(text, "auto") == 0) return 0;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 1e-9 && value <= 1)) {
        rmf_fail(RMF_ERR_USAGE, "%s is \"%s\"; expected auto or a time above 0, up to 1", option,
                 text);
        return EINVAL;
    }
    *out = value;
    return 0;
}

error_t rmf_arg_reals(const char *option, const char *text, int most, double *out, int *count)
{
    *count = 0;
    for (const char *at = text;; at++) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(value >= 0 && isfinite(value))) {
            rmf_fail(RMF_ERR_USAGE, "%s is \"%s\"; expected numbers from 0 on with commas between",
                     option, text);
            return EINVAL;
        }
        if (*count == most) {
            rmf_fail(RMF_ERR_USAGE, "%s: more than %d numbers", option, most);
            return EINVAL;
        }
        out[(*count)++] = value;
        if (!*end) return 0;
        at = end;
    }
}

error_t rmf_arg_levels(const char *option, const char *text, const double range[2], int most,
                       double *out, int *count)
{
    *count = 0;
    for (const char *at = text;; at++) {
        char *end;
        const double value = strtod(at, &end);
        if (end == at || !(value > range[0] && value < range[1]) || (*end && *end != ',')) {
            rmf_fail(RMF_ERR_USAGE,
                     "%s is \"%s\"; expected numbers above %g and below %g, separated by commas",
                     option, text, range[0], range[1]);
            return EINVAL;
        }
        if (*count == most) {
            rmf_fail(RMF_ERR_USAGE, "%s: more than %d numbers", option, most);
            return EINVAL;
        }
        out[(*count)++] = value;
        at = end;
        if (!*at) return 0;
    }
}

error_t rmf_arg_operand(const char **slot, const char *text)
{
    if (!*text) {
        rmf_fail(RMF_ERR_USAGE, "an argument is empty; expected a name or a path");
        return EINVAL;
    }
    if (*slot) {
        rmf_fail(RMF_ERR_USAGE, "unexpected argument \"%s\" after \"%s\"", text, *slot);
        return EINVAL;
    }
    *slot = text;
    return 0;
}

error_t rmf_arg_folder(const char *option, const char *text, const char **out)
{
    if (rmf_names_stdout(text)) {
        rmf_fail(RMF_ERR_USAGE, "%s is \"%s\"; expected the name of a folder", option, text);
        return EINVAL;
    }
    *out = text;
    return 0;
}

error_t rmf_arg_none(const char *text)
{
    rmf_fail(RMF_ERR_USAGE, "unexpected argument \"%s\"; this command takes options alone", text);
    return EINVAL;
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

/* ---- a command line ---- */

rmf_status rmf_parse_args(const rmf_command *command, int argc, char **argv, void *args)
{
    rmf_common *common = args;
    char name[64];
    common->progress = -1;
    common->seed = -1;
    snprintf(name, sizeof name, "ramify %s", command->name);
    argv[0] = name;
    RMF_TRY(rmf_check_options(command->argp, argc, argv));
    rmf_status wrong = rmf_fail(RMF_ERR_USAGE, "wrong usage; `%s --help` explains", name);
    error_t error = argp_parse(command->argp, argc, argv,
                               ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL, args);
    if (common->help == RMF_HELP_NONE) return error ? wrong : RMF_OK;
    rmf_print_help(command->argp, name, common->help);
    return RMF_OK;
}

rmf_status rmf_check_outputs(const rmf_common *common, const char *const *paths, int n)
{
    for (int i = 0; i < n; i++) {
        if (!paths[i]) continue;
        for (int k = 0; k < i; k++)
            if (paths[k] && (strcmp(paths[k], paths[i]) == 0 ||
                             (rmf_names_stdout(paths[k]) && rmf_names_stdout(paths[i]))))
                return rmf_fail(RMF_ERR_USAGE,
                                "%s: two outputs have this name; expected one for each", paths[i]);
        RMF_TRY(rmf_can_write(paths[i], common->force));
    }
    return RMF_OK;
}

FILE *rmf_result_stream(const char *const *paths, int n)
{
    for (int i = 0; i < n; i++)
        if (paths[i] && rmf_names_stdout(paths[i])) return stderr;
    return stdout;
}
