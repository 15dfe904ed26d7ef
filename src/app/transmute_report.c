/* app/transmute_report.c – what a transmutation keeps of its objects, and how far they have come:
 * the trade-off over the time at which one class is left for the other. */
#include "app/transmute.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PERMUTATIONS = 999, STROKES = 3 };
static const char *const stroke_name[STROKES] = {"slant", "thickness", "area"};

/* The real objects of the run, in normalised units, and what judges by them. */
typedef struct judge {
    const rmf_transmute_report *report;
    int64_t n, features;
    rmf_dataset train, held_out; /* borrowed but x, which is our copy */
    int target;                  /* class number in these data */
    rmf_classifier *classifier;
    float *aims; /* [n_aims, features]: training objects of the target class */
    int64_t n_aims;
    double low, high;  /* of pictures in normalised units, paper and ink; equal: no strokes */
    double *stroke[2]; /* [STROKES, n] before and after; NULL where there are none */
    int32_t *label;    /* [largest set] */
    float *square;
    rmf_arena *arena;
} judge;

/* ---- preparation ---- */

static rmf_status normalised(const judge *j, const rmf_dataset *from, rmf_dataset *out)
{
    *out = *from;
    if (from->n == 0) return RMF_OK;
    const size_t row = (size_t)from->features * sizeof *out->x;
    RMF_TRY(rmf_arena_alloc(j->arena, (size_t)from->n, row, (void **)&out->x));
    memcpy(out->x, from->x, (size_t)from->n * row);
    rmf_normalisation_apply(rmf_model_normalisation(j->report->model), out->x, out->n,
                            out->features);
    return RMF_OK;
}

static int64_t gather(const judge *j, const rmf_dataset *data, float *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < data->n; i++) {
        if (data->label[i] != j->target) continue;
        if (out)
            memcpy(out + n * j->features, data->x + i * j->features,
                   (size_t)j->features * sizeof *out);
        n++;
    }
    return n;
}

static rmf_status collect(const judge *j, const rmf_dataset *data, float **x, int64_t *n)
{
    *n = gather(j, data, NULL);
    RMF_TRY(rmf_arena_alloc(j->arena, (size_t)*n, (size_t)j->features * sizeof **x, (void **)x));
    gather(j, data, *x);
    return RMF_OK;
}

static rmf_status learn(judge *j, const rmf_progress *progress)
{
    const rmf_samples *like = j->report->like;
    rmf_eval_options o;
    int64_t *row;
    rmf_eval_options_init(&o);
    o.features = j->features;
    o.rank = like->rank;
    memcpy(o.shape, like->shape, sizeof o.shape);
    o.n_classes = j->train.n_classes;
    o.class_name = (const char *const *)j->train.class_name;
    o.seed = like->seed;
    RMF_TRY(rmf_arena_alloc(j->arena, (size_t)j->train.n, sizeof *row, (void **)&row));
    for (int64_t i = 0; i < j->train.n; i++)
        row[i] = i;
    const rmf_eval_set set = {j->train.x, j->train.label, j->train.n};
    return rmf_classifier_train(&o, &(rmf_examples){.set = &set, .row = row, .n = j->train.n},
                                progress, &j->classifier);
}

/* Strokes need one grey channel and a known range.  Which end of it is ink: the rarer. */
static rmf_status prepare_strokes(judge *j)
{
    const rmf_samples *like = j->report->like;
    if (like->rank != 3 || like->shape[2] != 1 || !(like->low < like->high)) return RMF_OK;
    const rmf_normalisation *map = rmf_model_normalisation(j->report->model);
    if (map->features != 1) return RMF_OK;
    double sum = 0;
    j->low = (like->low - map->shift[0]) / map->scale[0];
    j->high = (like->high - map->shift[0]) / map->scale[0];
    for (int64_t i = 0; i < j->n * j->features; i++)
        sum += j->report->before[i];
    if (sum / (double)(j->n * j->features) > 0.5 * (j->low + j->high)) {
        double swap = j->low;
        j->low = j->high;
        j->high = swap;
    }
    for (int k = 0; k < 2; k++)
        RMF_TRY(rmf_arena_alloc(j->arena, (size_t)j->n, STROKES * sizeof(double),
                                (void **)&j->stroke[k]));
    return RMF_OK;
}

static rmf_status prepare(judge *j, const rmf_progress *progress)
{
    const rmf_transmute_report *r = j->report;
    const char *name = rmf_tree_class_name(rmf_model_tree(r->model), r->transmutation->to);
    j->n = r->n;
    j->features = rmf_model_features(r->model);
    if (r->real->train.features != j->features)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: objects have %lld features but those of the model %lld; expected the "
                        "same",
                        r->real->train.source, (long long)r->real->train.features,
                        (long long)j->features);
    RMF_TRY(normalised(j, &r->real->train, &j->train));
    RMF_TRY(normalised(j, &r->real->held_out, &j->held_out));
    j->target = -1;
    for (int c = 0; c < j->train.n_classes; c++)
        if (strcmp(j->train.class_name[c], name) == 0) j->target = c;
    RMF_TRY(collect(j, &j->train, &j->aims, &j->n_aims));
    if (j->n_aims == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: no object of class \"%s\"; expected some to compare "
                        "with",
                        j->train.source, name);
    const size_t most = (size_t)(j->n > j->held_out.n ? j->n : j->held_out.n);
    RMF_TRY(rmf_arena_alloc(j->arena, most, sizeof *j->label, (void **)&j->label));
    RMF_TRY(rmf_arena_alloc(j->arena, most, sizeof *j->square, (void **)&j->square));
    RMF_TRY(prepare_strokes(j));
    return learn(j, progress);
}

