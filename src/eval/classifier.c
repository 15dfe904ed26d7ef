/*
 * eval/classifier.c – trained with cross-entropy, AdamW and a cosine schedule.
 *
 *   images  3×3 convolutions 32, 64, 64 (while the image is large enough), each with group norm and
 *           ReLU, halving height and width; dense 128; classes.  Images below 16×16 keep their size
 *           in the first.
 *   tables  dense 256, 256, classes.
 *
 * Inputs are standardised: images by one mean and deviation, tables by each feature's own, as the
 * examples are seen.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "eval/classifier.h"
#include "net/layers.h"

enum {
    BATCH = 128,
    WARMUP = 50,
    /* Objects seen in training: at least so many, but an object not too often, and each three
     * times. Chosen on MNIST (3 epochs), digits (60) and letters (40). */
    SEEN_IMAGES = 180000,
    SEEN_ROWS = 640000,
    EPOCHS_LEAST = 3,
    EPOCHS_MOST = 60
};
static const double learning_rate = 2e-3, weight_decay = 1e-2;

struct rmf_classifier {
    int64_t features, rows; /* rows of a batch */
    int64_t width;          /* of the last hidden layer */
    bool training;
    int rank, n_classes;
    int64_t shape[3];
    float *mean, *gain; /* [features] x ↦ (x − mean)·gain */
    rmf_device *device;
    rmf_params *params;
    rmf_tape *tape;
    rmf_node *x, *hidden, *logits;
    float *batch, *logit; /* host buffers [rows, features], [rows, n_classes] */
    int32_t *label;       /* [rows] of the batch */
};

void rmf_classifier_free(rmf_classifier *c)
{
    if (!c) return;
    rmf_tape_free(c->tape);
    rmf_params_free(c->params);
    rmf_device_close(c->device);
    rmf_free(c->mean);
    rmf_free(c->gain);
    rmf_free(c->batch);
    rmf_free(c->logit);
    rmf_free(c->label);
    rmf_free(c);
}

/* ---- the network ------------------------------------------------------------------------------
 */

static rmf_node *image_stages(const rmf_classifier *c, const rmf_stage *root, rmf_node *x,
                              int64_t *features)
{
    static const int64_t width[] = {32, 64, 64};
    int64_t h = c->shape[0], w = c->shape[1], in = c->shape[2];
    for (int i = 0; i < 3 && (i == 0 || (h >= 4 && w >= 4)); i++) {
        rmf_stage stage = rmf_stage_child(root, "conv%d", i + 1);
        int stride = i > 0 || (h >= 16 && w >= 16) ? 2 : 1;
        x = rmf_layer_conv(&stage, x,
                           &(rmf_layer_kernel){.height = 3,
                                               .width = 3,
                                               .in = in,
                                               .out = width[i],
                                               .no_bias = true,
                                               .options = {.stride = stride, .pad = 1}});
        x = rmf_layer_norm(&stage, x, width[i], rmf_layer_groups(width[i]), RMF_RELU);
        in = width[i];
        h = (h - 1) / stride + 1;
        w = (w - 1) / stride + 1;
    }
    *features = h * w * in;
    return rmf_reshape(root->tape, x, 2, (int64_t[]){c->rows, *features});
}

static rmf_node *dense_relu(const rmf_stage *root, const char *name, rmf_node *x, int64_t in,
                            int64_t out)
{
    rmf_stage stage = rmf_stage_child(root, "%s", name);
    return rmf_activate(root->tape, rmf_layer_dense(&stage, x, in, out), RMF_RELU);
}

