/* route/measure.c – how well a head knows objects that it has not seen, and whether it means what
 * it says. */
#include "route/heads.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* Every object is noised so often, and confidences fall into so many bins. */
enum { NOISES = 8, BINS = 10 };

typedef struct tally {
    double log_loss, chance, right;
    double count[BINS], confidence[BINS], correct[BINS];
} tally;

static void count_one(tally *t, const double *p, int children, int truth, const double *share)
{
    int best = 0;
    for (int k = 1; k < children; k++)
        if (p[k] > p[best]) best = k;
    const int bin = p[best] < 1 ? (int)(p[best] * BINS) : BINS - 1;
    t->log_loss -= log(fmax(p[truth], 1e-300));
    t->chance -= log(fmax(share[truth], 1e-300));
    t->right += best == truth;
    t->count[bin]++;
    t->confidence[bin] += p[best];
    t->correct[bin] += best == truth;
}

static void fill_report(const tally *t, double n, rmf_head_report *report)
{
    report->log_loss = t->log_loss / n;
    report->chance = t->chance / n;
    report->accuracy = t->right / n;
    report->calibration_error = 0;
    for (int b = 0; b < BINS; b++) /* a bin's share times |confidence − accuracy| */
        report->calibration_error += fabs(t->confidence[b] - t->correct[b]) / n;
}

static rmf_status run_test(rmf_heads *h, int head, const rmf_head_test *test, rmf_head_noise *noise,
                           float *x, double *p, tally *t)
{
    const int children = rmf_head_options(h, head).n_classes;
    const int64_t d = noise->features, all = test->n * NOISES;
    for (int64_t first = 0; first < all; first += RMF_HEAD_ROWS) {
        const int64_t n = all - first < RMF_HEAD_ROWS ? all - first : RMF_HEAD_ROWS;
        for (int64_t i = 0; i < n; i++) {
            const int64_t object = test->row[(first + i) / NOISES];
            memcpy(x + i * d, test->x + object * d, (size_t)d * sizeof *x);
            rmf_head_noise_add(noise, (uint64_t)(first + i), x + i * d);
        }
        RMF_TRY(rmf_head_probabilities(h, head, x, n, p));
        for (int64_t i = 0; i < n; i++)
            count_one(t, p + i * children, children, test->child[test->row[(first + i) / NOISES]],
                      test->share);
    }
    return RMF_OK;
}

rmf_status rmf_head_measure(rmf_heads *h, int head, const rmf_head_test *test)
{
    const size_t children = (size_t)rmf_head_options(h, head).n_classes;
    rmf_head_noise noise;
    float *x = NULL;
    double *p = NULL;
    tally t = {0};
    h->report[head].tested = test->n;
    if (test->n == 0) return RMF_OK;
    RMF_TRY(rmf_head_noise_create(h, head, test->seed, 2, &noise));
    rmf_status s = rmf_alloc(RMF_HEAD_ROWS, (size_t)noise.features * sizeof *x, (void **)&x);
    if (s == RMF_OK) s = rmf_alloc(RMF_HEAD_ROWS, children * sizeof *p, (void **)&p);
    if (s == RMF_OK) s = run_test(h, head, test, &noise, x, p, &t);
    if (s == RMF_OK) fill_report(&t, (double)(test->n * NOISES), &h->report[head]);
    rmf_free(noise.z);
    rmf_free(x);
    rmf_free(p);
    return s;
}

/* ---- as table and JSON ---- */

static void print_names(FILE *to, const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    for (int k = 0; k < b->n_children; k++) {
        const rmf_branch *child = rmf_tree_branch(tree, b->children[k]);
        for (int i = 0; i < child->n_classes; i++)
            fprintf(to, "%s%s",
                    i   ? ", "
                    : k ? " | "
                        : "",
                    rmf_tree_class_name(tree, child->classes[i]));
    }
}

rmf_status rmf_heads_table(const rmf_heads *heads, char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("router: no memory for its table", &text));
    FILE *to = text.to;
    fprintf(to, "%6s  %7s  %6s  %8s  %8s  %8s  %11s  %s\n", "time", "trained", "tested", "log-loss",
            "chance", "accuracy", "calibration", "children");
    for (int i = 0; i < heads->n; i++) {
        const rmf_head_report *r = &heads->report[i];
        fprintf(to, "%6.3f  %7lld  %6lld  ", r->time, (long long)r->trained, (long long)r->tested);
        if (r->tested > 0)
            fprintf(to, "%8.4f  %8.4f  %8.4f  %11.4f  ", r->log_loss, r->chance, r->accuracy,
                    r->calibration_error);
        else
            fprintf(to, "%8s  %8s  %8s  %11s  ", "-", "-", "-", "-");
        print_names(to, rmf_model_tree(heads->model), r->branch);
        fprintf(to, "\n");
    }
    return rmf_text_end(&text, out);
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *children_json(const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    json_t *children = json_array();
    for (int k = 0; k < b->n_children; k++) {
        const rmf_branch *child = rmf_tree_branch(tree, b->children[k]);
        json_t *names = json_array();
        for (int i = 0; i < child->n_classes; i++)
            json_array_append_new(names, json_string(rmf_tree_class_name(tree, child->classes[i])));
        json_array_append_new(children, names);
    }
    return children;
}

rmf_status rmf_heads_to_json(const rmf_heads *heads, json_t **out)
{
    json_t *list = json_array();
    for (int i = 0; i < heads->n; i++) {
        const rmf_head_report *r = &heads->report[i];
        json_array_append_new(
            list,
            json_pack("{s:i, s:f, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "branch", r->branch, "time",
                      r->time, "children", children_json(rmf_model_tree(heads->model), r->branch),
                      "trained", (json_int_t)r->trained, "tested", (json_int_t)r->tested,
                      "log_loss", number(r->log_loss), "chance", number(r->chance), "accuracy",
                      number(r->accuracy), "calibration_error", number(r->calibration_error)));
    }
    json_t *object =
        json_pack("{s:s, s:i, s:I, s:I, s:o}", "format", "ramify-router", "version", 1, "seed",
                  (json_int_t)heads->seed, "steps", (json_int_t)heads->steps, "heads", list);
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "router: no memory left for its JSON");
    *out = object;
    return RMF_OK;
}
