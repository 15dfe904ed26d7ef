/* tests/tree/test_attach.c – where a new class leaves a tree: the place that sums give it, and sums
 * joined. */
#include "support.h"
#include "tree/sums.h"

/* ---- sums ---- */

/* The objects of classes first … last − 1, labels from 0. */
static rmf_labelled part(const cloud *c, int first, int last)
{
    int64_t from = 0, to;
    while (c->data.label[from] < first)
        from++;
    for (to = from; to < c->data.n && c->data.label[to] < last; to++)
        c->label[to] -= first;
    return (rmf_labelled){to - from,       c->data.features, c->x + from * c->data.features,
                          c->label + from, last - first,     digit_names + first};
}

static void scale(const rmf_labelled *part, const cloud *c, float factor)
{
    float *x = c->x + (part->x - c->x);
    for (int64_t i = 0; i < part->n * part->features; i++)
        x[i] *= factor;
}

static void joined_sums_are_those_of_all_objects(void **state)
{
    (void)state;
    static const int count[] = {20, 35, 15, 25};
    static const float factors[] = {1, 0.01f, 40}; /* norms inside and far outside of the range */
    for (int f = 0; f < COUNT(factors); f++) {
        cloud all = cloud_make(4, count, 12, 0.7, 5), parts = cloud_make(4, count, 12, 0.7, 5);
        rmf_labelled tail = {25, 12, all.x + 70 * 12, NULL, 1, NULL};
        scale(&tail, &all, factors[f]);
        rmf_labelled old = part(&parts, 0, 3), new = part(&parts, 3, 4);
        scale(&new, &parts, factors[f]);
        rmf_sums *whole = NULL, *a = NULL, *b = NULL, *joined = NULL;
        OK(rmf_sums_create(&all.data, 0, 0, &whole));
        OK(rmf_sums_create(&old, 0, 0, &a));
        OK(rmf_sums_create(&new, 0, 0, &b));
        OK(rmf_sums_join(a, b, &joined));
        for (int i = 0; i <= 20; i++) {
            double alpha, sigma, x[16], y[16];
            vp_kernel(NULL, i == 0 ? 1e-3 : i / 20.0, &alpha, &sigma);
            OK(rmf_sums_similarity(whole, alpha, sigma, x));
            OK(rmf_sums_similarity(joined, alpha, sigma, y));
            for (int k = 0; k < 16; k++)
                NEAR(x[k], y[k], 2e-8);
        }
        rmf_sums_free(whole);
        rmf_sums_free(a);
        rmf_sums_free(b);
        rmf_sums_free(joined);
        cloud_free(&all);
        cloud_free(&parts);
    }
}

static void sums_of_other_objects_are_refused(void **state)
{
    (void)state;
    static const int count[] = {5, 5};
    cloud a = cloud_make(2, count, 4, 1, 1), b = cloud_make(2, count, 5, 1, 1);
    rmf_sums *x = NULL, *y = NULL, *joined = NULL;
    OK(rmf_sums_create(&a.data, 0, 0, &x));
    OK(rmf_sums_create(&b.data, 0, 0, &y));
    assert_int_equal(rmf_sums_join(x, y, &joined), RMF_ERR_FORMAT);
    assert_says("4 and 5 features");
    rmf_sums_free(x);
    rmf_sums_free(y);
    cloud_free(&a);
    cloud_free(&b);
}

/* ---- the place ---- */

/* Old classes 0 … n − 2 as a tree with sums of all n classes. */
typedef struct scene {
    cloud all, parts;
    rmf_discovery options;
    rmf_tree *whole, *old;
    rmf_sums *sums;
} scene;

static void scene_make(scene *s, enum rmf_linkage linkage, uint64_t seed)
{
    static const int count[] = {40, 30, 50, 35, 45};
    rmf_sums *a = NULL, *b = NULL;
    *s = (scene){.all = cloud_make(5, count, 10, 0.8, seed),
                 .parts = cloud_make(5, count, 10, 0.8, seed)};
    rmf_discovery_init(&s->options);
    s->options.linkage = linkage;
    rmf_labelled old = part(&s->parts, 0, 4), new = part(&s->parts, 4, 5);
    s->whole = discover(&s->all.data, &s->options);
    s->old = discover(&old, &s->options);
    OK(rmf_sums_create(&old, 0, 0, &a));
    OK(rmf_sums_create(&new, 0, 0, &b));
    OK(rmf_sums_join(a, b, &s->sums));
    rmf_sums_free(a);
    rmf_sums_free(b);
}

static void scene_free(scene *s)
{
    rmf_tree_free(s->whole);
    rmf_tree_free(s->old);
    rmf_sums_free(s->sums);
    cloud_free(&s->all);
    cloud_free(&s->parts);
}

static rmf_attach question(const scene *s)
{
    return (rmf_attach){.name = "4",
                        .tree = s->old,
                        .sums = s->sums,
                        .noise = &vp,
                        .options = &s->options,
                        .time = NAN};
}

/* Single linkage: it leaves the tree when discovery of all classes would have it leave. */
static void the_place_is_that_of_discovery(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        scene s;
        rmf_attachment at;
        scene_make(&s, RMF_LINKAGE_SINGLE, seed);
        rmf_attach attach = question(&s);
        OK(rmf_attach_find(&attach, &at));
        const rmf_branch *leaf = rmf_tree_branch(s.whole, rmf_tree_leaf(s.whole, 4));
        NEAR(at.time, leaf->t_end, 1e-7);
        const rmf_branch *b = rmf_tree_branch(s.old, at.branch);
        assert_true(at.time >= b->t_start && at.time <= b->t_end);
        rmf_tree *made = extended(s.old, "4", at.nearest, at.time, rmf_tree_branch_count(s.old));
        assert_int_equal(at.branch, rmf_tree_find(s.old, at.nearest, at.time));
        rmf_tree_free(made);
        scene_free(&s);
    }
}

