/* nn/tape.c – building a tape and running it. */
#include "nn/tape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rmf_status rmf_tape_create(rmf_params *params, bool training, rmf_tape **out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_tape), &block));
    rmf_tape *tape = block;
    tape->params = params;
    tape->dev = params->dev;
    tape->training = training;
    tape->rows = -1;
    tape->dead.tape = tape;
    tape->dead.root = &tape->dead;
    rmf_status status = rmf_arena_create(&tape->arena);
    if (status != RMF_OK) {
        rmf_tape_free(tape);
        return status;
    }
    *out = tape;
    return RMF_OK;
}

void rmf_tape_free(rmf_tape *tape)
{
    if (!tape) return;
    if (tape->memory) tape->dev->ops->release(tape->dev, tape->memory);
    rmf_free(tape->nodes);
    rmf_arena_free(tape->arena);
    rmf_free(tape);
}

rmf_status rmf_tape_status(const rmf_tape *tape)
{
    return tape->status;
}

/* ---- building -------------------------------------------------------------- */

/* Keeps the first error with its message, which later calls of this thread may replace. */
static rmf_node *die(rmf_tape *tape, rmf_status status)
{
    if (tape->status == RMF_OK) {
        tape->status = status;
        snprintf(tape->message, sizeof tape->message, "%s", rmf_message());
    }
    return &tape->dead;
}

static rmf_status add_node(rmf_tape *tape, rmf_node **out)
{
    if (tape->compiled)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "tape: a builder was called after compile; build the whole tape first");
    void *block = NULL;
    if (tape->count == tape->capacity) {
        int capacity = tape->capacity ? tape->capacity * 2 : 64;
        RMF_TRY(rmf_alloc((size_t)capacity, sizeof(rmf_node *), &block));
        if (tape->count) memcpy(block, tape->nodes, (size_t)tape->count * sizeof(rmf_node *));
        rmf_free(tape->nodes);
        tape->nodes = block;
        tape->capacity = capacity;
    }
    RMF_TRY(rmf_arena_alloc(tape->arena, 1, sizeof(rmf_node), &block));
    rmf_node *node = block;
    node->tape = tape;
    node->root = node->value_of = node->grad_of = node;
    *out = node;
    return RMF_OK;
}

static rmf_node *keep_node(rmf_tape *tape, rmf_node *node)
{
    tape->nodes[tape->count++] = node;
    return node;
}

static rmf_status copy_name(rmf_tape *tape, const char *name, const char **out)
{
    void *block = NULL;
    size_t length = strlen(name) + 1;
    RMF_TRY(rmf_arena_alloc(tape->arena, length, 1, &block));
    memcpy(block, name, length);
    *out = block;
    return RMF_OK;
}

struct input_request {
    enum rmf_node_kind kind;
    const char *name;
    int rank;
    const int64_t *shape;
};

static rmf_status make_input(rmf_tape *tape, const struct input_request *ask, rmf_node **out)
{
    const char *name = ask->name ? ask->name : "input";
    char text[RMF_SHAPE_TEXT];
    bool ranked = ask->rank >= 1 && ask->rank <= RMF_MAX_RANK;
    if (!ranked || rmf_shape_count(ask->rank, ask->shape, 0) < 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "input %s: shape %s of rank %d; expected rank 1 to %d and dimensions from "
                        "0 up whose product is below 2^40",
                        name, ranked ? rmf_shape_text(ask->rank, ask->shape, text) : "[…]",
                        ask->rank, RMF_MAX_RANK);
    if (tape->rows >= 0 && ask->shape[0] != tape->rows)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "input %s: shape %s; expected %lld rows, as the other inputs have", name,
                        rmf_shape_text(ask->rank, ask->shape, text), (long long)tape->rows);
    rmf_node *node = NULL;
    RMF_TRY(add_node(tape, &node));
    RMF_TRY(copy_name(tape, name, &node->name));
    node->kind = ask->kind;
    node->rank = ask->rank;
    for (int i = 0; i < ask->rank; i++)
        node->shape[i] = ask->shape[i];
    tape->rows = ask->shape[0];
    *out = keep_node(tape, node);
    return RMF_OK;
}

static rmf_node *push_input(rmf_tape *tape, const struct input_request *ask)
{
    if (tape->status != RMF_OK) return &tape->dead;
    rmf_node *node = NULL;
    rmf_status status = make_input(tape, ask, &node);
    return status == RMF_OK ? node : die(tape, status);
}