/* ---- measures ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *kept_json(const rmf_kept *kept)
{
    return json_pack("{s:o, s:o, s:o}", "r", number(kept->r), "p", number(kept->p), "baseline",
                     number(kept->baseline));
}

/* Share of objects that the classifier puts into the target class, and their mean distance to the
 * nearest real one of it. */
static rmf_status aim(const judge *j, const float *x, int64_t n, double *accuracy, double *nearest)
{
    const rmf_eval_set set = {x, NULL, n};
    const rmf_sample_set query = {x, n, j->features}, base = {j->aims, j->n_aims, j->features};
    *accuracy = *nearest = NAN;
    if (n == 0) return RMF_OK;
    RMF_TRY(rmf_classifier_predict(j->classifier, &set, j->label));
    RMF_TRY(rmf_nearest_distances(&query, &base, j->square));
    *accuracy = *nearest = 0;
    for (int64_t i = 0; i < n; i++) {
        *accuracy += (j->label[i] == j->target) / (double)n;
        *nearest += sqrt((double)j->square[i]) / (double)n;
    }
    return RMF_OK;
}

static rmf_status put_aim(const judge *j, const float *x, int64_t n, json_t *to,
                          const char *accuracy_name, const char *nearest_name)
{
    double accuracy, nearest;
    RMF_TRY(aim(j, x, n, &accuracy, &nearest));
    json_object_set_new(to, accuracy_name, number(accuracy));
    json_object_set_new(to, nearest_name, number(nearest));
    return RMF_OK;
}

/* value[STROKES·r …]: slant, thickness and area of image r. */
static void measure_strokes(const judge *j, const float *x, float *ink, double *value)
{
    const int64_t *shape = j->report->like->shape;
    for (int64_t r = 0; r < j->n; r++) {
        for (int64_t i = 0; i < j->features; i++)
            ink[i] = (float)((x[r * j->features + i] - j->low) / (j->high - j->low));
        rmf_stroke s = rmf_stroke_measure(ink, shape[0], shape[1]);
        value[STROKES * r] = s.slant;
        value[STROKES * r + 1] = s.thickness;
        value[STROKES * r + 2] = s.area;
    }
}

/* Pairs of which both images have ink, as one quantity a column. */
static int64_t stroke_pairs(const judge *j, float *before, float *after)
{
    int64_t n = 0;
    for (int64_t r = 0; r < j->n; r++) {
        const double *a = j->stroke[0] + STROKES * r, *b = j->stroke[1] + STROKES * r;
        bool whole = true;
        for (int k = 0; k < STROKES; k++)
            whole = whole && isfinite(a[k]) && isfinite(b[k]);
        for (int k = 0; whole && k < STROKES; k++) {
            before[STROKES * n + k] = (float)a[k];
            after[STROKES * n + k] = (float)b[k];
        }
        n += whole;
    }
    return n;
}

static json_t *strokes_json(const rmf_kept *kept, const float *before, const float *after,
                            int64_t n)
{
    json_t *out = json_object();
    for (int k = 0; k < STROKES; k++) {
        double mean[2] = {0};
        for (int64_t r = 0; r < n; r++) {
            mean[0] += before[STROKES * r + k] / (double)n;
            mean[1] += after[STROKES * r + k] / (double)n;
        }
        json_t *one = kept_json(&kept[k]);
        json_object_set_new(one, "before", number(mean[0]));
        json_object_set_new(one, "after", number(mean[1]));
        json_object_set_new(out, stroke_name[k], one);
    }
    return out;
}

static rmf_status put_strokes(const judge *j, const float *after, json_t *to)
{
    float *pairs = NULL, *ink = NULL;
    rmf_kept kept[STROKES], mean;
    if (!j->stroke[0]) return RMF_OK;
    rmf_status s = rmf_alloc((size_t)j->n, 2 * STROKES * sizeof *pairs, (void **)&pairs);
    if (s == RMF_OK) s = rmf_alloc((size_t)j->features, sizeof *ink, (void **)&ink);
    if (s == RMF_OK) {
        float *second = pairs + STROKES * j->n;
        measure_strokes(j, j->report->before, ink, j->stroke[0]);
        measure_strokes(j, after, ink, j->stroke[1]);
        const int64_t n = stroke_pairs(j, pairs, second);
        if (n >= 3) {
            s = rmf_kept_features(pairs, second, n, STROKES, PERMUTATIONS, j->report->like->seed,
                                  kept, &mean);
            if (s == RMF_OK)
                json_object_set_new(to, "strokes", strokes_json(kept, pairs, second, n));
        }
    }
    rmf_free(ink);
    rmf_free(pairs);
    return s;
}

