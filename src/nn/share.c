/* nn/share.c – buffers that one operation hands on to the next, so that nothing is copied.
 *
 * Values: an operation that works element by element (op->inplace) takes over the buffer of an
 * input that nobody reads any more.  Gradients: an operation whose input has the gradient of its
 * result (op->passes), as a sum, hands its own buffer to that input.
 *
 * A gradient lives from the operation that first writes it, its last user or *giver*, down to the
 * operation that computed the node, which reads it.  Two nodes may hold their gradients in one
 * buffer if no other user of either adds to it while both live.  For y = x + f(x) the last
 * operation of f has read the gradient of f(x) before the first one adds to that of x: both share
 * the buffer of y's.
 */
#include "nn/tape.h"

static bool uses(const rmf_node *y, const rmf_node *root)
{
    for (int k = 0; k < y->inputs; k++)
        if (y->in[k] && y->in[k]->root == root) return true;
    return false;
}

/* Whether input k and no other is `root`. */
static bool uses_once(const rmf_node *y, int k, const rmf_node *root)
{
    for (int j = 0; j < y->inputs; j++)
        if (j != k && y->in[j] && y->in[j]->root == root) return false;
    return true;
}

static bool is_inner(const rmf_node *root)
{
    return root->kind == RMF_NODE_OP && root != root->tape->output->root;
}

/* ---- values ---------------------------------------------------------------- */

static bool read_later(const rmf_tape *tape, const rmf_node *root, int after)
{
    if (tape->training && root->trains && (root->op->keeps & RMF_KEEPS_OUTPUT)) return true;
    for (int i = root->at + 1; i < tape->steps; i++) {
        const rmf_node *y = tape->order[i];
        for (int k = 0; k < y->inputs; k++) {
            if (!y->in[k] || y->in[k]->root != root) continue;
            if (i > after || (tape->training && y->trains && (y->op->keeps >> k & 1))) return true;
        }
    }
    return false;
}

static void share_value(const rmf_tape *tape, rmf_node *y)
{
    for (int k = 0; k < y->inputs; k++) {
        if (!(y->op->inplace >> k & 1)) continue;
        rmf_node *x = y->in[k]->root;
        if (!is_inner(x) || !uses_once(y, k, x) || read_later(tape, x, y->at)) continue;
        y->value_of = x->value_of;
        return;
    }
}

/* ---- gradients ------------------------------------------------------------- */

/* Whether a user of a or b, other than its giver, adds to its gradient while both live. */
static bool disturb(const rmf_tape *tape, const rmf_node *a, const rmf_node *b)
{
    const int a_from = a->giver ? a->giver->at : tape->steps - 1;
    const int b_from = b->giver ? b->giver->at : tape->steps - 1;
    const int last = a->at > b->at ? a->at : b->at;
    for (int i = a_from < b_from ? a_from : b_from; i >= last; i--) {
        const rmf_node *y = tape->order[i];
        if (y->trains && ((y != a->giver && uses(y, a)) || (y != b->giver && uses(y, b))))
            return true;
    }
    return false;
}

static bool writes_first(const rmf_tape *tape, const rmf_node *y, const rmf_node *root)
{
    for (int i = y->at + 1; i < tape->steps; i++)
        if (tape->order[i]->trains && uses(tape->order[i], root)) return false;
    return true;
}

static void share_gradient(const rmf_tape *tape, rmf_node *y, int k)
{
    rmf_node *x = y->in[k]->root;
    if (!is_inner(x) || !x->trains || !uses_once(y, k, x) || !writes_first(tape, y, x)) return;
    x->giver = y;
    for (int i = 0; i < tape->steps; i++) {
        const rmf_node *other = tape->order[i];
        if (other->grad_of != y->grad_of || !disturb(tape, other, x)) continue;
        x->giver = NULL;
        return;
    }
    x->grad_of = y->grad_of;
}

void rmf_tape_share(rmf_tape *tape)
{
    for (int i = 0; i < tape->steps; i++)
        share_value(tape, tape->order[i]);
    for (int i = tape->steps - 1; tape->training && i >= 0; i--) {
        rmf_node *y = tape->order[i];
        if (!y->trains || !is_inner(y)) continue; /* the output's gradient is the caller's */
        for (int k = 0; k < y->inputs; k++)
            if (y->op->passes >> k & 1) share_gradient(tape, y, k);
    }
}
