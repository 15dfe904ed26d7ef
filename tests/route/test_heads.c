/* tests/route/test_heads.c – heads trained on Gaussian classes, whose posterior is known; samples
 * that they route; and their file. */
#include "diffusion/mixture.h"
#include "ramify/ramify.h"

#include <jansson.h>
#include <unistd.h>

enum { CLASSES = 3, FEATURES = 2, EACH = 1200 };

static const int abc[] = {0, 1, 2}, bc[] = {1, 2};
/* Parted long after the classes can be told apart. */
static const rmf_branch_spec late[] = {{3, abc, 0.25, 1, NAN},
                                       {1, &abc[0], 0, 0.25, NAN},
                                       {2, bc, 0.15, 0.25, NAN},
                                       {1, &bc[0], 0, 0.15, NAN},
                                       {1, &bc[1], 0, 0.15, NAN}};

static void make(mixture *m)
{
    static const double mean[CLASSES][FEATURES] = {{-1.1, 0.2}, {0.6, -0.7}, {0.9, 0.8}};
    mixture_init(m, "vp", CLASSES, FEATURES, COUNT(late), late);
    m->score.rows = 64;
    for (int c = 0; c < CLASSES; c++)
        for (int i = 0; i < FEATURES; i++)
            m->mean[c][i] = mean[c][i];
}

