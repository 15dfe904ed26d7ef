/* tools/manual/roff.c – man pages: ramify.1, and ramify-COMMAND.1 for every command. */
#include "manual.h"

#include <ctype.h>
#include <string.h>

/* Text within a line: what roff would read as its own, or a terminal show as another character. */
static void put(FILE *to, const char *text, int length)
{
    static const char *const special[][2] = {{"\\", "\\e"},  {"-", "\\-"},   {"'", "\\(aq"},
                                             {"`", "\\(ga"}, {"~", "\\(ti"}, {"^", "\\(ha"}};
    for (int i = 0; i < length && text[i]; i++) {
        const char *out = NULL;
        for (size_t k = 0; k < sizeof special / sizeof *special && !out; k++)
            if (text[i] == special[k][0][0]) out = special[k][1];
        if (out)
            fputs(out, to);
        else
            fputc(text[i], to);
    }
}

/* A line of its own: a dot in front would make it a request. */
static void put_line(FILE *to, const char *text, int length)
{
    if (*text == '.') fputs("\\&", to);
    put(to, text, length);
    fputc('\n', to);
}

static void put_all(FILE *to, const char *text)
{
    put_line(to, text, (int)strlen(text));
}

static void put_in(FILE *to, char font, const char *text)
{
    fprintf(to, "\\f%c", font);
    put(to, text, (int)strlen(text));
    fputs("\\fR", to);
}

static void put_title(FILE *to, const char *name, const char *summary)
{
    fputs(".\\\" Made by tools/manual from the tables of the commands.\n.TH ", to);
    for (const char *c = name; *c; c++)
        fputc(toupper((unsigned char)*c), to);
    fprintf(to, " 1 \"\" \"Ramify %s\" \"Ramify\"\n.SH NAME\n", rmf_version());
    put(to, name, (int)strlen(name));
    fputs(" \\- ", to);
    put_all(to, summary);
}

/* ---- options ---- */

static void put_values(FILE *to, const struct argp_option *o)
{
    manual_offer offer;
    manual_offer_make(o->arg, o->doc, &offer);
    /* What the table spells out stands above already; hundreds of keys would bury the page. */
    if (offer.count > 1 && offer.count < 40 && strstr(o->doc, "ramify list")) {
        fputs(".br\nKnown: ", to);
        for (int i = 0; i < offer.count; i++) {
            put(to, offer.text[i], (int)strlen(offer.text[i]));
            fputs(i + 1 < offer.count ? ", " : ".\n", to);
        }
    }
    manual_offer_free(&offer);
}

static void put_option(FILE *to, const struct argp_option *o)
{
    const char letter[] = {'-', manual_letter(o), '\0'};
    char name[64];
    snprintf(name, sizeof name, "--%s", o->name ? o->name : "");
    fputs(".TP\n", to);
    if (letter[1]) put_in(to, 'B', letter);
    if (letter[1] && o->name) fputs(", ", to);
    if (o->name) put_in(to, 'B', name);
    if (o->arg) {
        fputc(' ', to);
        put_in(to, 'I', o->arg);
    }
    fputc('\n', to);
    put_all(to, o->doc);
    if (o->arg) put_values(to, o);
}

static void put_options(FILE *to, const char *title, const struct argp_option *options)
{
    const struct argp_option *o;
    for (int i = 0; manual_option_at(options, i, &o); i++) {
        if (i == 0) fprintf(to, ".SH %s\n", title);
        put_option(to, o);
    }
}

/* ---- pages ---- */

/* Lines behind "\v": commands are set off by two blanks below "Example:"; others are remarks. */
static void put_after(FILE *to, const char *text, bool examples)
{
    int n = 0;
    for (const char *line = text; *line;) {
        const int length = (int)strcspn(line, "\n");
        const bool command = strncmp(line, "  ", 2) == 0;
        if (length > 0 && strncmp(line, "Example", 7) != 0 && command == examples) {
            if (n++ == 0) fputs(examples ? ".SH EXAMPLES\n.nf\n" : ".PP\n", to);
            put_line(to, line + 2 * command, length - 2 * command);
        }
        line += length + (line[length] == '\n');
    }
    if (examples && n > 0) fputs(".fi\n", to);
}

static void put_see_also(FILE *to, const char *but)
{
    fputs(".SH SEE ALSO\n", to);
    fputs(but ? ".BR ramify (1)" : "", to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        if (!but || strcmp((*c)->name, but) != 0)
            fprintf(to, "%s.BR ramify\\-%s (1)", but || c != rmf_commands() ? ",\n" : "",
                    (*c)->name);
    fputc('\n', to);
}

void manual_write_page(FILE *to, const rmf_command *command)
{
    const manual_text text = manual_text_of(command);
    char name[64];
    snprintf(name, sizeof name, "ramify-%s", command->name);
    put_title(to, name, command->summary);
    fputs(".SH SYNOPSIS\n.B ramify ", to);
    put(to, command->name, (int)strlen(command->name));
    fputs("\n[\\fIOPTION\\fR...]", to);
    if (command->argp->args_doc) {
        fputc(' ', to);
        put_in(to, 'I', command->argp->args_doc);
    }
    fputs("\n.SH DESCRIPTION\n", to);
    put_line(to, text.before, text.before_length);
    put_after(to, text.after, false);
    put_options(to, "OPTIONS", manual_options(command, 0));
    put_options(to, "OPTIONS OF EVERY COMMAND", manual_options(command, 1));
    put_after(to, text.after, true);
    put_see_also(to, command->name);
}

void manual_write_overview(FILE *to)
{
    put_title(to, "ramify", "hierarchically branched diffusion models");
    fputs(".SH SYNOPSIS\n.B ramify\n\\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n.SH DESCRIPTION\n", to);
    put_all(to,
            "Finds the times at which the classes of labelled data may part, trains one diffusion "
            "model whose reverse process branches there, and draws, extends, transmutes and "
            "measures objects with it.  Results go to standard output, talk and progress to "
            "standard error.  Nothing that exists is replaced without --force.");
    fputs(".SH COMMANDS\n", to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++) {
        fputs(".TP\n", to);
        put_in(to, 'B', (*c)->name);
        fputc('\n', to);
        put_all(to, (*c)->summary);
    }
    put_options(to, "OPTIONS OF EVERY COMMAND", manual_options(rmf_commands()[0], 1));
    fputs(".SH EXIT STATUS\n", to);
    static const char *const codes[][2] = {
        {"0", "done"},
        {"1", "failed: damaged or missing files, something already there, impossible numbers"},
        {"2", "wrong usage or a wrong recipe"},
        {"130", "stopped by Ctrl-C; a training is saved, and the message says how to go on"}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        fprintf(to, ".TP\n.B %s\n", codes[i][0]);
        put_all(to, codes[i][1]);
    }
    fputs(".SH ENVIRONMENT\n", to);
    static const char *const variables[][2] = {
        {"RAMIFY_DATA", "a folder in which data are looked for too"},
        {"OMP_NUM_THREADS", "threads, where --threads gives none"},
        {"NO_COLOR", "holds at all times: nothing is printed in colour"}};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        fprintf(to, ".TP\n.B %s\n", variables[i][0]);
        put_all(to, variables[i][1]);
    }
    put_see_also(to, NULL);
}
