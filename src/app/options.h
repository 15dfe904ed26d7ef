/* app/options.h – options that every command has, and the check of a command line. */
#ifndef RMF_OPTIONS_H
#define RMF_OPTIONS_H

#include "app/app.h"

/* Prints to stdout; `name` is "ramify COMMAND". */
void rmf_print_help(const struct argp *argp, char *name, enum rmf_help help);
/* RMF_ERR_USAGE with one line on unknown options (naming the nearest) and missing values. */
RMF_CHECKED rmf_status rmf_check_options(const struct argp *argp, int argc, char *const *argv);

#endif