static json_t *features_json(const judge *j, const rmf_kept *kept)
{
    char **names = j->report->like->feature_name;
    json_t *list = json_array();
    for (int64_t i = 0; i < j->features; i++) {
        char number_name[24];
        snprintf(number_name, sizeof number_name, "x%lld", (long long)i);
        json_t *one = kept_json(&kept[i]);
        json_object_set_new(one, "feature", json_string(names ? names[i] : number_name));
        json_array_append_new(list, one);
    }
    return list;
}

/* One row of the curve: all that depends on the time. */
static rmf_status put_row(const judge *j, double time, const float *after, bool each, json_t *to)
{
    rmf_kept *kept = NULL, mean;
    json_object_set_new(to, "time", json_real(time));
    RMF_TRY(rmf_alloc((size_t)j->features, sizeof *kept, (void **)&kept));
    rmf_status s = rmf_kept_features(j->report->before, after, j->n, j->features, PERMUTATIONS,
                                     j->report->like->seed, kept, &mean);
    if (s == RMF_OK) {
        json_object_set_new(to, "kept", kept_json(&mean));
        if (each) json_object_set_new(to, "features", features_json(j, kept));
        s = put_aim(j, after, j->n, to, "accuracy", "nearest");
    }
    if (s == RMF_OK) s = put_strokes(j, after, to);
    rmf_free(kept);
    return s;
}

/* ---- the report ---- */

/* What a perfect transmutation would reach, and what the objects score as they are. */
static rmf_status put_bounds(const judge *j, json_t *to)
{
    float *real;
    int64_t n;
    RMF_TRY(collect(j, &j->held_out, &real, &n));
    RMF_TRY(put_aim(j, real, n, to, "accuracy_real", "nearest_real"));
    return put_aim(j, j->report->before, j->n, to, "accuracy_before", "nearest_before");
}

static rmf_status put_sweep(const judge *j, const rmf_progress *progress, json_t *to)
{
    const rmf_transmute_report *r = j->report;
    float *after;
    json_t *rows = json_array();
    json_object_set_new(to, "sweep", rows);
    RMF_TRY(rmf_arena_alloc(j->arena, (size_t)j->n, (size_t)j->features * sizeof *after,
                            (void **)&after));
    for (int i = 0; i < r->n_sweep; i++) {
        rmf_transmutation t = *r->transmutation;
        t.time = r->sweep[i];
        json_t *row = json_object();
        json_array_append_new(rows, row);
        RMF_TRY(rmf_transmute(&t, progress, j->n, r->before, after, NULL));
        RMF_TRY(put_row(j, t.time, after, false, row));
    }
    return RMF_OK;
}

static void put_head(const judge *j, double point, json_t *to)
{
    const rmf_transmute_report *r = j->report;
    const rmf_tree *tree = rmf_model_tree(r->model);
    const rmf_transmutation *t = r->transmutation;
    json_object_set_new(to, "from", json_string(rmf_tree_class_name(tree, t->from)));
    json_object_set_new(to, "to", json_string(rmf_tree_class_name(tree, t->to)));
    json_object_set_new(to, "branch_point", json_real(point));
    json_object_set_new(to, "deterministic", json_boolean(t->deterministic));
    json_object_set_new(to, "n", json_integer(r->n));
    json_object_set_new(to, "n_real", json_integer(j->n_aims));
    json_object_set_new(to, "permutations", json_integer(PERMUTATIONS));
    json_object_set_new(to, "seed", json_integer((json_int_t)t->sampling->seed));
    json_object_set_new(to, "sampler", json_string(t->sampling->sampler->name));
    json_object_set_new(to, "steps", json_integer(t->sampling->steps));
}

rmf_status rmf_transmute_measure(const rmf_transmute_report *report, const rmf_progress *progress,
                                 json_t **out)
{
    const int pair[] = {report->transmutation->from, report->transmutation->to};
    judge j = {.report = report};
    double point = 0, time = report->transmutation->time;
    RMF_TRY(rmf_arena_create(&j.arena));
    rmf_common_branch(rmf_model_tree(report->model), pair, 2, &point);
    json_t *result = json_object();
    rmf_status s = prepare(&j, progress);
    if (s == RMF_OK) {
        put_head(&j, point, result);
        s = put_row(&j, time > 0 ? time : point, report->after, true, result);
    }
    if (s == RMF_OK) s = put_bounds(&j, result);
    if (s == RMF_OK && report->n_sweep > 0) s = put_sweep(&j, progress, result);
    rmf_classifier_free(j.classifier);
    rmf_arena_free(j.arena);
    if (s == RMF_OK)
        *out = result;
    else
        json_decref(result);
    return s;
}
