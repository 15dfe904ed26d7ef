/* app/main.c – the command `ramify`: finds the sub-command, prints errors, chooses the exit code.
 */
#include "app/app.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const rmf_command *const *rmf_commands(void)
{
    static const rmf_command *const commands[] = {&rmf_command_demo,
                                                  &rmf_command_discover,
                                                  &rmf_command_plan,
                                                  &rmf_command_train,
                                                  &rmf_command_sample,
                                                  &rmf_command_extend,
                                                  &rmf_command_transmute,
                                                  &rmf_command_hybrid,
                                                  &rmf_command_check,
                                                  &rmf_command_likelihood,
                                                  &rmf_command_classify,
                                                  &rmf_command_eval,
                                                  &rmf_command_show,
                                                  &rmf_command_list,
                                                  &rmf_command_bench,
                                                  &rmf_command_doctor,
                                                  NULL};
    return commands;
}

static void print_usage(FILE *to)
{
    fprintf(to, "Usage: ramify COMMAND [ARGUMENT...]\n"
                "Hierarchically branched diffusion models: discover, train, sample, evaluate.\n\n");
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        fprintf(to, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(to, "\n`ramify COMMAND --help` explains one; `ramify demo` shows all at work.\n");
}

static int exit_code(rmf_status status)
{
    switch (status) {
    case RMF_OK:
        return 0;
    case RMF_ERR_USAGE:
        return 2;
    case RMF_ERR_INTERRUPTED:
        return 130;
    default:
        return 1;
    }
}

static const rmf_command *find_command(const char *name)
{
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}

static rmf_status unknown_command(const char *name)
{
    if (name[0] == '-')
        return rmf_fail(RMF_ERR_USAGE,
                        "unknown option \"%s\"; expected a command first; ramify --help lists them",
                        name);
    const char *names[32] = {0};
    for (int i = 0; i < 31 && rmf_commands()[i]; i++)
        names[i] = rmf_commands()[i]->name;
    const char *near = rmf_nearest(name, names);
    if (near)
        return rmf_fail(RMF_ERR_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name, near);
    return rmf_fail(RMF_ERR_USAGE, "unknown command \"%s\"; ramify --help lists them", name);
}

static rmf_status run_command(int argc, char **argv)
{
    const rmf_command *command = find_command(argv[1]);
    if (!command) return unknown_command(argv[1]);
    void *args = NULL;
    RMF_TRY(rmf_alloc(1, command->args_size, &args));
    if (command->init) command->init(args);
    rmf_status s = rmf_parse_args(command, argc - 1, argv + 1, args);
    if (s == RMF_OK && ((rmf_common *)args)->help == RMF_HELP_NONE) {
        int threads = ((rmf_common *)args)->threads;
        if (threads > 0) rmf_threads_set(threads); /* else OMP_NUM_THREADS holds, or all cores */
        s = command->run(args);
    }
    rmf_free(args);
    return s;
}

/* Results that could not be written are a failure too: a full disk, a closed pipe. */
static rmf_status flush_results(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return RMF_OK;
    return rmf_fail(RMF_ERR_IO,
                    "standard output: cannot write the results: %s; send them elsewhere",
                    errno ? strerror(errno) : "it is closed or full");
}

static bool is(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* `ramify help COMMAND` is `ramify COMMAND --help`. */
static rmf_status help(int argc, char **argv)
{
    char *swapped[] = {argv[0], argc > 2 ? argv[2] : NULL, "--help", NULL};
    if (argc > 2) return run_command(3, swapped);
    print_usage(stdout);
    return RMF_OK;
}

static rmf_status dispatch(int argc, char **argv)
{
    if (is(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0) return help(argc, argv);
    if (!is(argv[1], "--version", "-V")) return run_command(argc, argv);
    printf("ramify %s\n", rmf_version());
    return RMF_OK;
}

/* OpenMP's threads wait for work by spinning, a few milliseconds by default.  Where others share
 * the cores, the one that spins keeps the one that works from running, and small steps take ten
 * times as long.  A tenth of a millisecond is enough on idle cores.  The run-time reads the
 * variable when it is loaded: hence the second start. */
static void wait_briefly(char **argv)
{
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")) return;
    char path[4096]; /* the program's own name, which ps and top go on showing */
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0 || setenv("GOMP_SPINCOUNT", "5000", 1) != 0) return;
    path[length] = '\0';
    execv(path, argv);
    /* not reached, unless the file is gone: then the default waiting it is */
}

int main(int argc, char **argv)
{
    wait_briefly(argv);
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, not the end */
    rmf_status s = dispatch(argc, argv);
    if (s == RMF_OK) s = flush_results();
    if (s != RMF_OK)
        fprintf(stderr, "ramify: %s: %s\n", s == RMF_ERR_INTERRUPTED ? "interrupted" : "error",
                rmf_message());
    return exit_code(s);
}
