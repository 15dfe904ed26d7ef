/* nn/plan.c – lifetimes and places of all buffers of a tape, and the order of gradient writes.
 *
 * Time: operation i of order[] runs forward at time i and, when training, backward at 2·steps − i.
 * A buffer is a block with a first and a last time; two blocks may share memory if their times do
 * not meet.  Blocks are placed largest first, each at the lowest free offset: close to the lower
 * bound for the graphs that networks are, and it runs once.
 */
#include "nn/tape.h"

#include <stdlib.h>

#define ALIGN_ELEMENTS 16 /* 64 bytes */

struct block {
    float **where; /* receives the address */
    int64_t count, first, last, offset;
};

struct plan {
    rmf_tape *tape;
    struct block *blocks;
    int count;
    int64_t end; /* the last time */
};

/* ---- what the output depends on -------------------------------------------- */

static void mark_used(rmf_tape *tape)
{
    tape->output->used = true;
    for (int i = tape->count - 1; i >= 0; i--) {
        rmf_node *y = tape->nodes[i];
        for (int k = 0; y->used && k < y->inputs; k++)
            if (y->in[k]) y->in[k]->used = true;
    }
}

static void mark_trains(rmf_node *x)
{
    if (x->kind == RMF_NODE_PARAMETER)
        x->trains = !x->param->init.frozen;
    else if (x->kind == RMF_NODE_INPUT)
        x->trains = x->asked;
    else if (x->kind == RMF_NODE_OP && (x->op->backward || x->op->alias))
        for (int k = 0; k < x->inputs; k++)
            x->trains |= x->in[k] && x->in[k]->trains;
}

static rmf_status list_order(rmf_tape *tape)
{
    void *block = NULL;
    RMF_TRY(rmf_arena_alloc(tape->arena, (size_t)tape->count, sizeof(rmf_node *), &block));
    tape->order = block;
    mark_used(tape);
    for (int i = 0; i < tape->count; i++) {
        rmf_node *x = tape->nodes[i];
        mark_trains(x);
        if (!x->used || x->kind != RMF_NODE_OP || x->op->alias) continue;
        x->at = tape->steps;
        tape->order[tape->steps++] = x;
        tape->any_bank |= x->banked;
    }
    return RMF_OK;
}

/* ---- lifetimes ------------------------------------------------------------- */

static struct block *add_block(struct plan *plan, float **where, int64_t count, int64_t first,
                               int64_t last)
{
    struct block *block = &plan->blocks[plan->count++];
    int64_t padded = (count + ALIGN_ELEMENTS - 1) / ALIGN_ELEMENTS * ALIGN_ELEMENTS;
    *block = (struct block){where, padded > 0 ? padded : ALIGN_ELEMENTS, first, last, 0};
    return block;
}

/* A block that several nodes share lives as long as any of them needs it. */
static void share_block(struct plan *plan, float **where, int64_t count, int64_t first,
                        int64_t last)
{
    for (int i = 0; i < plan->count; i++) {
        struct block *block = &plan->blocks[i];
        if (block->where != where) continue;
        if (first < block->first) block->first = first;
        if (last > block->last) block->last = last;
        return;
    }
    add_block(plan, where, count, first, last);
}

static bool forever(const struct plan *plan, const rmf_node *root)
{
    return root->kind != RMF_NODE_OP || root == plan->tape->output->root;
}

/* Last time at which backward of operation i reads what forward left: another pass may follow. */
static int64_t read_back(const struct plan *plan, int i)
{
    return plan->tape->repeats ? plan->end : plan->end - i;
}

/* Last time at which the value of `root` is read; `self` is its own place in the order or −1. */
static int64_t value_end(const struct plan *plan, const rmf_node *root, int self)
{
    const rmf_tape *tape = plan->tape;
    if (forever(plan, root)) return plan->end;
    bool back = tape->training && root->trains && (root->op->keeps & RMF_KEEPS_OUTPUT);
    int64_t end = back ? read_back(plan, self) : self;
    for (int i = self + 1; i < tape->steps; i++) {
        const rmf_node *y = tape->order[i];
        for (int k = 0; k < y->inputs; k++) {
            if (!y->in[k] || y->in[k]->root != root) continue;
            bool again = tape->training && y->trains && (y->op->keeps >> k & 1);
            int64_t read = again ? read_back(plan, i) : i;
            if (read > end) end = read;
        }
    }
    return end;
}

/* First time at which the gradient of `root` is written: its last user's backward. */
static int64_t gradient_start(const struct plan *plan, const rmf_node *root)
{
    const rmf_tape *tape = plan->tape;
    if (root == tape->output->root) return 0; /* the caller fills it when it likes */
    for (int i = tape->steps - 1; i >= 0; i--)
        for (int k = 0; k < tape->order[i]->inputs; k++)
            if (tape->order[i]->in[k] && tape->order[i]->in[k]->root == root) return plan->end - i;
    return plan->end;
}

static void plan_op(struct plan *plan, int i)
{
    rmf_node *y = plan->tape->order[i];
    bool back = plan->tape->training && y->trains;
    int64_t backward = plan->end - i;
    share_block(plan, &y->value_of->value, rmf_node_count(y), i, value_end(plan, y, i));
    if (y->saved_count)
        add_block(plan, &y->saved, y->saved_count, i, back ? read_back(plan, i) : i);
    if (y->scratch_count[0]) add_block(plan, &y->scratch[0], y->scratch_count[0], i, i);
    if (!back) return;
    int64_t last = forever(plan, y) ? plan->end : backward;
    share_block(plan, &y->grad_of->grad, rmf_node_count(y), gradient_start(plan, y), last);
    if (y->scratch_count[1])
        add_block(plan, &y->scratch[1], y->scratch_count[1], backward, backward);
}

