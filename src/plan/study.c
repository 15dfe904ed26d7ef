/* plan/study.c – trees from different samples of the same objects, and how far apart they are. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/text.h"
#include "ramify/plan.h"

static const struct {
    const char *name, *summary;
} groups[RMF_STUDY_GROUPS + 1] = {
    [RMF_STUDY_REFERENCE] = {"reference", "closed form, all objects"},
    [RMF_STUDY_MONTECARLO] = {"montecarlo", "as published: a draw of objects and noise each"},
    [RMF_STUDY_SUBSAMPLE] = {"subsample", "closed form, the objects of each Monte Carlo draw"},
    [RMF_STUDY_BOOTSTRAP] = {"bootstrap", "closed form, all objects resampled"},
    [RMF_STUDY_SWEEP] = {"sweep", "closed form, other sibling accuracies"},
    [RMF_STUDY_LINKAGE] = {"linkage", "closed form, the other linkage"},
    [RMF_STUDY_RANDOM] = {"random", "the reference's times on random shapes"},
    [RMF_STUDY_GIVEN] = {"given", "trees and topologies that were given"},
};

const char *rmf_study_group_name(int group)
{
    return group < 0 || group >= RMF_STUDY_GROUPS ? NULL : groups[group].name;
}

const char *rmf_study_group_summary(int group)
{
    return group < 0 || group >= RMF_STUDY_GROUPS ? NULL : groups[group].summary;
}

/* ---- trees ---- */

struct work {
    const rmf_study_request *request;
    const rmf_progress *progress;
    rmf_study *study;
    int wanted; /* trees in all */
};

/* Discovery's own progress, counted in trees. */
static bool report(void *context, const rmf_progress_event *unused)
{
    const struct work *w = context;
    const rmf_progress_event event = {"studying", w->study->n_trees, w->wanted, "trees", NAN, NAN,
                                      NULL};
    (void)unused;
    return rmf_progress_tell(w->progress, &event);
}

RMF_CHECKED static rmf_status tell(struct work *w)
{
    return report(w, NULL) ? RMF_OK : rmf_fail(RMF_ERR_INTERRUPTED, "study: stopped on request");
}

/* Takes the tree over. */
RMF_CHECKED static rmf_status keep(struct work *w, enum rmf_study_group group, const char *name,
                                   rmf_tree *tree)
{
    rmf_study_tree *slot = &w->study->tree[w->study->n_trees];
    *slot = (rmf_study_tree){.group = group, .tree = tree};
    w->study->n_trees++;
    RMF_TRY(rmf_arena_text(w->study->arena, name, &slot->name));
    return tell(w);
}

/* A draw whose classes never meet gives no tree: that is a finding too. */
RMF_CHECKED static rmf_status discover(struct work *w, enum rmf_study_group group, const char *name,
                                       const rmf_discovery *options)
{
    const rmf_study_request *r = w->request;
    rmf_tree *tree = NULL;
    const rmf_progress progress = {report, w};
    rmf_status status = rmf_discover(r->data, r->noise, options, &progress, &tree);
    if (status == RMF_ERR_NUMERIC && group != RMF_STUDY_REFERENCE) {
        w->study->failed[group]++;
        w->wanted--;
        return tell(w);
    }
    return status == RMF_OK ? keep(w, group, name, tree) : status;
}

static const char *numbered(char text[48], const char *word, int number)
{
    snprintf(text, 48, "%s %d", word, number);
    return text;
}

