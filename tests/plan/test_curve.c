/* tests/plan/test_curve.c – curves of trees: order, choice, given trees, files. */
#include "support.h"

#include "ramify/diffusion.h"
#include "ramify/io.h"

#include <jansson.h>
#include <unistd.h>

static rmf_curve_request request_of(const cloud *c, const rmf_noise *noise,
                                    const rmf_discovery *discovery)
{
    static const double level[] = {0.55, 0.9, 0.7};
    rmf_curve_request r = {.data = &c->data,
                           .noise = noise,
                           .source = "clouds",
                           .discovery = discovery,
                           .level = level,
                           .n_levels = COUNT(level)};
    rmf_ideal_options_init(&r.ideal);
    r.ideal.objects = 200;
    return r;
}

typedef struct setting {
    cloud c;
    rmf_sde sde;
    rmf_noise noise;
    rmf_discovery discovery;
    rmf_curve_request request;
} setting;

static void open_setting(setting *s)
{
    s->c = cloud_make(3, (const double[]){-2, 2, 6}, 500, 4);
    OK(rmf_sde_parse("vp:0.1,20", "test", &s->sde));
    s->noise = rmf_sde_noise(&s->sde);
    rmf_discovery_init(&s->discovery);
    s->request = request_of(&s->c, &s->noise, &s->discovery);
}

static void less_sharing_costs_more_and_errs_less(void **state)
{
    (void)state;
    setting s;
    rmf_curve *curve = NULL;
    open_setting(&s);
    OK(rmf_curve_make(&s.request, NULL, &curve));
    assert_int_equal(curve->n_points, 3);
    const double p[] = {0.9, 0.7, 0.55};
    for (int i = 0; i < 3; i++) {
        const rmf_curve_point *point = &curve->point[i];
        NEAR(point->sibling_accuracy, p[i], 0);
        NEAR(point->cost, rmf_tree_cost(point->tree), 0);
        NEAR(point->root_time, rmf_tree_branch(point->tree, 0)->t_start, 0);
        assert_true(point->first_time <= point->root_time);
        if (i > 0) {
            assert_true(point->cost > curve->point[i - 1].cost);
            assert_true(point->score.mean < curve->point[i - 1].score.mean);
        }
    }
    /* ε of a level is discovery's: the same tree. */
    const double level = curve->point[1].epsilon;
    rmf_curve *same = NULL;
    s.request.level = &level;
    s.request.n_levels = 1;
    s.request.level_is_epsilon = true;
    OK(rmf_curve_make(&s.request, NULL, &same));
    NEAR(same->point[0].sibling_accuracy, 0.7, 1e-12);
    NEAR(same->point[0].cost, curve->point[1].cost, 1e-9);
    NEAR(same->point[0].score.mean, curve->point[1].score.mean, 1e-6);
    rmf_curve_free(same);
    rmf_curve_free(curve);
    cloud_free(&s.c);
}

static void the_cheapest_good_tree_is_picked(void **state)
{
    (void)state;
    setting s;
    rmf_curve *curve = NULL;
    int point = -1;
    open_setting(&s);
    OK(rmf_curve_make(&s.request, NULL, &curve));
    OK(rmf_curve_pick(curve, 1e9, &point));
    assert_int_equal(point, 0);
    /* A margin between the second and the first point. */
    const double between = 0.5 * (curve->point[0].score.mean + curve->point[1].score.mean);
    OK(rmf_curve_pick(curve, between / curve->flat.mean - 1, &point));
    assert_int_equal(point, 1);
    curve->flat.mean *= 1e-6;
    assert_int_equal(rmf_curve_pick(curve, 0.1, &point), RMF_ERR_NUMERIC);
    assert_int_equal(point, 1);
    assert_says("no tree is within 0.1 of the flat floor");
    rmf_curve_free(curve);
    cloud_free(&s.c);
}

/* The choice is narrowed: halves of the interval between it and the neighbour that is not enough.
 */
static void the_choice_is_narrowed(void **state)
{
    (void)state;
    setting s;
    rmf_curve *plain = NULL, *curve = NULL, *fresh = NULL;
    int point = -1;
    open_setting(&s);
    OK(rmf_curve_make(&s.request, NULL, &plain));
    const double most = 0.5 * (plain->point[0].score.mean + plain->point[1].score.mean);
    for (int by_epsilon = 0; by_epsilon < 2; by_epsilon++) {
        double epsilon[3];
        for (int i = 0; i < 3; i++)
            epsilon[i] = plain->point[i].epsilon;
        s.request.level = by_epsilon ? epsilon : s.request.level;
        s.request.level_is_epsilon = by_epsilon;
        s.request.bisect = 3;
        s.request.margin = most / plain->flat.mean - 1;
        OK(rmf_curve_make(&s.request, NULL, &curve));
        assert_int_equal(curve->n_points, 6);
        OK(rmf_curve_pick(curve, s.request.margin, &point));
        const rmf_curve_point *p = &curve->point[point];
        assert_true(p->score.mean <= most && p[-1].score.mean > most);
        NEAR(p[-1].sibling_accuracy - p->sibling_accuracy, (0.9 - 0.7) / 8, 1e-9);
        assert_true(p->cost <= plain->point[1].cost);
        for (int i = 1; i < 6; i++)
            assert_true(curve->point[i].sibling_accuracy < curve->point[i - 1].sibling_accuracy);
        rmf_curve_request one = s.request;
        one.bisect = 0;
        one.level = by_epsilon ? &p->epsilon : &p->sibling_accuracy;
        one.n_levels = 1;
        OK(rmf_curve_make(&one, NULL, &fresh));
        NEAR(fresh->point[0].score.mean, p->score.mean, 0);
        NEAR(fresh->point[0].cost, p->cost, 0);
        rmf_curve_free(fresh);
        rmf_curve_free(curve);
    }
    /* Nothing to narrow: all are good enough, or none is. */
    const double margins[] = {1e9, -1};
    for (int i = 0; i < 2; i++) {
        s.request.margin = margins[i];
        OK(rmf_curve_make(&s.request, NULL, &curve));
        assert_int_equal(curve->n_points, 3);
        rmf_curve_free(curve);
    }
    rmf_curve_free(plain);
    cloud_free(&s.c);
}