static void plan_inputs(struct plan *plan)
{
    for (int i = 0; i < plan->tape->count; i++) {
        rmf_node *x = plan->tape->nodes[i];
        if (x->kind != RMF_NODE_INPUT && x->kind != RMF_NODE_INDEX) continue;
        add_block(plan, &x->value, rmf_node_count(x), 0, plan->end);
        if (plan->tape->training && (x->asked || x == plan->tape->output->root))
            add_block(plan, &x->grad, rmf_node_count(x), 0, plan->end);
    }
}

/* ---- places ---------------------------------------------------------------- */

static int larger_first(const void *a, const void *b)
{
    const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Puts `block` at the lowest offset where it meets no block that lives at the same time.  placed[]
 * is sorted by offset; returns its new size. */
static int place(struct block **placed, int count, struct block *block)
{
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const struct block *other = placed[i];
        if (other->last < block->first || block->last < other->first) continue;
        if (other->offset >= offset + block->count) break;
        if (other->offset + other->count > offset) offset = other->offset + other->count;
    }
    block->offset = offset;
    int at = count;
    for (; at > 0 && placed[at - 1]->offset > offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = block;
    return count + 1;
}

static rmf_status place_all(struct plan *plan)
{
    void *memory = NULL;
    RMF_TRY(rmf_alloc((size_t)plan->count * 2, sizeof(struct block *), &memory));
    struct block **sorted = memory, **placed = sorted + plan->count;
    for (int i = 0; i < plan->count; i++)
        sorted[i] = &plan->blocks[i];
    qsort(sorted, (size_t)plan->count, sizeof *sorted, larger_first);
    int64_t total = 0;
    for (int i = 0, count = 0; i < plan->count; i++) {
        count = place(placed, count, sorted[i]);
        int64_t end = sorted[i]->offset + sorted[i]->count;
        if (end > total) total = end;
    }
    rmf_free(memory);
    rmf_tape *tape = plan->tape;
    RMF_TRY(tape->dev->ops->alloc(tape->dev, (size_t)total * sizeof(float), &tape->memory));
    tape->memory_count = total;
    for (int i = 0; i < plan->count; i++)
        *plan->blocks[i].where = (float *)tape->memory + plan->blocks[i].offset;
    return tape->dev->ops->fill(tape->dev, tape->memory, 0, total);
}

static rmf_status point_nodes(rmf_tape *tape)
{
    for (int i = 0; i < tape->count; i++) {
        rmf_node *x = tape->nodes[i];
        if (x->kind == RMF_NODE_PARAMETER) {
            x->value = tape->params->values + x->param->info.offset;
            if (tape->params->gradients) x->grad = rmf_params_gradient(tape->params, x->param, 0);
        } else if (x->root == x) {
            x->value = x->value_of->value;
            x->grad = x->grad_of->grad;
        } else {
            x->value = x->root->value;
            x->grad = x->root->grad;
        }
        if (x->used && x->host_count)
            RMF_TRY(rmf_arena_alloc(tape->arena, x->host_count, 1, &x->host));
    }
    return RMF_OK;
}

rmf_status rmf_tape_plan(rmf_tape *tape)
{
    RMF_TRY(list_order(tape));
    rmf_tape_share(tape);
    struct plan plan = {.tape = tape};
    plan.end = (tape->training ? 2 : 1) * (int64_t)tape->steps;
    void *memory = NULL;
    size_t most = (size_t)tape->count * 5; /* value, gradient, saved, two scratch buffers */
    RMF_TRY(rmf_alloc(most, sizeof(struct block), &memory));
    plan.blocks = memory;
    plan_inputs(&plan);
    for (int i = 0; i < tape->steps; i++)
        plan_op(&plan, i);
    rmf_status status = place_all(&plan);
    rmf_free(memory);
    RMF_TRY(status);
    return point_nodes(tape);
}

/* ---- one backward pass ----------------------------------------------------- */

static bool parameter_wants(const rmf_tape *tape, const rmf_node *x)
{
    if (!x->used || x->param->init.frozen) return false;
    if (!x->param->info.bank) return !rmf_params_row_frozen(tape->params, -1);
    for (int64_t i = 0; i < tape->touched_count; i++)
        if (!rmf_params_row_frozen(tape->params, tape->touched[i])) return true;
    return false;
}

static void decide_wants(rmf_tape *tape)
{
    for (int i = 0; i < tape->count; i++) {
        rmf_node *x = tape->nodes[i];
        x->written = x->wants = false;
        if (x->kind == RMF_NODE_PARAMETER)
            x->wants = parameter_wants(tape, x);
        else if (x->kind == RMF_NODE_INPUT)
            x->wants = x->asked;
        else if (x->trains)
            for (int k = 0; k < x->inputs; k++)
                x->wants |= x->in[k] && x->in[k]->wants;
    }
}

void rmf_tape_plan_gradients(rmf_tape *tape)
{
    decide_wants(tape);
    tape->output->root->written = true; /* by the caller */
    for (int i = tape->steps - 1; i >= 0; i--) {
        rmf_node *y = tape->order[i];
        for (int k = 0; y->wants && k < y->inputs; k++) {
            rmf_node *x = y->in[k];
            y->dx[k] = NULL;
            if (!x || x->kind == RMF_NODE_PARAMETER || !x->root->wants) continue;
            if (x->root->giver != y) y->dx[k] = x->root->grad; /* else it is there already */
            y->beta[k] = x->root->written ? 1 : 0;
            x->root->written = true;
        }
    }
}