RMF_CHECKED static rmf_status draw_samples(struct work *w)
{
    const rmf_study_request *r = w->request;
    char name[48];
    for (int exact = 0; exact < 2; exact++)
        for (int i = 1; i <= r->montecarlo; i++) {
            const enum rmf_study_group group = exact ? RMF_STUDY_SUBSAMPLE : RMF_STUDY_MONTECARLO;
            rmf_discovery o = *r->discovery;
            o.method = exact ? RMF_DISCOVER_EXACT : RMF_DISCOVER_MONTECARLO;
            o.max_per_class = r->objects;
            o.seed += (uint64_t)i; /* objects are picked by it, with either method the same */
            RMF_TRY(discover(w, group, numbered(name, rmf_study_group_name(group), i), &o));
        }
    for (int i = 1; i <= r->bootstrap; i++) {
        rmf_discovery o = *r->discovery;
        o.resample = i;
        RMF_TRY(discover(w, RMF_STUDY_BOOTSTRAP, numbered(name, "bootstrap", i), &o));
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status vary_options(struct work *w)
{
    const rmf_study_request *r = w->request;
    char name[48];
    for (int i = 0; i < r->n_levels; i++) {
        rmf_discovery o = *r->discovery;
        o.sibling_accuracy = r->level[i];
        snprintf(name, sizeof name, "p %.4g", r->level[i]);
        RMF_TRY(discover(w, RMF_STUDY_SWEEP, name, &o));
    }
    if (!r->linkages) return RMF_OK;
    rmf_discovery o = *r->discovery;
    const bool single = o.linkage == RMF_LINKAGE_SINGLE;
    o.linkage = single ? RMF_LINKAGE_CENTROID : RMF_LINKAGE_SINGLE;
    return discover(w, RMF_STUDY_LINKAGE, single ? "centroid" : "single", &o);
}

RMF_CHECKED static rmf_status add_random(struct work *w)
{
    const rmf_study_request *r = w->request;
    char name[48];
    rmf_tree *tree = NULL;
    for (int i = 1; i <= r->random; i++) {
        RMF_TRY(rmf_tree_random(w->study->tree[0].tree, r->discovery->seed + (uint64_t)i, &tree));
        RMF_TRY(keep(w, RMF_STUDY_RANDOM, numbered(name, "random", i), tree));
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status add_given(struct work *w)
{
    const rmf_study_request *r = w->request;
    rmf_tree *tree = NULL;
    for (int i = 0; i < r->n_given; i++) {
        RMF_TRY(rmf_tree_reorder(r->given[i], r->data->n_names, r->data->names, r->given_name[i],
                                 &tree));
        RMF_TRY(keep(w, RMF_STUDY_GIVEN, r->given_name[i], tree));
    }
    for (int i = 0; i < r->n_topologies; i++) {
        rmf_discovery o = *r->discovery;
        o.topology = r->topology[i];
        RMF_TRY(rmf_discover(r->data, r->noise, &o, NULL, &tree));
        RMF_TRY(keep(w, RMF_STUDY_GIVEN, rmf_topology_place(o.topology), tree));
    }
    return RMF_OK;
}

/* ---- distances ---- */

RMF_CHECKED static rmf_status compare_all(rmf_study *study)
{
    const int n = study->n_trees;
    RMF_TRY(rmf_arena_alloc(study->arena, (size_t)n * (size_t)n, sizeof *study->gap,
                            (void **)&study->gap));
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++) {
            rmf_tree_gap *gap = &study->gap[i * n + j];
            RMF_TRY(rmf_tree_compare(study->tree[i].tree, study->tree[j].tree, gap));
            study->gap[j * n + i] = *gap;
        }
    return RMF_OK;
}

/* Running mean and sum of squared differences from it (Welford 1962); finish() makes it the sd. */
static void add(rmf_study_spread *s, double value)
{
    const double before = s->mean;
    s->n++;
    s->mean += (value - s->mean) / s->n;
    s->sd += (value - before) * (value - s->mean);
}

static void finish(rmf_study_spread *s)
{
    s->sd = s->n > 1 ? sqrt(s->sd / (s->n - 1)) : NAN;
    if (s->n == 0) s->mean = NAN;
}

static void add_gap(rmf_study_row *row, int which, const rmf_tree_gap *gap)
{
    add(&row->shared[which], gap->shared);
    add(&row->foulds[which], gap->robinson_foulds);
    add(&row->score[which], gap->branch_score);
}

void rmf_study_summarise(const rmf_study *study, enum rmf_study_group group, rmf_study_row *out)
{
    const int n = study->n_trees;
    rmf_study_row row = {0};
    for (int i = 0; i < n; i++) {
        if (study->tree[i].group != group) continue;
        row.trees++;
        row.groups += rmf_tree_group_count(study->tree[i].tree);
        row.cost += rmf_tree_cost(study->tree[i].tree);
        if (i > 0) add_gap(&row, 1, &study->gap[i]);
        for (int j = i + 1; j < n; j++)
            if (study->tree[j].group == group) add_gap(&row, 0, &study->gap[i * n + j]);
    }
    if (row.trees > 0) {
        row.groups /= row.trees;
        row.cost /= row.trees;
    }
    for (int which = 0; which < 2; which++) {
        finish(&row.shared[which]);
        finish(&row.foulds[which]);
        finish(&row.score[which]);
    }
    *out = row;
}

/* ---- the whole ---- */

RMF_CHECKED static rmf_status fill(struct work *w)
{
    const rmf_study_request *r = w->request;
    rmf_study *study = w->study;
    w->wanted = 1 + 2 * r->montecarlo + r->bootstrap + r->n_levels + r->linkages + r->random +
                r->n_given + r->n_topologies;
    RMF_TRY(rmf_arena_text(study->arena, r->source ? r->source : "", &study->source));
    RMF_TRY(rmf_arena_text(study->arena, r->noise->name, &study->sde));
    RMF_TRY(rmf_arena_alloc(study->arena, (size_t)w->wanted, sizeof *study->tree,
                            (void **)&study->tree));
    RMF_TRY(discover(w, RMF_STUDY_REFERENCE, "reference", r->discovery));
    RMF_TRY(add_given(w)); /* soon: classes that do not fit are refused before the long draws */
    RMF_TRY(draw_samples(w));
    RMF_TRY(vary_options(w));
    RMF_TRY(add_random(w));
    return compare_all(study);
}

rmf_status rmf_study_make(const rmf_study_request *request, const rmf_progress *progress,
                          rmf_study **out)
{
    const double started = rmf_seconds();
    rmf_arena *arena = NULL;
    struct work w = {.request = request, .progress = progress};
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *w.study, (void **)&w.study);
    if (status != RMF_OK) {
        rmf_arena_free(arena);
        return status;
    }
    *w.study = (rmf_study){.arena = arena};
    status = fill(&w);
    if (status != RMF_OK) {
        rmf_study_free(w.study);
        return status;
    }
    w.study->seconds = rmf_seconds() - started;
    *out = w.study;
    return RMF_OK;
}

rmf_status rmf_study_add_model(rmf_study *study, const rmf_study_model *model)
{
    const json_t *distance = model->distance;
    if (!json_is_number(json_object_get(distance, "mean")) ||
        !json_is_number(json_object_get(distance, "floor_mean")))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: no mean of frechet, or no floor_mean, in its evaluation; expected "
                        "both, as ramify eval --floor gives them where classes have enough objects",
                        model->run);
    if (!study->model)
        RMF_TRY(rmf_arena_alloc(study->arena, (size_t)study->n_trees, sizeof *study->model,
                                (void **)&study->model));
    rmf_study_model *slot = &study->model[study->n_models];
    char *run = NULL;
    RMF_TRY(rmf_arena_text(study->arena, model->run, &run));
    *slot = *model;
    slot->run = run;
    json_incref(slot->distance);
    study->n_models++;
    return RMF_OK;
}

void rmf_study_free(rmf_study *study)
{
    if (!study) return;
    for (int i = 0; i < study->n_trees; i++)
        rmf_tree_free(study->tree[i].tree);
    for (int i = 0; i < study->n_models; i++)
        json_decref(study->model[i].distance);
    rmf_arena_free(study->arena);
}