rmf_node *rmf_input(rmf_tape *tape, const char *name, int rank, const int64_t *shape)
{
    return push_input(tape, &(struct input_request){RMF_NODE_INPUT, name, rank, shape});
}

rmf_node *rmf_index_input(rmf_tape *tape, const char *name, int64_t rows)
{
    return push_input(tape, &(struct input_request){RMF_NODE_INDEX, name, 1, &rows});
}

void rmf_input_wants_gradient(rmf_node *input)
{
    if (input->kind == RMF_NODE_INPUT && !input->tape->compiled) input->asked = true;
}

void rmf_tape_repeats(rmf_tape *tape)
{
    if (!tape->compiled) tape->repeats = true;
}

static rmf_status make_parameter(rmf_tape *tape, const rmf_param_info *wanted, rmf_init init,
                                 rmf_node **out)
{
    rmf_param_entry *entry = NULL;
    RMF_TRY(rmf_params_register(tape->params, wanted, init, &entry));
    /* One node a parameter, so that all its uses add into one gradient. */
    for (int i = 0; i < tape->count; i++)
        if (tape->nodes[i]->param == entry) {
            *out = tape->nodes[i];
            return RMF_OK;
        }
    rmf_node *node = NULL;
    RMF_TRY(add_node(tape, &node));
    node->kind = RMF_NODE_PARAMETER;
    node->name = entry->info.name;
    node->param = entry;
    node->rank = wanted->rank;
    for (int i = 0; i < wanted->rank; i++)
        node->shape[i] = wanted->shape[i];
    *out = keep_node(tape, node);
    return RMF_OK;
}

static rmf_node *push_parameter(rmf_tape *tape, rmf_param_info *wanted, const int64_t *shape,
                                rmf_init init)
{
    if (tape->status != RMF_OK) return &tape->dead;
    for (int i = 0; i < wanted->rank && i < RMF_MAX_RANK; i++)
        wanted->shape[i] = shape[i];
    rmf_node *node = NULL;
    rmf_status status = make_parameter(tape, wanted, init, &node);
    return status == RMF_OK ? node : die(tape, status);
}

rmf_node *rmf_parameter(rmf_tape *tape, const char *name, int rank, const int64_t *shape,
                        rmf_init init)
{
    rmf_param_info wanted = {.name = name, .rank = rank};
    return push_parameter(tape, &wanted, shape, init);
}

rmf_node *rmf_bank(rmf_tape *tape, const char *name, int rank, const int64_t *shape, rmf_init init)
{
    rmf_param_info wanted = {.name = name, .rank = rank, .bank = true};
    return push_parameter(tape, &wanted, shape, init);
}