/* A tree that was given counts its classes in another order and is found out by name. */
static void given_trees_are_matched_by_name(void **state)
{
    (void)state;
    static const char *const turned[] = {"c", "a", "b"}, *const wrong[] = {"c", "a", "x"};
    static const int all[] = {0, 1, 2}, pair[] = {1, 2};
    const rmf_branch_spec specs[] = {{3, all, 0.5, 1, NAN},
                                     {2, pair, 0.2, 0.5, NAN},
                                     {1, &all[0], 0, 0.5, NAN},
                                     {1, &all[1], 0, 0.2, NAN},
                                     {1, &all[2], 0, 0.2, NAN}};
    setting s;
    rmf_curve *curve = NULL;
    rmf_tree *tree = NULL;
    const char *name = "own.json";
    open_setting(&s);
    OK(rmf_tree_create(3, turned, 1, COUNT(specs), specs, &tree));
    s.request.tree = (const rmf_tree *const[]){tree};
    s.request.tree_name = &name;
    s.request.n_trees = 1;
    s.request.n_levels = 0;
    OK(rmf_curve_make(&s.request, NULL, &curve));
    const rmf_curve_point *point = &curve->point[0];
    assert_string_equal(point->name, "own.json");
    assert_string_equal(rmf_tree_class_name(point->tree, 0), "a");
    NEAR(rmf_tree_branch(point->tree, rmf_tree_common(point->tree, 0, 1))->t_start, 0.2, 0);
    NEAR(rmf_tree_branch(point->tree, rmf_tree_common(point->tree, 0, 2))->t_start, 0.5, 0);
    NEAR(point->first_time, 0.2, 0);
    rmf_curve_free(curve);
    rmf_tree_free(tree);
    curve = NULL;
    OK(rmf_tree_create(3, wrong, 1, COUNT(specs), specs, &tree));
    s.request.tree = (const rmf_tree *const[]){tree};
    assert_int_equal(rmf_curve_make(&s.request, NULL, &curve), RMF_ERR_USAGE);
    assert_says("own.json: class \"x\" is not in the data");
    assert_null(curve);
    rmf_tree_free(tree);
    cloud_free(&s.c);
}

static void files_hold_the_curve(void **state)
{
    (void)state;
    setting s;
    rmf_curve *curve = NULL;
    json_t *json = NULL;
    char *table = NULL, *svg = NULL;
    size_t size;
    open_setting(&s);
    OK(rmf_curve_make(&s.request, NULL, &curve));
    OK(rmf_curve_to_json(curve, 1, &json));
    assert_string_equal(json_string_value(json_object_get(json, "format")), "ramify-plan");
    assert_int_equal(json_integer_value(json_object_get(json, "picked")), 1);
    const json_t *point = json_array_get(json_object_get(json, "points"), 2);
    NEAR(json_number_value(json_object_get(point, "mean")), curve->point[2].score.mean, 0);
    rmf_tree *tree = NULL;
    OK(rmf_tree_from_json(json_object_get(point, "tree"), &tree));
    NEAR(rmf_tree_cost(tree), curve->point[2].cost, 1e-9);
    rmf_tree_free(tree);
    json_decref(json);
    OK(rmf_curve_table(curve, 1, &table));
    assert_non_null(strstr(table, "\n* p 0.7 "));
    assert_non_null(strstr(table, "no sharing"));
    rmf_free(table);
    OK(rmf_curve_write_svg(curve, 1, "curve.svg", true));
    assert_int_equal(rmf_curve_write_svg(curve, 1, "curve.svg", false), RMF_ERR_EXISTS);
    OK(rmf_file_read("curve.svg", 0, &svg, &size));
    assert_non_null(strstr(svg, "p 0.55</text>"));
    assert_null(strstr(svg, "nan"));
    assert_non_null(strstr(svg, "</svg>"));
    rmf_free(svg);
    unlink("curve.svg");
    rmf_curve_free(curve);
    cloud_free(&s.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_sharing_costs_more_and_errs_less),
        cmocka_unit_test(the_cheapest_good_tree_is_picked),
        cmocka_unit_test(the_choice_is_narrowed),
        cmocka_unit_test(given_trees_are_matched_by_name),
        cmocka_unit_test(files_hold_the_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