static rmf_status build(rmf_classifier *c)
{
    rmf_stage root = {.tape = c->tape, .init = RMF_LAYER_SCALED};
    int64_t features = c->features, hidden = 256;
    int64_t shape[RMF_MAX_RANK] = {c->rows, c->features};
    if (c->rank == 3) {
        for (int i = 0; i < 3; i++)
            shape[i + 1] = c->shape[i];
        c->x = rmf_input(c->tape, "x", 4, shape);
        hidden = 128;
    } else {
        c->x = rmf_input(c->tape, "x", 2, shape);
    }
    rmf_node *y = c->x;
    if (c->rank == 3) y = image_stages(c, &root, y, &features);
    y = dense_relu(&root, "dense1", y, features, hidden);
    if (c->rank != 3) y = dense_relu(&root, "dense2", y, hidden, hidden);
    c->hidden = y;
    c->width = hidden;
    rmf_stage last = rmf_stage_child(&root, "classes");
    c->logits = rmf_layer_dense(&last, y, hidden, c->n_classes);
    return rmf_tape_compile(c->tape, c->logits);
}

/* ---- inputs -----------------------------------------------------------------------------------
 */

/* Example i as it is seen in place number `draw`. */
static void see(const rmf_classifier *c, const rmf_examples *e, int64_t i, int64_t draw, float *x)
{
    memcpy(x, e->set->x + e->row[i] * c->features, (size_t)c->features * sizeof *x);
    if (e->vary) e->vary(e->context, (uint64_t)draw, x);
}

static void fit_inputs(rmf_classifier *c, const rmf_examples *e, double *sum, double *square)
{
    int64_t d = c->features;
    float *x = c->batch;
    for (int64_t i = 0; i < e->n; i++) {
        see(c, e, i, i, x);
        for (int64_t j = 0; j < d; j++) {
            sum[j] += x[j];
            square[j] += (double)x[j] * x[j];
        }
    }
    double all = 0, all_square = 0;
    for (int64_t j = 0; j < d; j++) {
        all += sum[j];
        all_square += square[j];
    }
    for (int64_t j = 0; j < d; j++) {
        bool image = c->rank == 3;
        double count = image ? (double)(e->n * d) : (double)e->n;
        double mean = (image ? all : sum[j]) / count;
        double variance = (image ? all_square : square[j]) / count - mean * mean;
        c->mean[j] = (float)mean;
        c->gain[j] = variance > FLT_EPSILON * mean * mean ? (float)(1 / sqrt(variance)) : 1.0f;
    }
}

static rmf_status standardise(rmf_classifier *c, const rmf_examples *e)
{
    double *sums = NULL;
    size_t d = (size_t)c->features;
    RMF_TRY(rmf_alloc(2 * d, sizeof *sums, (void **)&sums));
    fit_inputs(c, e, sums, sums + d);
    rmf_free(sums);
    return RMF_OK;
}

/* Row i of the next batch, from x, which may be that row. */
static void put_row(rmf_classifier *c, int64_t i, const float *x)
{
    float *to = c->batch + i * c->features;
    for (int64_t j = 0; j < c->features; j++)
        to[j] = (x[j] - c->mean[j]) * c->gain[j];
}

static rmf_status forward(rmf_classifier *c)
{
    const rmf_device_ops *ops = c->device->ops;
    RMF_TRY(ops->upload(c->device, rmf_node_value(c->x), c->batch,
                        (size_t)(c->rows * c->features) * sizeof(float)));
    RMF_TRY(rmf_tape_forward(c->tape));
    return ops->download(c->device, c->logit, rmf_node_value(c->logits),
                         (size_t)(c->rows * c->n_classes) * sizeof(float));
}

/* ---- training ---------------------------------------------------------------------------------
 */

/* Mean cross-entropy of the batch; turns the logits into its gradient, (softmax − one-hot)/rows. */
static double cross_entropy(rmf_classifier *c)
{
    double loss = 0;
    for (int64_t i = 0; i < c->rows; i++) {
        float *z = c->logit + i * c->n_classes, largest = z[0];
        double sum = 0;
        for (int k = 1; k < c->n_classes; k++)
            largest = fmaxf(largest, z[k]);
        for (int k = 0; k < c->n_classes; k++)
            sum += exp((double)z[k] - largest);
        loss += log(sum) + largest - z[c->label[i]];
        for (int k = 0; k < c->n_classes; k++)
            z[k] =
                (float)((exp((double)z[k] - largest) / sum - (k == c->label[i])) / (double)c->rows);
    }
    return loss / (double)c->rows;
}

