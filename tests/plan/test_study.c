/* tests/plan/test_study.c – trees from different samples: what each group holds, distances, files.
 */
#include "support.h"

#include "ramify/diffusion.h"
#include "ramify/io.h"

#include <jansson.h>

enum { MONTECARLO = 3, BOOTSTRAP = 4, RANDOM = 5, LEVELS = 2 };
#define OWN "own [1], \"x\".json" /* what Newick comments and CSV must not trip over */

typedef struct setting {
    cloud c;
    rmf_sde sde;
    rmf_noise noise;
    rmf_discovery discovery;
    rmf_tree *own;
    rmf_topology *topology;
    rmf_study_request request;
} setting;

static const char *const own_name = OWN;

static void open_setting(setting *s)
{
    static const double level[LEVELS] = {0.7, 0.9};
    static const char *const turned[] = {"d", "b", "a", "c"};
    s->c = cloud_make(4, (const double[]){-3, -1, 2, 6}, 60, 6);
    OK(rmf_sde_parse("vp:0.1,20", "test", &s->sde));
    s->noise = rmf_sde_noise(&s->sde);
    rmf_discovery_init(&s->discovery);
    s->discovery.times = 200;
    s->discovery.seed = 7;
    OK(rmf_tree_star(4, turned, 0.7, 1, &s->own));
    OK(rmf_topology_from_newick("((a,d),(b,c));", "own.nwk", &s->topology));
    s->request = (rmf_study_request){.data = &s->c.data,
                                     .noise = &s->noise,
                                     .source = "clouds",
                                     .discovery = &s->discovery,
                                     .montecarlo = MONTECARLO,
                                     .bootstrap = BOOTSTRAP,
                                     .random = RANDOM,
                                     .objects = 20,
                                     .level = level,
                                     .n_levels = LEVELS,
                                     .linkages = true,
                                     .given = (const rmf_tree *const *)&s->own,
                                     .given_name = &own_name,
                                     .n_given = 1,
                                     .topology = (const rmf_topology *const *)&s->topology,
                                     .n_topologies = 1};
}

static void close_setting(setting *s)
{
    rmf_tree_free(s->own);
    rmf_topology_free(s->topology);
    cloud_free(&s->c);
}

/* The tree that these options give is the study's tree of that name. */
static void assert_tree(const setting *s, const rmf_study *study, const char *name,
                        const rmf_discovery *options)
{
    rmf_tree *tree = NULL;
    rmf_tree_gap gap;
    int found = -1;
    OK(rmf_discover(&s->c.data, &s->noise, options, NULL, &tree));
    for (int i = 0; i < study->n_trees; i++)
        if (strcmp(study->tree[i].name, name) == 0) found = i;
    if (found < 0) fail_msg("no tree %s", name);
    OK(rmf_tree_compare(tree, study->tree[found].tree, &gap));
    NEAR(gap.branch_score, 0, 0);
    assert_int_equal(gap.robinson_foulds, 0);
    rmf_tree_free(tree);
}

static void groups_hold_what_they_say(void **state)
{
    (void)state;
    static const int trees[RMF_STUDY_GROUPS] = {1,         2,      MONTECARLO, MONTECARLO,
                                                BOOTSTRAP, LEVELS, 1,          RANDOM};
    setting s;
    rmf_study *study = NULL;
    open_setting(&s);
    OK(rmf_study_make(&s.request, NULL, &study));
    int at = 0;
    for (int group = 0; group < RMF_STUDY_GROUPS; group++) {
        assert_non_null(rmf_study_group_name(group));
        assert_non_null(rmf_study_group_summary(group));
        assert_int_equal(study->failed[group], 0);
        for (int i = 0; i < trees[group]; i++)
            assert_int_equal((int)study->tree[at++].group, group);
    }
    assert_int_equal(study->n_trees, at);
    assert_null(rmf_study_group_name(RMF_STUDY_GROUPS));
    rmf_discovery o = s.discovery;
    assert_tree(&s, study, "reference", &o);
    o.sibling_accuracy = 0.9;
    assert_tree(&s, study, "p 0.9", &o);
    o = s.discovery;
    o.linkage = RMF_LINKAGE_CENTROID;
    assert_tree(&s, study, "centroid", &o);
    o = s.discovery;
    o.resample = 3;
    assert_tree(&s, study, "bootstrap 3", &o);
    o = s.discovery;
    o.max_per_class = 20;
    o.seed = 7 + 2;
    assert_tree(&s, study, "subsample 2", &o);
    o.method = RMF_DISCOVER_MONTECARLO;
    assert_tree(&s, study, "montecarlo 2", &o);
    o = s.discovery;
    o.topology = s.topology;
    assert_tree(&s, study, "own.nwk", &o);
    assert_string_equal(study->tree[1].name, OWN);
    rmf_study_free(study);
    close_setting(&s);
}

