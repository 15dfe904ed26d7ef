/* tools/manual/fish.c – a completion script for fish: a line for each command, option and operand,
 * with the sentence that its help has.  It calls nothing: all words stand in it. */
#include "manual.h"

/* What does not depend on the tables. */
static const char machinery[] =
    "# Where the cursor is: at the command, and in one of these commands.\n"
    "function __ramify_first\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "function __ramify_in\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "end\n"
    "function __ramify_help\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -eq 2; and test $words[2] = help\n"
    "end\n"
    "\n"
    "# The words, behind what was typed up to the last comma.\n"
    "function __ramify_list\n"
    "    set -l typed (string replace -r '^--[^=]*=' '' -- \"$(commandline -ct)\")\n"
    "    set -l before (string replace -r '[^,]*$' '' -- \"$typed\")\n"
    "    printf '%s\\n' $before$argv\n"
    "end\n"
    "\n"
    "complete -c ramify -f\n"
    "complete -c ramify -n __ramify_first -l help -d 'what there is'\n"
    "complete -c ramify -n __ramify_first -l version -d 'which ramify'\n"
    "complete -c ramify -n __ramify_first -a help -d 'what a command does'\n";

/* Within single quotes. */
static void put_quoted(FILE *to, const char *text)
{
    fputc('\'', to);
    for (; *text; text++)
        fprintf(to, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
    fputc('\'', to);
}

/* -a 'one two', or the list of which several may stand with commas between. */
static void put_words(FILE *to, const manual_offer *offer)
{
    if (offer->count == 0) return;
    fputs(offer->list ? " -a '(__ramify_list" : " -a '", to);
    for (int i = 0; i < offer->count; i++)
        fprintf(to, "%s%s", i || offer->list ? " " : "", offer->text[i]);
    fputs(offer->list ? ")'" : "'", to);
}

static void put_option(FILE *to, const char *commands, const struct argp_option *o)
{
    manual_offer offer;
    fprintf(to, "complete -c ramify -n '__ramify_in %s'", commands);
    if (manual_letter(o)) fprintf(to, " -s %c", manual_letter(o));
    if (o->name) fprintf(to, " -l %s", o->name);
    fputs(" -d ", to);
    put_quoted(to, o->doc ? o->doc : "");
    if (o->arg) {
        manual_offer_make(o->arg, o->doc, &offer);
        fputs(offer.files ? " -r -F" : " -x", to);
        put_words(to, &offer);
        manual_offer_free(&offer);
    }
    fputc('\n', to);
}

static void put_command(FILE *to, const rmf_command *command)
{
    manual_offer offer;
    const struct argp_option *o;
    fprintf(to, "\ncomplete -c ramify -n '__ramify_first; or __ramify_help' -a %s -d ",
            command->name);
    put_quoted(to, command->summary);
    manual_operand_offer(command, &offer);
    fprintf(to, "\ncomplete -c ramify -n '__ramify_in %s'%s", command->name,
            offer.files ? " -F" : "");
    put_words(to, &offer);
    fputc('\n', to);
    manual_offer_free(&offer);
    for (int i = 0; manual_option_at(manual_options(command, 0), i, &o); i++)
        put_option(to, command->name, o);
}

void manual_write_fish(FILE *to)
{
    const struct argp_option *o;
    fprintf(to,
            "# fish completion for ramify %s, made from the tables of its commands.\n\n"
            "set -g __ramify_commands",
            rmf_version());
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        fprintf(to, " %s", (*c)->name);
    fprintf(to, "\n\n%s\n# What every command takes.\n", machinery);
    for (int i = 0; manual_option_at(manual_options(rmf_commands()[0], 1), i, &o); i++)
        put_option(to, "$__ramify_commands", o);
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        put_command(to, *c);
}
