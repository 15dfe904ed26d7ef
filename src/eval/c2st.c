/*
 * eval/c2st.c – classifier two-sample test: how often a classifier tells generated from real
 * objects that it has not seen; 0.5 = not at all.
 *
 * One classifier serves all classes.  It learns 2·K labels, class and origin together, from half of
 * the objects of each; of the other half it is asked the origin alone, given the class: the larger
 * logit of the class's two.  So an object of another class than its label says is told apart too.
 */
#include <string.h>

#include "eval/pairs.h"

/* Objects seen in training, at most so many and so often. */
enum { SEEN = 60000, EPOCHS = 20, BATCH = 128 };

typedef rmf_status comparison(const rmf_eval_data *data, int class, enum rmf_metric_needs needs,
                              rmf_arena *arena, rmf_comparison *out);

/* Those to learn from stand in front, those to test at the back. */
typedef struct objects {
    float *x;
    int32_t *label; /* 2·class + origin */
    int64_t learned, tested, room;
} objects;

static void add_object(objects *o, const rmf_sample_set *from, int64_t i, int32_t label)
{
    bool learn = i < from->n / 2;
    int64_t place = learn ? o->learned++ : o->room - ++o->tested;
    size_t width = (size_t)from->features;
    memcpy(o->x + (size_t)place * width, from->x + (size_t)i * width, width * sizeof *o->x);
    o->label[place] = label;
}

static rmf_status add_class(const rmf_eval_data *data, comparison *compare, int class,
                            const char **kind, objects *o)
{
    rmf_arena *arena = NULL;
    rmf_comparison c;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = compare(data, class, RMF_NEEDS_NOTHING, arena, &c);
    for (int origin = 0; s == RMF_OK && origin < 2; origin++) {
        const rmf_sample_set *from = origin ? &c.pair.b : &c.pair.a;
        for (int64_t i = 0; i < from->n; i++)
            add_object(o, from, i, 2 * (int32_t) class + origin);
    }
    if (s == RMF_OK && !*kind && c.pair.a.n > 0) *kind = c.kind;
    rmf_arena_free(arena);
    return s;
}

static rmf_status learn(const rmf_eval_data *data, const objects *o, const rmf_progress *progress,
                        rmf_classifier **out)
{
    rmf_eval_options options = *data->options;
    rmf_eval_set set = {o->x, o->label, o->room};
    int64_t *row = NULL, batch = o->learned < BATCH ? o->learned : BATCH;
    int64_t seen = o->learned * EPOCHS < SEEN ? o->learned * EPOCHS : SEEN;
    options.n_classes *= 2;
    if (o->learned == 0)
        return rmf_fail(RMF_ERR_NUMERIC, "c2st: no class has 2 objects on each side");
    RMF_TRY(rmf_alloc((size_t)o->learned, sizeof *row, (void **)&row));
    for (int64_t i = 0; i < o->learned; i++)
        row[i] = i;
    rmf_examples examples = {.set = &set, .row = row, .n = o->learned, .steps = seen / batch};
    rmf_status s = rmf_classifier_train(&options, &examples, progress, out);
    rmf_free(row);
    return s;
}

static rmf_status ask(rmf_classifier *classifier, const objects *o, int64_t features, int n_classes,
                      rmf_hits *out)
{
    const int64_t first = o->room - o->tested;
    float *logit = NULL;
    size_t n = (size_t)o->tested, width = 2 * (size_t)n_classes;
    out->n = o->tested;
    RMF_TRY(rmf_alloc(n, sizeof *out->class, (void **)&out->class));
    RMF_TRY(rmf_alloc(n, sizeof *out->hit, (void **)&out->hit));
    RMF_TRY(rmf_alloc(n * width, sizeof *logit, (void **)&logit));
    rmf_status s = rmf_classifier_logits(classifier, o->x + first * features, o->tested, logit);
    for (size_t i = 0; s == RMF_OK && i < n; i++) {
        int32_t label = o->label[first + (int64_t)i];
        const float *z = logit + i * width;
        out->class[i] = label / 2;
        out->hit[i] = z[label] > z[label ^ 1];
    }
    rmf_free(logit);
    return s;
}

static rmf_status run(const rmf_eval_data *data, comparison *compare, const rmf_progress *progress,
                      objects *o, rmf_hits *out, const char **kind)
{
    rmf_classifier *classifier = NULL;
    int64_t features = data->options->features;
    size_t room = (size_t)o->room;
    RMF_TRY(rmf_alloc(room * (size_t)features, sizeof *o->x, (void **)&o->x));
    RMF_TRY(rmf_alloc(room, sizeof *o->label, (void **)&o->label));
    for (int k = 0; k < data->options->n_classes; k++)
        RMF_TRY(add_class(data, compare, k, kind, o));
    RMF_TRY(learn(data, o, progress, &classifier));
    rmf_status s = ask(classifier, o, features, data->options->n_classes, out);
    rmf_classifier_free(classifier);
    return s;
}

/* Each side has at most as many objects as there are real ones. */
static rmf_status tell_apart(const rmf_eval_data *data, comparison *compare,
                             const rmf_progress *progress, rmf_hits *out, const char **kind,
                             int64_t *trained)
{
    objects o = {.room = 2 * data->real.set->n};
    rmf_status s = run(data, compare, progress, &o, out, kind);
    *trained = o.learned;
    rmf_free(o.x);
    rmf_free(o.label);
    return s;
}

static rmf_status trial(rmf_eval_data *data, const rmf_progress *progress, rmf_trial *out)
{
    const char *unused = NULL;
    int64_t floor_trained;
    *out = (rmf_trial){.source = "generated and real"};
    RMF_TRY(tell_apart(data, rmf_comparison_value, progress, &out->value, &unused, &out->trained));
    out->tested = out->value.n;
    if (!data->options->floor) return RMF_OK;
    rmf_status s = tell_apart(data, rmf_comparison_floor, progress, &out->floor, &out->floor_kind,
                              &floor_trained);
    return s == RMF_ERR_NUMERIC ? RMF_OK : s; /* halves may be too small where the whole is not */
}

const rmf_metric rmf_metric_c2st = {
    .ops = {.name = "c2st",
            .summary = "how often a classifier tells unseen generated from real objects, given the "
                       "class; 0.5 is ideal",
            .source = "Lopez-Paz & Oquab 2017",
            .lower_is_better = true},
    .trial = trial,
    .low = 0,
    .high = 1,
    .prepare = rmf_hits_prepare,
    .evaluate = rmf_hits_evaluate};