/* A folder to work in, with data of `each[c]` objects a class, and the tree. */
static void begin(const mixture *m, const int each[CLASSES], char *folder)
{
    strcpy(folder, "ramify-heads-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    FILE *to = fopen("data.csv", "w");
    assert_non_null(to);
    fprintf(to, "x0,x1,label\n");
    for (int c = 0; c < CLASSES; c++)
        for (int i = 0; i < each[c]; i++) {
            float z[FEATURES];
            rmf_random_normal(rmf_key_make(11, (uint64_t)c), (uint64_t)i, 0, z, FEATURES);
            for (int k = 0; k < FEATURES; k++)
                fprintf(to, "%.7g,", m->mean[c][k] + m->deviation[c][k] * z[k]);
            fprintf(to, "%c\n", 'a' + c);
        }
    assert_int_equal(fclose(to), 0);
    assert_ok(rmf_tree_write(m->tree, "tree.json", true));
}

static void end(mixture *m, const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(system(command), 0);
    rmf_tree_free(m->tree);
}

/* The network's weights do not matter to heads: one step. */
static rmf_model *trained(const char *run, const char *extra)
{
    const char *set[] = {"data.path=data.csv", "data.label=label",    "data.normalise=none",
                         "data.held_out=0.25", "tree.file=tree.json", "net.width=8",
                         "net.blocks=1",       "net.embedding=8",     "train.steps=1",
                         "train.batch=8",      "train.ema=0",         extra};
    rmf_settings *settings = NULL;
    rmf_model *model = NULL;
    char *base = NULL;
    assert_ok(rmf_recipe_load("letters", set, COUNT(set), &settings, &base));
    const rmf_training training = {.settings = settings, .base = base, .run = run};
    assert_ok(rmf_train(&training, NULL));
    assert_ok(rmf_model_open(run, "ema", "auto", &model));
    rmf_settings_free(settings);
    rmf_free(base);
    return model;
}

/* p(child | x) of classes in these proportions. */
static void exact(const mixture *m, int branch, const double weight[CLASSES], const float *x,
                  double *p)
{
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma, unused[MAX_FEATURES], sum = 0;
    m->sde.ops->kernel(&m->sde, b->t_start, &alpha, &sigma);
    for (int k = 0; k < b->n_children; k++) {
        const rmf_branch *child = rmf_tree_branch(m->tree, b->children[k]);
        p[k] = 0;
        for (int i = 0; i < child->n_classes; i++)
            p[k] += weight[child->classes[i]] *
                    exp(class_log_density(m, child->classes[i], alpha, sigma, x, unused));
        sum += p[k];
    }
    for (int k = 0; k < b->n_children; k++)
        p[k] /= sum;
}

/* Mean |p − p*| over states as they come to a branch. */
static double distance(const mixture *m, rmf_heads *heads, int branch, const double *weight)
{
    enum { STATES = 640 };
    static float x[STATES * FEATURES];
    static double p[STATES * 2];
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma, sum = 0, want[2];
    assert_int_equal(b->n_children, 2);
    m->sde.ops->kernel(&m->sde, b->t_start, &alpha, &sigma);
    for (int r = 0; r < STATES; r++) {
        const int c = b->classes[r % b->n_classes];
        float z[2 * FEATURES];
        rmf_random_normal(rmf_key_make(12, 1), (uint64_t)r, 0, z, 2 * FEATURES);
        for (int k = 0; k < FEATURES; k++)
            x[r * FEATURES + k] = (float)(alpha * (m->mean[c][k] + m->deviation[c][k] * z[k]) +
                                          sigma * z[FEATURES + k]);
    }
    const rmf_router router = rmf_heads_router(heads);
    assert_ok(router.posterior(router.context, branch, x, STATES, p));
    for (int r = 0; r < STATES; r++) {
        exact(m, branch, weight, x + r * FEATURES, want);
        assert_near(p[2 * r] + p[2 * r + 1], 1, 1e-9);
        sum += fabs(p[2 * r] - want[0]) / STATES;
    }
    return sum;
}

static void assert_routed_classes(mixture *m, rmf_heads *heads)
{
    enum { TOTAL = 6000 };
    static float x[TOTAL * FEATURES], own[TOTAL * FEATURES], shared[CLASSES * 500 * FEATURES];
    static int arrived[TOTAL];
    const rmf_router router = rmf_heads_router(heads);
    rmf_sampling s = mixture_sampling(m, "heun");
    s.steps = 60;
    s.count = TOTAL;
    assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
    s.count = 500;
    s.shared = true;
    assert_ok(rmf_sample(&s, NULL, shared, NULL));
    double lost = 0;
    for (int c = 0; c < CLASSES; c++) {
        int64_t n = 0;
        double away = 0;
        for (int r = 0; r < TOTAL; r++)
            if (arrived[r] == c)
                memcpy(own + FEATURES * n++, x + FEATURES * r, FEATURES * sizeof *x);
        assert_near((double)n, TOTAL / 3.0, 0.12 * TOTAL / 3);
        assert_class_moments(m, c, own, n, 0.12);
        for (int r = 0; r < 500; r++)
            away += (shared[(c * 500 + r) * FEATURES] - m->mean[c][0]) / 500;
        lost = fmax(lost, fabs(away));
    }
    assert_true(lost > 0.4); /* what sharing without routing does */
}

static const double equal[] = {1, 1, 1};

static void heads_learn_the_posterior_and_mean_what_they_say(void **state)
{
    (void)state;
    static const int each[] = {EACH, EACH, EACH};
    mixture m;
    char folder[32];
    rmf_heads *heads = NULL;
    const rmf_head_report *report;
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0");
    assert_ok(rmf_heads_train(model, 1500, 3, NULL, &heads));
    assert_int_equal(rmf_heads_report(heads, &report), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(report[i].branch, i);
        assert_near(report[i].time, i ? 0.15 : 0.25, 0);
        assert_int_equal(report[i].trained, (i ? 2 : 3) * EACH * 3 / 4);
        assert_int_equal(report[i].tested, (i ? 2 : 3) * EACH / 4);
        const double share = i ? 0.5 : 1 / 3.0;
        assert_near(report[i].chance, -share * log(share) - (1 - share) * log(1 - share), 1e-6);
        assert_true(report[i].log_loss < 0.7 * report[i].chance);
        assert_true(report[i].accuracy > 0.7);
        assert_true(report[i].calibration_error < 0.03);
        assert_true(distance(&m, heads, report[i].branch, equal) < 0.03);
    }
    assert_routed_classes(&m, heads);
    rmf_heads_free(heads);
    rmf_model_free(model);
    end(&m, folder);
}

/* A rare class is rare in the mixture that the root was trained on, unless the run was balanced. */
static void shares_are_those_of_the_training(void **state)
{
    (void)state;
    static const int each[] = {EACH / 6, EACH, EACH};
    static const double rare[] = {1 / 6.0, 1, 1};
    mixture m;
    char folder[32];
    make(&m);
    begin(&m, each, folder);
    for (int balanced = 0; balanced < 2; balanced++) {
        rmf_heads *heads = NULL;
        const rmf_head_report *report;
        rmf_model *model =
            trained(balanced ? "b" : "a", balanced ? "train.balance=true" : "seed=0");
        assert_ok(rmf_heads_train(model, 1200, 3, NULL, &heads));
        rmf_heads_report(heads, &report);
        assert_int_equal(report[0].trained,
                         balanced ? 3 * EACH * 3 / 4 : (2 * EACH + EACH / 6) * 3 / 4);
        const double right = distance(&m, heads, 0, balanced ? equal : rare);
        const double wrong = distance(&m, heads, 0, balanced ? rare : equal);
        assert_true(right < 0.04 && wrong > right + 0.02);
        rmf_heads_free(heads);
        rmf_model_free(model);
    }
    end(&m, folder);
}

/* ---- the file ---- */

static bool same_file(const char *a, const char *b)
{
    char command[128];
    snprintf(command, sizeof command, "cmp -s %s %s", a, b);
    return system(command) == 0;
}

static void draw(rmf_model *model, rmf_heads *heads, int64_t count, rmf_samples *out)
{
    rmf_sampling s;
    rmf_sampling_report report;
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &s));
    s.sampler = rmf_sampler_find("heun");
    s.grid = RMF_GRID_RHO;
    s.steps = 6;
    s.count = count;
    assert_ok(rmf_model_sample_routed(model, heads, &s, NULL, out, &report));
    assert_near(out->nfe, report.nfe, 0);
}