/* By its definition, at one time: half the squared distance of pooled means, pairs of an object
 * with itself left out, is D_ij of rmf_sums_similarity() where the branch is a leaf. */
static void the_fit_is_the_distance_of_pooled_means(void **state)
{
    (void)state;
    scene s;
    rmf_attachment at;
    scene_make(&s, RMF_LINKAGE_SINGLE, 3);
    for (int c = 0; c < 4; c++) {
        double alpha, sigma, x[25];
        const double t = 0.9 * rmf_tree_branch(s.old, rmf_tree_leaf(s.old, c))->t_end;
        rmf_attach attach = question(&s);
        attach.time = t;
        attach.n_from = 1;
        attach.from = &c;
        OK(rmf_attach_find(&attach, &at));
        assert_int_equal(at.branch, rmf_tree_leaf(s.old, c));
        assert_int_equal(at.nearest, c);
        vp_kernel(NULL, t, &alpha, &sigma);
        OK(rmf_sums_similarity(s.sums, alpha, sigma, x));
        NEAR(at.distance, 0.5 * (x[c * 5 + c] + x[24]) - x[c * 5 + 4], 1e-10);
    }
    double gap = 2 * rmf_normal_quantile(0.6);
    NEAR(at.epsilon, gap * gap / 20, 1e-12);
    scene_free(&s);
}

static void centroid_linkage_asks_whole_branches(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        scene s;
        rmf_attachment at;
        scene_make(&s, RMF_LINKAGE_CENTROID, seed);
        rmf_attach attach = question(&s);
        OK(rmf_attach_find(&attach, &at));
        const rmf_branch *b = rmf_tree_branch(s.old, at.branch);
        /* Inside a branch the class is just at ε from its classes pooled. */
        if (at.time > b->t_start) NEAR(at.distance, at.epsilon, 1e-9);
        scene_free(&s);
    }
}

static void part_of_the_place_may_be_given(void **state)
{
    (void)state;
    scene s;
    rmf_attachment at;
    scene_make(&s, RMF_LINKAGE_SINGLE, 1);
    static const int all[] = {0, 1, 2, 3}, one[] = {2};
    rmf_attach attach = question(&s);
    const double root = rmf_tree_branch(s.old, 0)->t_start;
    attach.n_from = 4;
    attach.from = all;
    OK(rmf_attach_find(&attach, &at)); /* the branch given, the time found */
    assert_int_equal(at.branch, 0);
    assert_true(at.time >= root);
    attach.n_from = 0;
    attach.time = 0.9; /* the time given, the branch found */
    OK(rmf_attach_find(&attach, &at));
    assert_int_equal(at.branch, 0);
    NEAR(at.time, 0.9, 0);
    attach.sums = NULL;
    assert_int_equal(rmf_attach_find(&attach, &at), RMF_ERR_ARGUMENT);
    attach.n_from = 1; /* both: no sums needed, but then nothing is known of the fit */
    attach.from = one;
    attach.time = 0.01;
    OK(rmf_attach_find(&attach, &at));
    assert_int_equal(at.branch, rmf_tree_leaf(s.old, 2));
    assert_true(isnan(at.distance) && at.nearest == -1);
    scene_free(&s);
}

static void impossible_places_are_refused(void **state)
{
    (void)state;
    scene s;
    rmf_attachment at;
    scene_make(&s, RMF_LINKAGE_SINGLE, 2);
    static const int pair[] = {0, 3};
    rmf_attach attach = question(&s);
    attach.options = &(rmf_discovery){.epsilon = 1e-12, .times = 1000};
    assert_int_equal(rmf_attach_find(&attach, &at), RMF_ERR_NUMERIC);
    assert_says("still");
    attach.options = &(rmf_discovery){.epsilon = 5, .times = 1000};
    assert_int_equal(rmf_attach_find(&attach, &at), RMF_ERR_NUMERIC);
    assert_says("at t = 0 already");
    attach.options = &(rmf_discovery){.epsilon = 5, .times = 1000, .min_branch_time = 0.1};
    OK(rmf_attach_find(&attach, &at));
    assert_true(at.time >= 0.1);
    attach = question(&s);
    attach.n_from = 2;
    attach.from = pair;
    if (rmf_tree_branch(s.old, rmf_tree_common(s.old, 0, 3))->n_classes != 2) {
        assert_int_equal(rmf_attach_find(&attach, &at), RMF_ERR_USAGE);
        assert_says("no branch holds just the classes 0, 3");
    }
    attach = question(&s);
    attach.name = "nobody";
    assert_int_equal(rmf_attach_find(&attach, &at), RMF_ERR_FORMAT);
    assert_says("no class \"nobody\"");
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_sums_are_those_of_all_objects),
        cmocka_unit_test(sums_of_other_objects_are_refused),
        cmocka_unit_test(the_place_is_that_of_discovery),
        cmocka_unit_test(the_fit_is_the_distance_of_pooled_means),
        cmocka_unit_test(centroid_linkage_asks_whole_branches),
        cmocka_unit_test(part_of_the_place_may_be_given),
        cmocka_unit_test(impossible_places_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
