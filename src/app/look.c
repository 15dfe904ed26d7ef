/* app/look.c – the arguments of commands that only look: at most one operand, and --json. */
#include "app/app.h"

#include <errno.h>

const struct argp_option rmf_look_options[] = {{"json", RMF_KEY_JSON, NULL, 0, "as JSON", 0}, {0}};

/* The operand as the usage line shows it: "PATH" must be given, "[KIND]" may be, NULL must not. */
error_t rmf_look_parse(int key, char *arg, struct argp_state *state)
{
    rmf_look_args *a = state->input;
    const char *operand = state->root_argp->args_doc;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case RMF_KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return operand ? rmf_arg_operand(&a->operand, arg) : rmf_arg_none(arg);
    case ARGP_KEY_END:
        return !operand || operand[0] == '[' || a->operand ? 0 : rmf_arg_missing(operand);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
