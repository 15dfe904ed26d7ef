/* tests/tree/test_montecarlo.c – simulated discovery, and exact discovery against it. */
#include "ramify/data.h"
#include "support.h"
#include "tree/dendrogram.h"

/* The embedded digits, pixels 0…16 brought to [−1, 1]. */
static void open_digits(rmf_dataset *digits)
{
    OK(rmf_dataset_digits(digits));
    for (int64_t i = 0; i < digits->n * digits->features; i++)
        digits->x[i] = digits->x[i] / 8 - 1;
}

/* Σ and Σ² over simulated cosines of index-paired objects, from independent draws of noise. */
struct moments {
    double sum[100], square[100];
    int draws;
};

static void simulate(const rmf_simulation *s, double t, int draws, struct moments *m)
{
    const int n = s->data->n_names;
    double value[100];
    memset(m, 0, sizeof *m);
    m->draws = draws;
    for (int k = 0; k < draws; k++) {
        OK(rmf_simulate(s, t, (uint32_t)k, value));
        for (int i = 0; i < n; i++)
            for (int j = i; j < n; j++) {
                m->sum[i * n + j] += value[i * n + j];
                m->square[i * n + j] += value[i * n + j] * value[i * n + j];
            }
    }
}

/* What the simulation must give on average: ρ·ρ·cos of just these pairs of objects. */
static double expected_cosine(const rmf_simulation *s, int a, int b, double scale)
{
    const int64_t d = s->data->features, *start = s->picks->start;
    int64_t n = start[a + 1] - start[a], other = start[b + 1] - start[b];
    int64_t pairs = a == b ? n / 2 : n < other ? n : other;
    double sum = 0;
    for (int64_t k = 0; k < pairs; k++) {
        int64_t i = start[a] + k, j = a == b ? start[a] + n - 1 - k : start[b] + k;
        const float *x = s->data->x + s->picks->row[i] * d, *y = s->data->x + s->picks->row[j] * d;
        double dot = 0, p = s->picks->norm[i], q = s->picks->norm[j];
        for (int64_t f = 0; f < d; f++)
            dot += (double)x[f] * (double)y[f];
        sum += rmf_rho(scale * p, d) * rmf_rho(scale * q, d) * dot / (p * q);
    }
    return sum / (double)pairs;
}

/* The closed form of the expectation, on real digits: within the error of the simulation. */
static void test_simulation_has_the_closed_mean(void **state)
{
    (void)state;
    rmf_dataset digits;
    rmf_picks picks;
    open_digits(&digits);
    const rmf_labelled data = rmf_dataset_labelled(&digits);
    OK(rmf_picks_create(&data, 60, 1, &picks));
    rmf_simulation s = {&data, &picks, &vp, rmf_key_make(3, RMF_STREAM_DISCOVERY), NULL};
    s.noised = malloc(sizeof(float) * 600 * 64);
    assert_non_null(s.noised);
    double worst = 0, total = 0;
    int count = 0;
    for (int step = 1; step <= 9; step += 2) {
        struct moments m;
        double alpha, sigma;
        vp_kernel(NULL, step / 10.0, &alpha, &sigma);
        simulate(&s, step / 10.0, 24, &m);
        for (int i = 0; i < 10; i++)
            for (int j = i; j < 10; j++) {
                double mean = m.sum[i * 10 + j] / m.draws;
                double variance = m.square[i * 10 + j] / m.draws - mean * mean;
                double z = (mean - expected_cosine(&s, i, j, alpha / sigma)) /
                           sqrt(variance / (m.draws - 1));
                worst = fmax(worst, fabs(z));
                total += z * z;
                count++;
            }
    }
    assert_true(worst < 6); /* 275 values of Student's t with 23 degrees of freedom */
    NEAR(total / count, 1.1, 0.4);
    free(s.noised);
    rmf_picks_free(&picks);
    rmf_dataset_free(&digits);
}

