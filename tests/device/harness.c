/* tests/device/harness.c – see harness.h. */
#include "harness.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GUARD = 16 }; /* sentinels on either side, a cache line */
static const float SENTINEL = 12345.678f;

struct tensor {
    float *block, *data;
    int64_t count;
};

rmf_device *open_device(const char *name)
{
    rmf_device *dev = NULL;
    assert_int_equal(rmf_device_open(name, &dev), RMF_OK);
    return dev;
}

void fill_random(float *x, int64_t count, uint64_t sample)
{
    if (count > 0) rmf_random_normal(rmf_key_make(7, RMF_STREAM_EVAL), sample, 0, x, (size_t)count);
}

float largest_magnitude(const float *x, int64_t count)
{
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(x[i]));
    return largest;
}

void assert_close(const char *what, const float *a, const float *b, int64_t count, float tolerance)
{
    const float allowed = tolerance * (1 + largest_magnitude(b, count));
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(a[i] - b[i]) <= allowed))
            fail_msg("%s: element %" PRId64 " of %" PRId64 " is %.9g; expected %.9g ± %.3g", what,
                     i, count, (double)a[i], (double)b[i], (double)allowed);
}

static void assert_same(const char *what, const float *a, const float *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s: element %" PRId64 " of %" PRId64 " is %.9g; expected exactly %.9g", what,
                     i, count, (double)a[i], (double)b[i]);
}

static struct tensor make(int64_t count)
{
    struct tensor t = {.count = count};
    void *block = NULL;
    assert_int_equal(rmf_alloc((size_t)(count + 2 * GUARD), sizeof(float), &block), RMF_OK);
    t.block = block;
    t.data = t.block + GUARD;
    for (int64_t i = 0; i < GUARD; i++)
        t.block[i] = t.data[count + i] = SENTINEL;
    return t;
}

static void assert_guards(const char *what, const struct tensor *t)
{
    for (int64_t i = 0; i < GUARD; i++)
        if (t->block[i] != SENTINEL || t->data[t->count + i] != SENTINEL)
            fail_msg("%s: wrote outside an output of %" PRId64 " elements", what, t->count);
}

/* One run of a case: inputs, a copy of them, and outputs. */
struct trial {
    struct tensor in[MAX_TENSORS], copy[MAX_TENSORS], out[MAX_TENSORS];
};

static void free_trial(struct trial *t)
{
    for (int i = 0; i < MAX_TENSORS; i++) {
        rmf_free(t->in[i].block);
        rmf_free(t->copy[i].block);
        rmf_free(t->out[i].block);
    }
}

static void run_trial(const op_test *op, const op_case *c, rmf_device *dev, float beta,
                      struct trial *t)
{
    int64_t in_count[MAX_TENSORS] = {0}, out_count[MAX_TENSORS] = {0};
    float *in[MAX_TENSORS] = {0}, *out[MAX_TENSORS] = {0};
    memset(t, 0, sizeof *t);
    op->counts(c->size, in_count, out_count);
    for (int i = 0; i < op->inputs; i++) {
        t->in[i] = make(in_count[i]);
        t->copy[i] = make(in_count[i]);
        fill_random(t->in[i].data, in_count[i], (uint64_t)i);
        memcpy(t->copy[i].data, t->in[i].data, (size_t)in_count[i] * sizeof(float));
        in[i] = t->in[i].data;
    }
    for (int i = 0; i < op->outputs; i++) {
        t->out[i] = make(out_count[i]);
        fill_random(t->out[i].data, out_count[i], 100 + (uint64_t)i);
        for (int64_t j = 0; j < out_count[i] && beta == 0 && !op->in_place; j++)
            t->out[i].data[j] = NAN;
        out[i] = t->out[i].data;
    }
    const rmf_status status = op->run(dev, c->size, in, out, beta);
    if (status != RMF_OK) fail_msg("%s %s: %s", op->name, c->name, rmf_message());
}

static void check_memory(const op_test *op, const char *what, const struct trial *t)
{
    for (int i = 0; i < op->inputs; i++)
        assert_same(what, t->in[i].data, t->copy[i].data, t->in[i].count);
    for (int i = 0; i < op->inputs; i++)
        assert_guards(what, &t->in[i]);
    for (int i = 0; i < op->outputs; i++)
        assert_guards(what, &t->out[i]);
}

static void check_case(const op_test *op, const op_case *c, rmf_device *const *dev, float beta)
{
    char what[160];
    struct trial ref, cpu, again;
    snprintf(what, sizeof what, "%s %s beta %g", op->name, c->name, (double)beta);
    run_trial(op, c, dev[0], beta, &ref);
    run_trial(op, c, dev[1], beta, &cpu);
    check_memory(op, what, &ref);
    check_memory(op, what, &cpu);
    for (int i = 0; i < op->outputs; i++)
        assert_close(what, cpu.out[i].data, ref.out[i].data, ref.out[i].count, op->tolerance);
    const int threads = rmf_threads();
    for (int count = 0; count <= (op->thread_free ? 3 : 0); count++) {
        rmf_threads_set(count == 0 ? threads : count);
        run_trial(op, c, dev[1], beta, &again);
        for (int i = 0; i < op->outputs; i++)
            assert_same(what, again.out[i].data, cpu.out[i].data, cpu.out[i].count);
        free_trial(&again);
    }
    rmf_threads_set(threads);
    free_trial(&ref);
    free_trial(&cpu);
}

void check_op(const op_test *op, const op_case *cases, size_t count)
{
    rmf_device *dev[] = {open_device("ref"), open_device("cpu")};
    for (size_t i = 0; i < count; i++)
        for (int beta = 0; beta <= (op->accumulates ? 1 : 0); beta++)
            check_case(op, &cases[i], dev, (float)beta);
    rmf_device_close(dev[0]);
    rmf_device_close(dev[1]);
}
