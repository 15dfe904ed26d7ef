/* plan/curve_text.c – a curve for people and as plan.json. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ramify/plan.h"

#define FORMAT "ramify-plan"
#define VERSION 1

/* ---- table ---- */

static void print_score(FILE *to, const rmf_curve *curve, const rmf_ideal_score *score)
{
    fprintf(to, "  %8.4g  %8.4g  %s\n", score->mean, score->worst,
            curve->class_name[score->worst_class]);
}

static void print_point(FILE *to, const rmf_curve *curve, int i, bool picked)
{
    const rmf_curve_point *p = &curve->point[i];
    if (p->name)
        fprintf(to, "%c %-18.18s", picked ? '*' : ' ', p->name);
    else
        fprintf(to, "%c p %-6.4g %-9.3g", picked ? '*' : ' ', p->sibling_accuracy, p->epsilon);
    fprintf(to, "  %6.3f  %6.3f  %6.3f", p->cost, p->root_time, p->first_time);
    print_score(to, curve, &p->score);
}

rmf_status rmf_curve_table(const rmf_curve *curve, int picked, char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("plan: no memory for its table", &text));
    FILE *to = text.to;
    fprintf(to, "  %-18s  %6s  %6s  %6s  %8s  %8s  %s\n", "tree (p, epsilon)", "cost", "root t",
            "first t", curve->metric, "worst", "class");
    for (int i = 0; i < curve->n_points; i++)
        print_point(to, curve, i, i == picked);
    fprintf(to, "  %-18s  %6.3f       –       –", "no sharing", 1.0);
    print_score(to, curve, &curve->flat);
    fprintf(to, "  %-18s       –       –       –", "real against real");
    print_score(to, curve, &curve->real);
    return rmf_text_end(&text, out);
}

/* ---- JSON ---- */

static json_t *score_json(const rmf_curve *curve, const rmf_ideal_score *score)
{
    json_t *all = json_object();
    for (int c = 0; c < curve->n_classes; c++)
        json_object_set_new(all, curve->class_name[c], json_real(score->value[c]));
    return json_pack("{sf sf ss so}", "mean", score->mean, "worst", score->worst, "worst_class",
                     curve->class_name[score->worst_class], "per_class", all);
}

static rmf_status point_json(const rmf_curve *curve, const rmf_curve_point *p, json_t **out)
{
    json_t *tree = NULL;
    RMF_TRY(rmf_tree_to_json(p->tree, &tree));
    json_t *object = score_json(curve, &p->score);
    int bad = json_object_set_new(object, "cost", json_real(p->cost));
    bad |= json_object_set_new(object, "root_time", json_real(p->root_time));
    bad |= json_object_set_new(object, "first_time", json_real(p->first_time));
    if (p->name)
        bad |= json_object_set_new(object, "name", json_string(p->name));
    else
        bad |= json_object_set_new(object, "sibling_accuracy", json_real(p->sibling_accuracy)) |
               json_object_set_new(object, "epsilon", json_real(p->epsilon));
    bad |= json_object_set_new(object, "tree", tree);
    if (bad) {
        json_decref(object);
        return rmf_fail(RMF_ERR_MEMORY, "plan: no memory left for its JSON");
    }
    *out = object;
    return RMF_OK;
}

static rmf_status put_points(const rmf_curve *curve, json_t *points)
{
    for (int i = 0; i < curve->n_points; i++) {
        json_t *point = NULL;
        RMF_TRY(point_json(curve, &curve->point[i], &point));
        if (json_array_append_new(points, point) != 0)
            return rmf_fail(RMF_ERR_MEMORY, "plan: no memory left for its JSON");
    }
    return RMF_OK;
}

rmf_status rmf_curve_to_json(const rmf_curve *curve, int picked, json_t **out)
{
    json_t *points = json_array(), *objects = json_object();
    for (int c = 0; c < curve->n_classes; c++)
        json_object_set_new(objects, curve->class_name[c],
                            json_integer((json_int_t)curve->count[c]));
    rmf_status status = put_points(curve, points);
    if (status != RMF_OK) {
        json_decref(points);
        json_decref(objects);
        return status;
    }
    json_t *object =
        json_pack("{ss si ss ss ss sI sf so so so so so}", "format", FORMAT, "version", VERSION,
                  "data", curve->source, "sde", curve->sde, "metric", curve->metric, "seed",
                  (json_int_t)curve->seed, "seconds", curve->seconds, "objects", objects, "floor",
                  score_json(curve, &curve->real), "no_sharing", score_json(curve, &curve->flat),
                  "points", points, "picked", picked < 0 ? json_null() : json_integer(picked));
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "plan: no memory left for its JSON");
    *out = object;
    return RMF_OK;
}
