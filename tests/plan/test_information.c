/*
 * tests/plan/test_information.c – where classes come apart, for Gaussian classes with exact scores.
 *
 * Of N(m_a, s²·I) and N(m_b, s²·I) the scores at t differ by α·(m_a − m_b)/v, v = α²s² + σ², at
 * every state, and the divergence is α²‖m_a − m_b‖²/2v.
 */
#include "diffusion/mixture.h"

#include <jansson.h>

#include "ramify/plan.h"

enum { EACH = 300, FEATURES = 3 };

typedef struct setting {
    mixture m;
    float *x;
    int32_t *label;
    rmf_labelled real;
    rmf_information_request request;
} setting;

static const int all[] = {0, 1, 2};
static const rmf_branch_spec pair[] = {
    {2, all, 0.6, 1, NAN}, {1, &all[0], 0, 0.6, NAN}, {1, &all[1], 0, 0.6, NAN}};

/* Classes of the mixture, all with the deviation s unless it is 0. */
static void open_setting(setting *s, const char *process, int classes, int n,
                         const rmf_branch_spec *specs, double deviation)
{
    static const char *const turned[] = {"b", "a",
                                         "c"}; /* the data count their classes otherwise */
    mixture_init(&s->m, process, classes, FEATURES, n, specs);
    s->x = malloc(sizeof(float) * (size_t)classes * EACH * FEATURES);
    s->label = malloc(sizeof(int32_t) * (size_t)classes * EACH);
    for (int i = 0; i < classes * EACH; i++) {
        const int class = i % classes;
        s->label[i] = class == 2 ? 2 : 1 - class;
        rmf_random_normal(rmf_key_make(5, 1), (uint64_t)i, 0, s->x + i * FEATURES, FEATURES);
        for (int j = 0; j < FEATURES; j++) {
            if (deviation > 0) s->m.deviation[class][j] = deviation;
            float *x = &s->x[i * FEATURES + j];
            *x = (float)(s->m.mean[class][j] + s->m.deviation[class][j] * *x);
        }
    }
    s->real = (rmf_labelled){classes * EACH, FEATURES, s->x, s->label, classes, turned};
    s->request = (rmf_information_request){.tree = s->m.tree,
                                           .sde = &s->m.sde,
                                           .score = &s->m.score,
                                           .real = &s->real,
                                           .count = 20,
                                           .times = 9,
                                           .t_start = 0.001};
}

static void close_setting(setting *s)
{
    rmf_tree_free(s->m.tree);
    free(s->x);
    free(s->label);
}

static double gap(const setting *s, int a, int b)
{
    double sum = 0;
    for (int j = 0; j < FEATURES; j++)
        sum += pow(s->m.mean[a][j] - s->m.mean[b][j], 2);
    return sum;
}

/* ‖σ·(score_a − score_b)‖² for ‖m_a − m_b‖² = square. */
static double exact_square(const setting *s, double square, double t, double deviation)
{
    double alpha, sigma;
    s->m.sde.ops->kernel(&s->m.sde, t, &alpha, &sigma);
    const double v = alpha * alpha * deviation * deviation + sigma * sigma;
    return pow(alpha * sigma / v, 2) * square;
}

static double divergence(const setting *s, double t, double deviation)
{
    double alpha, sigma;
    s->m.sde.ops->kernel(&s->m.sde, t, &alpha, &sigma);
    return alpha * alpha * gap(s, 0, 1) /
           (2 * (alpha * alpha * deviation * deviation + sigma * sigma));
}

static void shifted_classes(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "discrete"};
    for (int p = 0; p < COUNT(processes); p++) {
        setting s;
        rmf_information *information = NULL;
        open_setting(&s, processes[p], 2, COUNT(pair), pair, 0.5);
        s.request.times = 200;
        assert_ok(rmf_information_measure(&s.request, NULL, &information));
        assert_int_equal(information->n_points, 1);
        const rmf_information_point *point = &information->point[0];
        assert_int_equal(point->branch, 0);
        assert_in_range(point->n_rows, 100, 200); /* whole steps are fewer */
        assert_near(point->row[0].time, 0.6, 0);
        assert_near(point->row[point->n_rows - 1].time, 0.001, 0);
        for (int k = 0; k < point->n_rows; k++) {
            const rmf_information_row *row = &point->row[k];
            const double square = exact_square(&s, gap(&s, 0, 1), row->time, 0.5);
            assert_near(row->difference / sqrt(square), 1, 2e-3);
            assert_near(row->nats, divergence(&s, row->time, 0.5) - divergence(&s, 0.6, 0.5),
                        0.003 * divergence(&s, 0, 0.5));
            assert_true(k == 0 || row->time < row[-1].time);
        }
        rmf_information_free(information);
        close_setting(&s);
    }
}

/* Classes of other widths: scores differ from state to state, and what comes in is the mean of both
 * divergences, Σ_j ½(v_a/v_b + v_b/v_a)/2 − ½ + α²(m_a − m_b)²·(1/v_a + 1/v_b)/4. */