static void rows_are_means_of_distances(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    open_setting(&s);
    OK(rmf_study_make(&s.request, NULL, &study));
    const int n = study->n_trees, first = 1 + 2 + 2 * MONTECARLO; /* of the resamples */
    rmf_study_row row;
    double value[BOOTSTRAP * (BOOTSTRAP - 1) / 2], mean = 0, square = 0, shared = 0, cost = 0;
    int pairs = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            rmf_tree_gap gap;
            OK(rmf_tree_compare(study->tree[i].tree, study->tree[j].tree, &gap));
            NEAR(study->gap[i * n + j].branch_score, gap.branch_score, 0);
            assert_int_equal(study->gap[j * n + i].robinson_foulds, gap.robinson_foulds);
        }
    for (int i = first; i < first + BOOTSTRAP; i++) {
        shared += study->gap[i].shared; /* with tree 0 */
        cost += rmf_tree_cost(study->tree[i].tree);
        for (int j = first; j < i; j++)
            mean += value[pairs++] = study->gap[i * n + j].branch_score;
    }
    mean /= pairs;
    for (int i = 0; i < pairs; i++)
        square += (value[i] - mean) * (value[i] - mean);
    rmf_study_summarise(study, RMF_STUDY_BOOTSTRAP, &row);
    assert_int_equal(row.trees, BOOTSTRAP);
    assert_int_equal(row.score[0].n, pairs);
    NEAR(row.score[0].mean, mean, 1e-12);
    NEAR(row.score[0].sd, sqrt(square / (pairs - 1)), 1e-12);
    NEAR(row.shared[1].mean, shared / BOOTSTRAP, 1e-12);
    NEAR(row.cost, cost / BOOTSTRAP, 1e-12);
    rmf_study_summarise(study, RMF_STUDY_REFERENCE, &row);
    assert_int_equal(row.score[0].n + row.score[1].n, 0);
    assert_true(isnan(row.score[1].mean));
    rmf_study_summarise(study, RMF_STUDY_LINKAGE, &row);
    assert_int_equal(row.score[1].n, 1);
    assert_true(isnan(row.score[1].sd));
    rmf_study_free(study);
    close_setting(&s);
}

/* Far more stable: the closed form on the very objects of the Monte Carlo draws. */
static void the_closed_form_is_steadier(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    rmf_study_row drawn, exact;
    open_setting(&s);
    cloud_free(&s.c);
    s.c = cloud_make(4, (const double[]){-6, -2, 4, 12}, 60, 64);
    s.discovery.times = 60;
    s.request.montecarlo = 6;
    s.request.objects = 50;
    OK(rmf_study_make(&s.request, NULL, &study));
    rmf_study_summarise(study, RMF_STUDY_MONTECARLO, &drawn);
    rmf_study_summarise(study, RMF_STUDY_SUBSAMPLE, &exact);
    assert_true(exact.score[0].mean < 0.5 * drawn.score[0].mean);
    assert_true(exact.score[1].mean < 0.5 * drawn.score[1].mean);
    rmf_study_free(study);
    close_setting(&s);
}

