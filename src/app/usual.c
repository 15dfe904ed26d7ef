/* app/usual.c – arguments that most commands have: an operand, --out and --json; and a result as
 * JSON. */
#include "app/app.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

const struct argp_option rmf_look_options[] = {{"json", RMF_KEY_JSON, NULL, 0, "as JSON", 0}, {0}};

error_t rmf_parse_usual(int key, char *arg, struct argp_state *state)
{
    rmf_usual_args *a = state->input;
    const char *operand = state->root_argp->args_doc;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        a->out = arg;
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

rmf_status rmf_give_json(const rmf_common *common, const char *out, FILE *to, const json_t *json)
{
    if (out) RMF_TRY(rmf_json_write(out, common->force, json));
    if (!to) return RMF_OK;
    char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    fprintf(to, "%s\n", text ? text : "null");
    free(text);
    return RMF_OK;
}