static void a_file_brings_back_every_byte(void **state)
{
    (void)state;
    static const int each[] = {40, 40, 40};
    mixture m;
    char folder[32], *path = NULL;
    rmf_heads *heads = NULL, *again = NULL, *other = NULL, *read = NULL;
    rmf_samples a = {0}, b = {0}, few = {0};
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0");
    assert_ok(rmf_heads_train(model, 20, 3, NULL, &heads));
    assert_ok(rmf_heads_train(model, 20, 3, NULL, &again));
    assert_ok(rmf_heads_train(model, 20, 4, NULL, &other));
    assert_ok(rmf_heads_path("run", &path));
    assert_string_equal(path, "run/router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_path("run/model.safetensors", &path));
    assert_string_equal(path, "run/router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_path("model.safetensors", &path));
    assert_string_equal(path, "router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_write(heads, "1", false));
    assert_int_equal(rmf_heads_write(heads, "1", false), RMF_ERR_EXISTS);
    assert_ok(rmf_heads_write(again, "2", false));
    assert_ok(rmf_heads_write(other, "3", false));
    assert_true(same_file("1", "2") && !same_file("1", "3"));
    assert_ok(rmf_heads_read("1", model, &read));
    assert_ok(rmf_heads_write(read, "4", false));
    assert_true(same_file("1", "4"));

    draw(model, heads, 20, &a);
    draw(model, read, 20, &b);
    assert_int_equal(a.n, 60);
    assert_memory_equal(a.x, b.x, (size_t)(a.n * a.features) * sizeof *a.x);
    assert_memory_equal(a.label, b.label, (size_t)a.n * sizeof *a.label);
    for (int r = 1; r < 60; r++)
        assert_true(a.label[r] >= a.label[r - 1]);
    /* Of each class the first samples of a shorter run. */
    draw(model, heads, 11, &few);
    for (int c = 0, at = 0, from = 0; c < CLASSES; c++) {
        int n = 0;
        while (at + n < few.n && few.label[at + n] == c)
            n++;
        while (from < a.n && a.label[from] < c)
            from++;
        assert_memory_equal(few.x + at * FEATURES, a.x + from * FEATURES,
                            (size_t)(n * FEATURES) * sizeof *a.x);
        at += n;
    }
    char *table = NULL;
    json_t *json = NULL;
    assert_ok(rmf_heads_table(read, &table));
    assert_non_null(strstr(table, "  b, c | a\n"));
    assert_non_null(strstr(table, "  b | c\n"));
    assert_ok(rmf_heads_to_json(read, &json));
    const json_t *entry = json_array_get(json_object_get(json, "heads"), 1);
    assert_int_equal(json_integer_value(json_object_get(entry, "branch")), 1);
    assert_true(json_number_value(json_object_get(entry, "log_loss")) > 0);
    json_decref(json);
    rmf_free(table);
    rmf_samples_free(&a);
    rmf_samples_free(&b);
    rmf_samples_free(&few);
    rmf_heads_free(heads);
    rmf_heads_free(again);
    rmf_heads_free(other);
    rmf_heads_free(read);
    rmf_model_free(model);
    end(&m, folder);
}

/* Copies heads and changes what is said of them, or leaves a tensor out. */
static void spoil(const char *from, const char *to, const char *key, const char *value,
                  const char *tensor)
{
    rmf_arrays all = {0}, kept = {0};
    assert_ok(rmf_safetensors_read(from, &all));
    for (size_t i = 0; i < all.meta_count; i++)
        if (strcmp(all.meta_key[i], key) != 0)
            assert_ok(rmf_arrays_add_meta(&kept, all.meta_key[i], all.meta_value[i]));
    if (value) assert_ok(rmf_arrays_add_meta(&kept, key, value));
    for (size_t i = 0; i < all.count; i++) {
        const rmf_array *a = &all.array[i];
        if (strcmp(a->name, tensor) != 0)
            assert_ok(rmf_arrays_add(&kept, a->name, a->type, a->rank, a->shape, a->data));
    }
    assert_ok(rmf_safetensors_write(to, true, &kept));
    rmf_arrays_free(&all);
    rmf_arrays_free(&kept);
}

static void wrong_files_and_models_are_refused(void **state)
{
    (void)state;
    static const int each[] = {40, 40, 40};
    static const struct {
        const char *key, *value, *tensor, *say;
    } wrong[] = {
        {"ramify.sde", "vp:0.1,19", "", "metadata \"ramify.sde\" is not that of the model"},
        {"ramify.tree", NULL, "", "metadata \"ramify.tree\" is missing"},
        {"ramify.normalisation", "{}", "", "is not that of the model"},
        {"ramify.router", NULL, "", "metadata \"ramify.router\" is missing"},
        {"ramify.router", "{", "", "is not valid JSON"},
        {"ramify.router", "{\"version\": 2}", "", "another version of the format"},
        {"-", NULL, "branch1.input.gain", "tensor \"branch1.input.gain\" is missing"},
        {"-", NULL, "branch0.classes.weight", "tensor \"branch0.classes.weight\" is missing"}};
    mixture m;
    char folder[32];
    rmf_heads *heads = NULL, *none = NULL;
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0"), *extended = NULL;
    assert_ok(rmf_heads_train(model, 5, 3, NULL, &heads));
    assert_ok(rmf_heads_write(heads, "good", false));
    for (int i = 0; i < COUNT(wrong); i++) {
        spoil("good", "bad", wrong[i].key, wrong[i].value, wrong[i].tensor);
        assert_int_equal(rmf_heads_read("bad", model, &none), RMF_ERR_FORMAT);
        if (!strstr(rmf_message(), wrong[i].say)) fail_msg("%s", rmf_message());
    }
    assert_int_equal(rmf_heads_read("nix", model, &none), RMF_ERR_IO);
    assert_int_equal(rmf_heads_read("data.csv", model, &none), RMF_ERR_FORMAT);
    rmf_heads_free(heads);

    /* A run to which a class was added: its trunk has never seen it. */
    rmf_settings *settings = NULL;
    char *base = NULL;
    const char *set[] = {"data.path=data.csv", "data.label=label", "data.normalise=none"};
    assert_ok(rmf_recipe_load("letters", set, COUNT(set), &settings, &base));
    assert_int_equal(system("sed 's/a$/new/;/[bc]$/d' data.csv >new.csv"), 0);
    assert_ok(rmf_settings_put(settings, "data.path", "new.csv", "test"));
    static const char *const classes[] = {"new"}, *const from[] = {"a", "b", "c"};
    static const char *const steps[] = {"train.steps=1"};
    const rmf_extension extension = {.run = "run",
                                     .out = "more",
                                     .data = settings,
                                     .base = base,
                                     .classes = classes,
                                     .n_classes = 1,
                                     .time = 0.5,
                                     .from = from,
                                     .n_from = 3,
                                     .set = steps,
                                     .n_set = 1};
    assert_ok(rmf_extend(&extension, NULL, NULL));
    assert_ok(rmf_model_open("more", "ema", "auto", &extended));
    assert_int_equal(rmf_heads_train(extended, 1, 0, NULL, &none), RMF_ERR_UNSUPPORTED);
    assert_int_equal(rmf_heads_read("good", extended, &none), RMF_ERR_FORMAT);
    assert_null(none);
    rmf_settings_free(settings);
    rmf_free(base);
    rmf_model_free(extended);
    rmf_model_free(model);
    end(&m, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_learn_the_posterior_and_mean_what_they_say),
        cmocka_unit_test(shares_are_those_of_the_training),
        cmocka_unit_test(a_file_brings_back_every_byte),
        cmocka_unit_test(wrong_files_and_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
