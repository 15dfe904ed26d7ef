/* app/main.c – the command `ramify`: finds the sub-command, prints errors, chooses the exit code.
 */
#include "app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rmf_command *const *rmf_commands(void)
{
    static const rmf_command *const commands[] = {
        &rmf_command_demo,   &rmf_command_discover, &rmf_command_train,
        &rmf_command_sample, &rmf_command_eval,     &rmf_command_show,
        &rmf_command_list,   &rmf_command_doctor,   NULL};
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
    if (s == RMF_OK) {
        rmf_threads_set(((rmf_common *)args)->threads);
        s = command->run(args);
    }
    rmf_free(args);
    return s;
}

/* Results that could not be written are a failure too: a full disk, a closed pipe. */
static rmf_status flush_results(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return RMF_OK;
    return rmf_fail(RMF_ERR_IO, "standard output: the results could not be written");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("ramify %s\n", rmf_version());
        return 0;
    }
    rmf_status s = run_command(argc, argv);
    if (s == RMF_OK) s = flush_results();
    if (s != RMF_OK)
        fprintf(stderr, "ramify: %s: %s\n", s == RMF_ERR_INTERRUPTED ? "interrupted" : "error",
                rmf_message());
    return exit_code(s);
}
