/* tools/manual/manual.h – man pages and shell completion from the tables of the commands. */
#ifndef RMF_MANUAL_H
#define RMF_MANUAL_H

#include "app/app.h"

#include <stdio.h>

/* ---- what the tables say ---- */

/* The `list`th table of options of a command: 0 its own, 1 those of every command; each ends with a
 * row without name and key. */
const struct argp_option *manual_options(const rmf_command *command, int list);
/* Number `index`; false beyond the last. */
bool manual_option_at(const struct argp_option *options, int index, const struct argp_option **out);
/* '\0' where there is none. */
char manual_letter(const struct argp_option *option);

/* Words that may stand for a value or an operand; `list`: several with commas between. */
typedef struct manual_offer {
    char *text[512];
    int count;
    bool files, list;
} manual_offer;
/* `arg` as a table shows it ("exact|montecarlo", "FILE.svg", "DATA"), and the sentence beside it:
 * one that says `ramify list KIND` offers what that registry holds. */
void manual_offer_make(const char *arg, const char *help, manual_offer *out);
/* For what a command takes beside options. */
void manual_operand_offer(const rmf_command *command, manual_offer *out);
void manual_offer_free(manual_offer *offer);

/* The paragraph before "\v" of a command's text, and the lines behind it. */
typedef struct manual_text {
    const char *before, *after;
    int before_length;
} manual_text;
manual_text manual_text_of(const rmf_command *command);

/* ---- what is made of it ---- */

void manual_write_page(FILE *to, const rmf_command *command); /* ramify-COMMAND.1 */
void manual_write_overview(FILE *to);                         /* ramify.1 */
void manual_write_bash(FILE *to);
void manual_write_fish(FILE *to);

#endif