/* Two times, t = 0 and 1, and a small ε: noise keeps classes of some draws apart. */
static void draws_without_a_tree_are_counted(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    rmf_study_row row;
    char *table = NULL;
    open_setting(&s);
    s.discovery.times = 2;
    s.discovery.smooth = 0;
    s.request.montecarlo = 12;
    OK(rmf_study_make(&s.request, NULL, &study));
    rmf_study_summarise(study, RMF_STUDY_MONTECARLO, &row);
    assert_int_equal(row.trees + study->failed[RMF_STUDY_MONTECARLO], 12);
    assert_true(study->failed[RMF_STUDY_MONTECARLO] > 0);
    OK(rmf_study_table(study, &table));
    assert_non_null(strstr(table, "without a tree)"));
    rmf_free(table);
    rmf_study_free(study);
    close_setting(&s);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void check_newick(const rmf_study *study)
{
    char *text = NULL, *rest = NULL;
    size_t size;
    int i = 0;
    OK(rmf_file_read("study/trees.nwk", 0, &text, &size));
    assert_non_null(strstr(text, "[own (1), \"x\".json] ("));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), i++) {
        rmf_tree *tree = NULL;
        rmf_tree_gap gap;
        OK(rmf_tree_from_newick(line, "line", &tree));
        OK(rmf_tree_compare(tree, study->tree[i].tree, &gap));
        NEAR(gap.branch_score, 0, 1e-12);
        rmf_tree_free(tree);
    }
    assert_int_equal(i, study->n_trees);
    rmf_free(text);
}

