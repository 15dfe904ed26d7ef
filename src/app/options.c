/* app/options.c – the options that every command has, their help, and the check of a command line
 * before argp reads it: argp explains an unknown option over two lines and guesses nothing. */
#include "app/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_PROGRESS = 0x1000, KEY_NO_PROGRESS, KEY_FORCE, KEY_SEED, KEY_THREADS, KEY_HELP };

static const struct argp_option common_options[] = {
    {"force", KEY_FORCE, NULL, 0, "replace what is there", 90},
    {"seed", KEY_SEED, "N", 0, "seed of everything random", 90},
    {"threads", KEY_THREADS, "N", 0, "threads (default: all cores)", 90},
    {"quiet", 'q', NULL, 0, "no talk: results and errors alone", 90},
    {"verbose", 'v', NULL, 0, "say more", 90},
    {"progress", KEY_PROGRESS, NULL, 0, "progress every second, even where stderr is no terminal",
     90},
    {"no-progress", KEY_NO_PROGRESS, NULL, 0, "no progress", 90},
    {"help", KEY_HELP, NULL, 0, "this text", 90},
    {NULL, 'h', NULL, 0, "usage and the command's own options alone", 90},
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
        return rmf_arg_int("--seed", arg, 0, INT64_C(9000000000000000), &c->seed);
    case KEY_THREADS:
        if (rmf_arg_int("--threads", arg, 1, 4096, &number) != 0) return EINVAL;
        c->threads = (int)number;
        return 0;
    case KEY_HELP:
    case 'h':
        c->help = key == 'h' ? RMF_HELP_SHORT : RMF_HELP_FULL;
        return ECANCELED; /* what else is on the line, or missing, does not matter */
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};
const struct argp_child rmf_common_child[] = {{&common_argp, 0, "Options of every command:", 90},
                                              {0}};

void rmf_print_help(const struct argp *argp, char *name, enum rmf_help help)
{
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0); /* a note on short options that nobody needs */
    if (help == RMF_HELP_FULL) {
        argp_help(argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, name);
        return;
    }
    struct argp own = *argp;
    own.children = NULL;
    argp_help(&own, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG, name);
    printf("\n`%s --help` explains and gives an example.\n", name);
}

/* ---- the check ---- */

/* Options of the command, then common ones; NULL beyond the last. */
static const struct argp_option *option_at(const struct argp *argp, size_t index)
{
    const struct argp_option *lists[] = {argp->options, common_options};
    for (size_t i = 0; i < 2; i++)
        for (const struct argp_option *o = lists[i]; o && (o->name || o->key); o++)
            if (index-- == 0) return o;
    return NULL;
}

static const struct argp_option *find_long(const struct argp *argp, const char *name, size_t length)
{
    const struct argp_option *o;
    for (size_t i = 0; (o = option_at(argp, i)); i++)
        if (o->name && strlen(o->name) == length && memcmp(o->name, name, length) == 0) return o;
    return NULL;
}

static const struct argp_option *find_short(const struct argp *argp, char letter)
{
    const struct argp_option *o;
    for (size_t i = 0; (o = option_at(argp, i)); i++)
        if (o->key == letter) return o;
    return NULL;
}

static rmf_status fail_unknown(const struct argp *argp, const char *name, size_t length)
{
    const char *names[96] = {0};
    const struct argp_option *o;
    char wrong[64];
    size_t n = 0;
    for (size_t i = 0; (o = option_at(argp, i)) && n < 95; i++)
        if (o->name) names[n++] = o->name;
    snprintf(wrong, sizeof wrong, "%.*s", (int)(length < 60 ? length : 60), name);
    const char *near = rmf_nearest(wrong, names);
    if (near)
        return rmf_fail(RMF_ERR_USAGE, "unknown option \"--%s\"; did you mean \"--%s\"?", wrong,
                        near);
    return rmf_fail(RMF_ERR_USAGE, "unknown option \"--%s\"; --help lists them", wrong);
}

/* One argument that begins with a dash.  *needs: an option whose value is the next argument;
 * *stop: help is asked for. */
static rmf_status check_one(const struct argp *argp, const char *text,
                            const struct argp_option **needs, bool *stop)
{
    const struct argp_option *o = NULL;
    if (text[1] == '-') {
        const char *name = text + 2;
        size_t length = strcspn(name, "=");
        bool given = name[length] == '=';
        if (!(o = find_long(argp, name, length))) return fail_unknown(argp, name, length);
        if (!o->arg && given) return rmf_fail(RMF_ERR_USAGE, "--%s takes no value", o->name);
        if (o->arg && !given) *needs = o;
        *stop = o->key == KEY_HELP;
        return RMF_OK;
    }
    for (const char *letter = text + 1; *letter && !*stop; letter++) {
        if (!(o = find_short(argp, *letter)))
            return rmf_fail(RMF_ERR_USAGE, "unknown option \"-%c\" in \"%s\"; --help lists them",
                            *letter, text);
        *stop = o->key == 'h';
        if (!o->arg) continue;
        if (!letter[1]) *needs = o;
        break; /* the rest is the value */
    }
    return RMF_OK;
}

/* A value that is an option is a value forgotten. */
static bool is_option(const struct argp *argp, const char *text)
{
    return strncmp(text, "--", 2) == 0 && find_long(argp, text + 2, strcspn(text + 2, "="));
}

rmf_status rmf_check_options(const struct argp *argp, int argc, char *const *argv)
{
    bool stop = false;
    for (int i = 1; i < argc && !stop && strcmp(argv[i], "--") != 0; i++) {
        const struct argp_option *needs = NULL;
        if (argv[i][0] != '-' || !argv[i][1]) continue;
        RMF_TRY(check_one(argp, argv[i], &needs, &stop));
        if (!needs) continue;
        if (i + 1 >= argc || is_option(argp, argv[i + 1]))
            return rmf_fail(RMF_ERR_USAGE, "%s needs a value (%s)", argv[i], needs->arg);
        i++;
    }
    return RMF_OK;
}