static void classes_of_other_widths(void **state)
{
    (void)state;
    setting s;
    rmf_information *information = NULL;
    double want[2] = {0};
    open_setting(&s, "vp", 2, COUNT(pair), pair, 0);
    s.request.times = 80;
    s.request.count = 3 * EACH; /* every object three times, with other noise */
    assert_ok(rmf_information_measure(&s.request, NULL, &information));
    const rmf_information_point *point = &information->point[0];
    for (int k = 0; k < 2; k++) {
        double alpha, sigma;
        s.m.sde.ops->kernel(&s.m.sde, k ? 0.001 : 0.6, &alpha, &sigma);
        for (int j = 0; j < FEATURES; j++) {
            const double a = pow(alpha * s.m.deviation[0][j], 2) + sigma * sigma;
            const double b = pow(alpha * s.m.deviation[1][j], 2) + sigma * sigma;
            const double apart = alpha * (s.m.mean[0][j] - s.m.mean[1][j]);
            want[k] += 0.25 * (a / b + b / a) - 0.5 + apart * apart * (1 / a + 1 / b) / 4;
        }
    }
    assert_near(point->row[point->n_rows - 1].nats, want[1] - want[0], 0.06 * want[1]);
    rmf_information_free(information);
    close_setting(&s);
}

/* a parts from b and c at 0.6, these at 0.4; in a star all part at once.  Pairs of classes count as
 * they part. */
static void three_classes(void **state)
{
    (void)state;
    static const rmf_branch_spec nested[] = {{3, all, 0.6, 1, NAN},
                                             {2, &all[1], 0.4, 0.6, NAN},
                                             {1, &all[0], 0, 0.6, NAN},
                                             {1, &all[1], 0, 0.4, NAN},
                                             {1, &all[2], 0, 0.4, NAN}};
    static const rmf_branch_spec star[] = {{3, all, 0.6, 1, NAN},
                                           {1, &all[0], 0, 0.6, NAN},
                                           {1, &all[1], 0, 0.6, NAN},
                                           {1, &all[2], 0, 0.6, NAN}};
    for (int k = 0; k < 2; k++) {
        setting s;
        rmf_information *information = NULL;
        open_setting(&s, "vp", 3, k ? COUNT(star) : COUNT(nested), k ? star : nested, 0.5);
        assert_ok(rmf_information_measure(&s.request, NULL, &information));
        assert_int_equal(information->n_points, k ? 1 : 2);
        const double ab = gap(&s, 0, 1), ac = gap(&s, 0, 2), bc = gap(&s, 1, 2);
        for (int i = 0; i < information->n_points; i++) {
            const rmf_information_point *point = &information->point[i];
            const double square = k ? (ab + ac + bc) / 3 : i == 0 ? (ab + ac) / 2 : bc;
            assert_near(point->row[0].time, i == 0 ? 0.6 : 0.4, 0);
            for (int r = 0; r < point->n_rows; r++) {
                const double t = point->row[r].time;
                if (k == 0 && i == 0 && t > 0.4) continue; /* b and c are a mixture there */
                assert_near(pow(point->row[r].difference, 2) / exact_square(&s, square, t, 0.5), 1,
                            4e-3);
            }
        }
        rmf_information_free(information);
        close_setting(&s);
    }
}

static void says_what_it_found(void **state)
{
    (void)state;
    setting s;
    rmf_information *information = NULL;
    char *text = NULL;
    json_t *json = NULL;
    open_setting(&s, "vp", 2, COUNT(pair), pair, 0.5);
    s.request.times = 3;
    assert_ok(rmf_information_measure(&s.request, NULL, &information));
    assert_ok(rmf_information_table(information, s.m.tree, &text));
    assert_non_null(strstr(text, "\na | b\n  0.6000  "));
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 5);
    assert_ok(rmf_information_to_json(information, s.m.tree, &json));
    const json_t *point = json_array_get(json_object_get(json, "branch_points"), 0);
    const json_t *rows = json_object_get(point, "rows");
    assert_string_equal(json_string_value(json_object_get(json, "format")), "ramify-information");
    assert_int_equal(json_integer_value(json_object_get(json, "count")), 20);
    assert_int_equal(json_array_size(json_object_get(point, "siblings")), 2);
    assert_int_equal(json_array_size(rows), 3);
    assert_near(json_number_value(json_object_get(json_array_get(rows, 2), "nats")),
                information->point[0].row[2].nats, 0);
    json_decref(json);
    rmf_free(text);
    rmf_information_free(information);
    close_setting(&s);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    (void)context;
    return event->done < 3;
}

static void refuses(void **state)
{
    (void)state;
    static const char *const others[] = {"b", "x"};
    const rmf_progress progress = {.report = stop};
    setting s;
    rmf_information *information = NULL;
    open_setting(&s, "vp", 2, COUNT(pair), pair, 0.5);
    assert_int_equal(rmf_information_measure(&s.request, &progress, &information),
                     RMF_ERR_INTERRUPTED);
    s.request.times = 1;
    assert_int_equal(rmf_information_measure(&s.request, NULL, &information), RMF_ERR_ARGUMENT);
    s.request.times = 2;
    s.real.names = others;
    assert_int_equal(rmf_information_measure(&s.request, NULL, &information), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "class \"a\" has 0 real objects; expected at least 1"));
    assert_null(information);
    close_setting(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shifted_classes), cmocka_unit_test(classes_of_other_widths),
        cmocka_unit_test(three_classes),   cmocka_unit_test(says_what_it_found),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