static void a_folder_holds_the_study(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    json_t *json = NULL;
    char *text = NULL;
    size_t size;
    open_setting(&s);
    OK(rmf_study_make(&s.request, NULL, &study));
    OK(rmf_study_write(study, "study", false));
    assert_int_equal(rmf_study_write(study, "study", false), RMF_ERR_EXISTS);
    OK(rmf_study_write(study, "study", true));
    check_newick(study);
    OK(rmf_file_read("study/distances.csv", 0, &text, &size));
    assert_int_equal(count_lines(text), 1 + study->n_trees * (study->n_trees - 1) / 2);
    assert_non_null(strstr(text, "\"reference\",reference,\"own [1], \"\"x\"\".json\",given,"));
    rmf_free(text);
    OK(rmf_file_read("study/distances.svg", 0, &text, &size));
    assert_non_null(strstr(text, "</svg>"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    rmf_free(text);
    for (int group = 0; group < RMF_STUDY_GROUPS; group++) {
        char path[64];
        snprintf(path, sizeof path, "study/%s.svg", rmf_study_group_name(group));
        assert_true(rmf_file_exists(path));
    }
    OK(rmf_json_read("study/" RMF_STUDY_FILE, &json));
    assert_string_equal(json_string_value(json_object_get(json, "format")), "ramify-study");
    const json_t *trees = json_object_get(json, "trees");
    assert_int_equal(json_array_size(trees), study->n_trees);
    rmf_tree *tree = NULL;
    OK(rmf_tree_from_json(json_object_get(json_array_get(trees, 4), "tree"), &tree));
    rmf_tree_free(tree);
    const json_t *group = json_array_get(json_object_get(json, "groups"), RMF_STUDY_BOOTSTRAP);
    rmf_study_row row;
    rmf_study_summarise(study, RMF_STUDY_BOOTSTRAP, &row);
    const json_t *within = json_object_get(json_object_get(group, "within"), "branch_score");
    NEAR(json_number_value(json_object_get(within, "mean")), row.score[0].mean, 0);
    json_decref(json);
    rmf_study_free(study);
    close_setting(&s);
}

static void add_model(rmf_study *study, int tree, double mean, double floor)
{
    json_t *distance = json_pack("{s:f, s:f, s:{s:s, s:f}}", "mean", mean, "floor_mean", floor,
                                 "worst", "class", "c", "value", 2 * mean);
    char run[] = "models/here";
    const rmf_study_model model = {
        .tree = tree, .run = run, .steps = 100 + tree, .seconds = 2.5, .distance = distance};
    OK(rmf_study_add_model(study, &model));
    run[0] = '?'; /* it has a copy */
    json_decref(distance);
}

/* Where the drawing has a circle of a model, from the scales of its axes. */
static void assert_circle(const char *svg, double left, double x, double y)
{
    char text[64];
    snprintf(text, sizeof text, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"4\"", left + 280 * x,
             56 + 280 * (1 - y));
    if (!strstr(svg, text)) fail_msg("no %s in the drawing", text);
}

static void models_are_told_and_drawn(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    json_t *json = NULL;
    char *text = NULL;
    size_t size;
    bool found = true;
    open_setting(&s);
    OK(rmf_study_make(&s.request, NULL, &study));
    OK(rmf_study_compare(study, "study", &found));
    assert_false(found);
    OK(rmf_study_write(study, "study", false));
    assert_false(rmf_file_exists("study/models.svg"));
    OK(rmf_study_compare(study, "study", &found));
    assert_true(found);
    add_model(study, 0, 10, 4); /* the axis of distances ends at 40 */
    add_model(study, study->n_trees - 1, 36, 6);
    OK(rmf_study_write(study, "study", true));
    OK(rmf_study_compare(study, "study", &found)); /* the trees are the same */
    OK(rmf_json_read("study/" RMF_STUDY_FILE, &json));
    const json_t *one = json_array_get(json_object_get(json, "models"), 1);
    assert_string_equal(json_string_value(json_object_get(one, "group")), "random");
    assert_string_equal(json_string_value(json_object_get(one, "run")), "models/here");
    assert_int_equal(json_integer_value(json_object_get(one, "steps")), 99 + study->n_trees);
    const double score = study->gap[study->n_trees - 1].branch_score;
    NEAR(json_number_value(json_object_get(one, "branch_score")), score, 0);
    NEAR(json_number_value(json_object_get(json_object_get(one, "frechet"), "mean")), 36, 0);
    json_decref(json);
    OK(rmf_study_models_table(study, &text));
    assert_int_equal(count_lines(text), 3);
    assert_non_null(strstr(text, "        10          4         20 c "));
    assert_non_null(strstr(text, "random 5\n"));
    rmf_free(text);
    OK(rmf_file_read("study/models.svg", 0, &text, &size));
    assert_circle(text, 72 + 280 + 40, 0, 0.25); /* no distance from itself */
    assert_circle(text, 72, rmf_tree_cost(study->tree[0].tree), 0.25);
    assert_circle(text, 72, rmf_tree_cost(study->tree[study->n_trees - 1].tree), 0.9);
    assert_non_null(strstr(text, "M72.0 301.00H352.0")); /* the floor, 5 of 40 */
    rmf_free(text);
    rmf_study_free(study);
    close_setting(&s);
}

static void another_study_is_told_apart(void **state)
{
    (void)state;
    setting s;
    rmf_study *study = NULL;
    bool found;
    open_setting(&s);
    OK(rmf_study_make(&s.request, NULL, &study));
    OK(rmf_study_write(study, "study", false));
    rmf_study_free(study);
    s.request.random--;
    OK(rmf_study_make(&s.request, NULL, &study));
    assert_int_equal(rmf_study_compare(study, "study", &found), RMF_ERR_USAGE);
    assert_says("study/study.json: its trees are not those");
    assert_says("here \"none\", differs");
    const rmf_study_model model = {.run = "models/x", .distance = NULL};
    assert_int_equal(rmf_study_add_model(study, &model), RMF_ERR_FORMAT);
    assert_says("models/x: no mean of frechet");
    assert_int_equal(study->n_models, 0);
    rmf_study_free(study);
    close_setting(&s);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    (void)context;
    return event->done < 5;
}

static void it_stops_and_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a", "b", "c", "x"};
    setting s;
    rmf_study *study = NULL;
    const rmf_progress few = {stop, NULL};
    open_setting(&s);
    assert_int_equal(rmf_study_make(&s.request, &few, &study), RMF_ERR_INTERRUPTED);
    rmf_tree_free(s.own);
    OK(rmf_tree_star(4, wrong, 0.7, 1, &s.own));
    assert_int_equal(rmf_study_make(&s.request, NULL, &study), RMF_ERR_USAGE);
    assert_says("class \"x\" is not in the data");
    s.request.n_given = 0;
    s.discovery.sibling_accuracy = 0;
    s.discovery.epsilon = 1e-12; /* no reference, no study */
    assert_int_equal(rmf_study_make(&s.request, NULL, &study), RMF_ERR_NUMERIC);
    assert_null(study);
    close_setting(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_hold_what_they_say),
        cmocka_unit_test(rows_are_means_of_distances),
        cmocka_unit_test(the_closed_form_is_steadier),
        cmocka_unit_test(draws_without_a_tree_are_counted),
        cmocka_unit_test_setup_teardown(a_folder_holds_the_study, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(models_are_told_and_drawn, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(another_study_is_told_apart, folder_make, folder_remove),
        cmocka_unit_test(it_stops_and_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