static rmf_status step(rmf_classifier *c, rmf_optimizer *optimizer, double rate, double *loss)
{
    rmf_step_report report;
    RMF_TRY(forward(c));
    *loss = cross_entropy(c);
    RMF_TRY(c->device->ops->upload(c->device, rmf_node_gradient(c->logits), c->logit,
                                   (size_t)(c->rows * c->n_classes) * sizeof(float)));
    RMF_TRY(rmf_tape_backward(c->tape));
    return rmf_optimizer_step(optimizer, c->tape, rate, &report);
}

static int64_t step_count(const rmf_classifier *c, const rmf_examples *e)
{
    if (e->steps > 0) return e->steps;
    const int64_t n = e->n;
    int64_t seen = c->rank == 3 ? SEEN_IMAGES : SEEN_ROWS;
    if (seen > EPOCHS_MOST * n) seen = EPOCHS_MOST * n;
    if (seen < EPOCHS_LEAST * n) seen = EPOCHS_LEAST * n;
    return seen / c->rows;
}

/* Each epoch sees the examples in a new order; rows that do not fill a batch wait for the next. */
static rmf_status run_steps(rmf_classifier *c, const rmf_examples *e, uint64_t seed,
                            rmf_optimizer *optimizer, const rmf_progress *progress, int64_t *order)
{
    rmf_key key = rmf_key_fold(rmf_key_make(seed, RMF_STREAM_EVAL), 4);
    int64_t steps = step_count(c, e), per_epoch = e->n / c->rows;
    double loss = NAN;
    for (int64_t s = 0; s < steps; s++) {
        int64_t place = s % per_epoch * c->rows;
        if (place == 0)
            rmf_random_permutation(rmf_key_fold(key, (uint64_t)(s / per_epoch)), order, e->n);
        for (int64_t i = 0; i < c->rows; i++) {
            float *x = c->batch + i * c->features;
            see(c, e, order[place + i], e->n + s * c->rows + i, x); /* the first n: fit_inputs() */
            put_row(c, i, x);
            c->label[i] = e->set->label[e->row[order[place + i]]];
        }
        RMF_TRY(
            step(c, optimizer, learning_rate * rmf_schedule("cosine", s, steps, WARMUP), &loss));
        rmf_progress_event event = {.activity = "training the classifier",
                                    .done = s + 1,
                                    .total = steps,
                                    .unit = "steps",
                                    .loss = loss,
                                    .seconds_left = NAN};
        if (s % 16 == 0 && !rmf_progress_tell(progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "evaluation: stopped on request");
    }
    return isfinite(loss) ? RMF_OK
                          : rmf_fail(RMF_ERR_NUMERIC,
                                     "accuracy: the classifier's loss is not finite; expected "
                                     "features of moderate size");
}

static rmf_status train(rmf_classifier *c, const rmf_examples *e, uint64_t seed,
                        const rmf_progress *progress)
{
    rmf_optimizer_options options;
    rmf_optimizer *optimizer = NULL;
    int64_t *order = NULL;
    rmf_optimizer_options_init(&options);
    options.weight_decay = weight_decay;
    options.ema = 0;
    rmf_status s = rmf_optimizer_create(c->params, &options, &optimizer);
    if (s == RMF_OK) s = rmf_alloc((size_t)e->n, sizeof *order, (void **)&order);
    if (s == RMF_OK) s = run_steps(c, e, seed, optimizer, progress, order);
    rmf_free(order);
    rmf_optimizer_free(optimizer);
    return s;
}

static rmf_status create(rmf_classifier *c, const rmf_eval_options *options, bool training)
{
    size_t d = (size_t)c->features, rows = (size_t)c->rows, classes = (size_t)c->n_classes;
    RMF_TRY(rmf_alloc(d, sizeof(float), (void **)&c->mean));
    RMF_TRY(rmf_alloc(d, sizeof(float), (void **)&c->gain));
    RMF_TRY(rmf_alloc(rows * d, sizeof(float), (void **)&c->batch));
    RMF_TRY(rmf_alloc(rows * classes, sizeof(float), (void **)&c->logit));
    RMF_TRY(rmf_alloc(rows, sizeof(int32_t), (void **)&c->label));
    RMF_TRY(rmf_device_open(options->device ? options->device : "auto", &c->device));
    RMF_TRY(rmf_device_set_type(c->device, options->precision ? options->precision : "f32"));
    RMF_TRY(rmf_params_create(c->device, 1, &c->params));
    RMF_TRY(rmf_tape_create(c->params, training, &c->tape));
    RMF_TRY(build(c));
    return rmf_params_initialise(c->params, options->seed);
}

rmf_status rmf_classifier_create(const rmf_eval_options *options, int64_t rows, bool training,
                                 rmf_classifier **out)
{
    rmf_classifier *c = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *c, (void **)&c));
    c->features = options->features;
    c->rank = options->rank;
    memcpy(c->shape, options->shape, sizeof c->shape);
    c->n_classes = options->n_classes;
    c->rows = rows;
    c->training = training;
    rmf_status s = create(c, options, training);
    if (s == RMF_OK)
        *out = c;
    else
        rmf_classifier_free(c);
    return s;
}