/* All objects, all pairs: exact and simulated similarities differ by the choice of pairs only. */
static void test_exact_similarity_of_digits(void **state)
{
    (void)state;
    rmf_dataset digits;
    rmf_picks picks;
    rmf_sums *sums = NULL;
    double exact[100], simulated[100];
    open_digits(&digits);
    const rmf_labelled data = rmf_dataset_labelled(&digits);
    OK(rmf_picks_create(&data, 0, 0, &picks));
    OK(rmf_sums_create(&data, 0, 0, &sums));
    rmf_simulation s = {&data, &picks, &vp, rmf_key_make(5, RMF_STREAM_DISCOVERY), NULL};
    s.noised = malloc(sizeof(float) * (size_t)(data.n * 64));
    assert_non_null(s.noised);
    for (int step = 1; step <= 5; step++) {
        double alpha, sigma;
        vp_kernel(NULL, step / 6.0, &alpha, &sigma);
        OK(rmf_sums_similarity(sums, alpha, sigma, exact));
        OK(rmf_simulate(&s, step / 6.0, (uint32_t)step, simulated));
        for (int i = 0; i < 10; i++)
            for (int j = i; j < 10;
                 j++) /* a cosine's deviation is below 0.2; some 170 or 85 pairs */
                NEAR(exact[i * 10 + j], simulated[i * 10 + j], i == j ? 0.09 : 0.065);
    }
    free(s.noised);
    rmf_sums_free(sums);
    rmf_picks_free(&picks);
    rmf_dataset_free(&digits);
}

/* Well separated classes with many objects: the same tree, times within the simulation's error. */
static void test_same_tree(void **state)
{
    (void)state;
    static const int counts[] = {1500, 1501, 1499, 1500};
    cloud c = cloud_make(4, counts, 12, 0, 2);
    for (int i = 0; i < 6000; i++) /* two near pairs, far from each other */
        for (int j = 0; j < 12; j++)
            c.x[i * 12 + j] += (float)(j == c.label[i] / 2) * 4 + (float)(j == 4 + c.label[i]) * 2;
    for (int linkage = 0; linkage < 2; linkage++) {
        rmf_discovery o;
        rmf_tree *exact = NULL, *simulated = NULL;
        rmf_discovery_init(&o);
        o.linkage = (enum rmf_linkage)linkage;
        o.sibling_accuracy = 0;
        o.epsilon = 0.05;
        o.times = 151;
        o.smooth = 3;
        OK(rmf_discover(&c.data, &vp, &o, NULL, &exact));
        o.method = RMF_DISCOVER_MONTECARLO;
        OK(rmf_discover(&c.data, &vp, &o, NULL, &simulated));
        OK(rmf_tree_check(simulated));
        assert_same_tree(exact, simulated, 0.02);
        for (int m = 0; m < 3; m++) { /* on the grid */
            double time = rmf_tree_merge(simulated, m)->time * 150;
            NEAR(time, round(time), 1e-9);
        }
        rmf_tree_free(exact);
        rmf_tree_free(simulated);
    }
    cloud_free(&c);
}

static void test_seed_and_threads(void **state)
{
    (void)state;
    static const int counts[] = {25, 30, 20};
    cloud c = cloud_make(3, counts, 12, 0.7, 2);
    rmf_discovery o;
    rmf_tree *tree[3] = {NULL};
    rmf_discovery_init(&o);
    o.method = RMF_DISCOVER_MONTECARLO;
    o.sibling_accuracy = 0;
    o.epsilon = 0.05;
    o.times = 300;
    for (int k = 0; k < 3; k++) {
        o.seed = k == 2;
        rmf_threads_set(1 + k);
        OK(rmf_discover(&c.data, &vp, &o, NULL, &tree[k]));
    }
    rmf_threads_set(0);
    assert_same_tree(tree[0], tree[1], 0);
    assert_true(rmf_tree_branch(tree[0], 0)->t_start != rmf_tree_branch(tree[2], 0)->t_start);
    for (int k = 0; k < 3; k++)
        rmf_tree_free(tree[k]);
    o.times = 1000000; /* the curves of many classes would not fit */
    int many[200];
    for (int k = 0; k < 200; k++)
        many[k] = 2;
    cloud_free(&c);
    c = cloud_make(200, many, 2, 1, 1);
    static const char *names[200];
    for (int k = 0; k < 200; k++)
        names[k] = "x";
    c.data.names = names;
    assert_int_equal(rmf_discover(&c.data, &vp, &o, NULL, &tree[0]), RMF_ERR_UNSUPPORTED);
    assert_says("GiB; use the exact method");
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation_has_the_closed_mean),
        cmocka_unit_test(test_exact_similarity_of_digits),
        cmocka_unit_test(test_same_tree),
        cmocka_unit_test(test_seed_and_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
