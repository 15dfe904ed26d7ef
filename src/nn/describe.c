/* nn/describe.c – a tape as text, one line an operation. */
#include "nn/tape.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"

static void describe_op(FILE *to, const rmf_node *y)
{
    char shape[RMF_SHAPE_TEXT];
    fprintf(to, "%-18s %-20s", y->op->name, rmf_shape_text(y->rank, y->shape, shape));
    if (y->op->work)
        fprintf(to, " %12" PRId64, y->op->work(y));
    else
        fprintf(to, " %12s", "");
    for (int k = 0; k < y->inputs; k++) {
        const rmf_node *x = y->in[k];
        if (!x || x->kind != RMF_NODE_PARAMETER) continue;
        fprintf(to, "  %s %s%s", x->name, x->param->info.bank ? "bank " : "",
                rmf_shape_text(x->rank, x->shape, shape));
    }
    fputc('\n', to);
}

rmf_status rmf_tape_describe(const rmf_tape *tape, char **out)
{
    if (!tape->compiled)
        return rmf_fail(RMF_ERR_ARGUMENT, "tape: describe before compile; compile first");
    rmf_text text;
    RMF_TRY(rmf_text_begin("tape: no memory for its description", &text));
    FILE *to = text.to;
    fprintf(to, "%-18s %-20s %12s  parameters\n", "operation", "output", "mult-adds");
    int64_t work = 0;
    for (int i = 0; i < tape->steps; i++) {
        const rmf_node *y = tape->order[i];
        describe_op(to, y);
        if (y->op->work) work += y->op->work(y);
    }
    fprintf(to, "%-18s %-20s %12" PRId64 "  %.1f MB of activations\n", "sum", "", work,
            (double)tape->memory_count * sizeof(float) / 1e6);
    return rmf_text_end(&text, out);
}
