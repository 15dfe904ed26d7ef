/* tests/route/fixture.h – Gaussian classes in a tree, as data in a folder, and a model of them. */
#ifndef RMF_TEST_ROUTE_FIXTURE_H
#define RMF_TEST_ROUTE_FIXTURE_H

#include "diffusion/mixture.h"
#include "ramify/ramify.h"

#include <unistd.h>

enum { CLASSES = 3, FEATURES = 2, EACH = 1200 };

static const int abc[] = {0, 1, 2}, bc[] = {1, 2};
/* Parted long after the classes can be told apart. */
static const rmf_branch_spec late[] = {{3, abc, 0.25, 1, NAN},
                                       {1, &abc[0], 0, 0.25, NAN},
                                       {2, bc, 0.15, 0.25, NAN},
                                       {1, &bc[0], 0, 0.15, NAN},
                                       {1, &bc[1], 0, 0.15, NAN}};

static inline void make(mixture *m)
{
    static const double mean[CLASSES][FEATURES] = {{-1.1, 0.2}, {0.6, -0.7}, {0.9, 0.8}};
    mixture_init(m, "vp", CLASSES, FEATURES, COUNT(late), late);
    m->score.rows = 64;
    for (int c = 0; c < CLASSES; c++)
        for (int i = 0; i < FEATURES; i++)
            m->mean[c][i] = mean[c][i];
}

/* A folder to work in, with data of `each[c]` objects a class, and the tree. */
static inline void begin(const mixture *m, const int each[CLASSES], char *folder)
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

static inline void end(mixture *m, const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(system(command), 0);
    rmf_tree_free(m->tree);
}

/* The network's weights do not matter to heads: one step. */
static inline rmf_model *trained(const char *run, const char *extra)
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

#endif