rmf_status rmf_op_fail(const rmf_node *y, const char *format, ...)
{
    char inputs[384] = "", expected[256], shape[RMF_SHAPE_TEXT];
    size_t used = 0;
    for (int k = 0; k < y->inputs && used < sizeof inputs; k++) {
        const rmf_node *x = y->in[k];
        if (!x) continue;
        const char *name = x->name ? x->name : x->op->name;
        int wrote = snprintf(inputs + used, sizeof inputs - used, "%s%s %s", used ? ", " : "", name,
                             rmf_shape_text(x->rank, x->shape, shape));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    va_list list;
    va_start(list, format);
    vsnprintf(expected, sizeof expected, format, list);
    va_end(list);
    return rmf_fail(RMF_ERR_ARGUMENT, "%s: %s; expected %s", y->op->name, inputs, expected);
}

/* What every operation asks of its inputs, whatever their shapes. */
static rmf_status check_inputs(const rmf_node *y)
{
    const rmf_op *op = y->op;
    for (int k = 0; k < y->inputs; k++) {
        const rmf_node *x = y->in[k];
        if (!x) {
            if (op->optional >> k & 1) continue;
            return rmf_op_fail(y, "input %d, which is missing", k);
        }
        bool is_parameter = x->kind == RMF_NODE_PARAMETER;
        if (is_parameter != (op->parameters >> k & 1))
            return rmf_op_fail(y, "input %d to be %s", k,
                               is_parameter ? "computed, not a parameter" : "a parameter");
        if ((x->kind == RMF_NODE_INDEX) != (op->indices >> k & 1))
            return rmf_op_fail(y, "input %d to be %s", k,
                               x->kind == RMF_NODE_INDEX ? "values, not an index" : "an index");
        if (is_parameter && x->param->info.bank && y->in[0]->shape[0] != y->tape->rows)
            return rmf_op_fail(y, "%lld batch rows, since %s is a bank", (long long)y->tape->rows,
                               x->name);
    }
    return RMF_OK;
}

static rmf_status fill_op(rmf_tape *tape, rmf_node *y, const void *args)
{
    if (y->op->args_size) {
        void *block = NULL;
        RMF_TRY(rmf_arena_alloc(tape->arena, 1, y->op->args_size, &block));
        memcpy(block, args, y->op->args_size);
        y->args = block;
    }
    RMF_TRY(check_inputs(y));
    RMF_TRY(y->op->shape(y));
    if (rmf_shape_count(y->rank, y->shape, 0) < 0)
        return rmf_op_fail(y, "a result below 2^40 values");
    for (int k = 0; k < y->inputs; k++)
        if (y->in[k] && y->in[k]->param && y->in[k]->param->info.bank) y->banked = true;
    if (y->op->alias) y->root = y->in[0]->root;
    return RMF_OK;
}

rmf_node *rmf_tape_push(rmf_tape *tape, const rmf_op *op, const void *args, int inputs,
                        rmf_node *const *in)
{
    if (tape->status != RMF_OK) return &tape->dead;
    rmf_node *y = NULL;
    rmf_status status = add_node(tape, &y);
    if (status != RMF_OK) return die(tape, status);
    y->kind = RMF_NODE_OP;
    y->op = op;
    y->inputs = inputs;
    for (int k = 0; k < inputs; k++) {
        y->in[k] = in[k];
        if (in[k] && in[k]->tape != tape)
            return die(tape,
                       rmf_fail(RMF_ERR_ARGUMENT,
                                "%s: input %d belongs to another tape; use one tape", op->name, k));
    }
    status = fill_op(tape, y, args);
    return status == RMF_OK ? keep_node(tape, y) : die(tape, status);
}

/* ---- compiling and running ------------------------------------------------- */

static rmf_status compile(rmf_tape *tape, rmf_node *output)
{
    if (output->tape != tape || output->kind != RMF_NODE_OP)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "tape: the output is %s; expected the result of an operation on this tape",
                        output->tape != tape ? "of another tape" : "an input or a parameter");
    tape->output = output;
    RMF_TRY(rmf_params_fix(tape->params));
    if (tape->training) RMF_TRY(rmf_params_train(tape->params));
    RMF_TRY(rmf_tape_plan(tape));
    RMF_TRY(rmf_tape_prepare_segments(tape));
    tape->compiled = true;
    return RMF_OK;
}

rmf_status rmf_tape_compile(rmf_tape *tape, rmf_node *output)
{
    if (tape->status != RMF_OK) return rmf_fail(tape->status, "%s", tape->message);
    if (tape->compiled)
        return rmf_fail(RMF_ERR_ARGUMENT, "tape: compiled twice; make another tape");
    rmf_status status = compile(tape, output);
    if (status != RMF_OK) die(tape, status);
    return status;
}

rmf_status rmf_tape_forward(rmf_tape *tape)
{
    if (!tape->compiled)
        return rmf_fail(RMF_ERR_ARGUMENT, "tape: forward before compile; compile first");
    if (tape->any_bank && !tape->segments_set)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "tape: forward before its segments were set; the network has banks, so "
                        "call rmf_tape_set_segments() first");
    for (int i = 0; i < tape->steps; i++)
        RMF_TRY(tape->order[i]->op->forward(tape->dev, tape->order[i]));
    return RMF_OK;
}

/* An input whose gradient was asked for, but to which nothing that trains in this pass leads. */
static rmf_status zero_unwritten(rmf_tape *tape)
{
    for (int i = 0; i < tape->count; i++) {
        rmf_node *x = tape->nodes[i];
        if (x->asked && x->grad && !x->written)
            RMF_TRY(tape->dev->ops->fill(tape->dev, x->grad, 0, rmf_node_count(x)));
    }
    return RMF_OK;
}

rmf_status rmf_tape_backward(rmf_tape *tape)
{
    if (!tape->compiled || !tape->training)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "tape: backward on a tape that was %s; create it with training and compile",
                        tape->compiled ? "made for inference" : "not compiled");
    tape->stamp = ++tape->params->stamp;
    rmf_tape_plan_gradients(tape);
    for (int i = tape->steps - 1; i >= 0; i--) {
        rmf_node *y = tape->order[i];
        if (y->wants) RMF_TRY(y->op->backward(tape->dev, y));
    }
    return zero_unwritten(tape);
}