rmf_classifier_parts rmf_classifier_inside(const rmf_classifier *c)
{
    return (rmf_classifier_parts){c->params, c->mean, c->gain};
}

rmf_status rmf_classifier_train(const rmf_eval_options *options, const rmf_examples *examples,
                                const rmf_progress *progress, rmf_classifier **out)
{
    rmf_classifier *c = NULL;
    if (examples->n < 1)
        return rmf_fail(RMF_ERR_NUMERIC, "accuracy: nothing to train a classifier on");
    RMF_TRY(rmf_classifier_create(options, examples->n < BATCH ? examples->n : BATCH, true, &c));
    rmf_status s = standardise(c, examples);
    if (s == RMF_OK) s = train(c, examples, options->seed, progress);
    if (s == RMF_OK)
        *out = c;
    else
        rmf_classifier_free(c);
    return s;
}

/* ---- use --------------------------------------------------------------------------------------
 */

/* Logits of objects x[0…count) in c->logit, count ≤ rows. */
static rmf_status forward_rows(rmf_classifier *c, const float *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        put_row(c, i, x + i * c->features);
    return forward(c);
}

rmf_status rmf_classifier_logits(rmf_classifier *c, const float *x, int64_t n, float *logit)
{
    for (int64_t first = 0; first < n; first += c->rows) {
        int64_t count = n - first < c->rows ? n - first : c->rows;
        RMF_TRY(forward_rows(c, x + first * c->features, count));
        memcpy(logit + first * c->n_classes, c->logit,
               (size_t)(count * c->n_classes) * sizeof *logit);
    }
    return RMF_OK;
}

rmf_status rmf_classifier_predict(rmf_classifier *c, const rmf_eval_set *set, int32_t *label)
{
    for (int64_t first = 0; first < set->n; first += c->rows) {
        int64_t count = set->n - first < c->rows ? set->n - first : c->rows;
        RMF_TRY(forward_rows(c, set->x + first * c->features, count));
        for (int64_t i = 0; i < count; i++) {
            const float *z = c->logit + i * c->n_classes;
            int best = 0;
            for (int k = 1; k < c->n_classes; k++)
                if (z[k] > z[best]) best = k;
            label[first + i] = best;
        }
    }
    return RMF_OK;
}

int64_t rmf_classifier_width(const rmf_classifier *c)
{
    return c->width;
}

rmf_status rmf_classifier_hidden(rmf_classifier *c, const float *x, int64_t n, float *out)
{
    /* Only a training tape keeps the layer's values, for the backward pass. */
    if (!c->training)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "classifier: created for use only; expected one that was trained here");
    for (int64_t first = 0; first < n; first += c->rows) {
        int64_t count = n - first < c->rows ? n - first : c->rows;
        RMF_TRY(forward_rows(c, x + first * c->features, count));
        RMF_TRY(c->device->ops->download(c->device, out + first * c->width,
                                         rmf_node_value(c->hidden),
                                         (size_t)(count * c->width) * sizeof *out));
    }
    return RMF_OK;
}
