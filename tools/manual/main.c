/* tools/manual/main.c – man pages and shell completion, at build time.
 *
 *     ramify_manual man FOLDER     ramify.1 and ramify-COMMAND.1 there
 *     ramify_manual bash FILE      completion for bash
 *     ramify_manual fish FILE      completion for fish
 */
#include "manual.h"

#include <string.h>

static int failed(const char *path)
{
    perror(path);
    return 1;
}

/* Writes one file; `command` NULL: the overview. */
static int write_page(const char *folder, const rmf_command *command)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/ramify%s%s.1", folder, command ? "-" : "",
             command ? command->name : "");
    FILE *to = fopen(path, "w");
    if (!to) return failed(path);
    if (command)
        manual_write_page(to, command);
    else
        manual_write_overview(to);
    return fclose(to) == 0 ? 0 : failed(path);
}

static int write_pages(const char *folder)
{
    int bad = write_page(folder, NULL);
    for (const rmf_command *const *c = rmf_commands(); *c && !bad; c++)
        bad = write_page(folder, *c);
    return bad;
}

static int write_completion(const char *path, void (*put)(FILE *))
{
    FILE *to = fopen(path, "w");
    if (!to) return failed(path);
    put(to);
    return fclose(to) == 0 ? 0 : failed(path);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "man") == 0) return write_pages(argv[2]);
    if (argc == 3 && strcmp(argv[1], "bash") == 0)
        return write_completion(argv[2], manual_write_bash);
    if (argc == 3 && strcmp(argv[1], "fish") == 0)
        return write_completion(argv[2], manual_write_fish);
    fprintf(stderr, "usage: ramify_manual man FOLDER | bash FILE | fish FILE\n");
    return 2;
}
