/* eval/table.c – an evaluation for people: a line a metric, then a line a class. */
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ramify/eval.h"

enum { CELL = 32 };

/* Numbers as they are shown; "–" where there is none. */
static const char *cell(const json_t *value, char text[CELL])
{
    if (json_is_number(value))
        snprintf(text, CELL, "%.4g", json_number_value(value));
    else
        snprintf(text, CELL, "%s", "–");
    return text;
}

/* Characters of UTF-8, for padding. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void pad(FILE *to, const char *text, int width, bool right)
{
    int space = width - width_of(text);
    fprintf(to, "%*s%s%*s", right && space > 0 ? space : 0, "", text,
            !right && space > 0 ? space : 0, "");
}

static int widest_key(const json_t *object, int least)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        int width = width_of(key);
        least = width > least ? width : least;
    }
    return least;
}

static void print_metric(FILE *to, const char *name, const json_t *metric, int first)
{
    char text[CELL], low[CELL], high[CELL], range[2 * CELL + 8] = "–", worst[CELL];
    const json_t *interval = json_object_get(metric, "mean_interval");
    const json_t *worst_class = json_object_get(metric, "worst");
    const char *who = json_string_value(json_object_get(worst_class, "class"));
    if (json_array_size(interval) == 2)
        snprintf(range, sizeof range, "%s to %s", cell(json_array_get(interval, 0), low),
                 cell(json_array_get(interval, 1), high));
    pad(to, name, first, false);
    pad(to, cell(json_object_get(metric, "mean"), text), 11, true);
    pad(to, cell(json_object_get(metric, "floor_mean"), text), 11, true);
    pad(to, range, 23, true);
    pad(to, cell(json_object_get(worst_class, "value"), worst), 11, true);
    fprintf(to, "  %s\n", who ? who : "–");
}

static void print_metrics(FILE *to, const json_t *metrics)
{
    int first = widest_key(metrics, (int)strlen("metric"));
    const char *name;
    json_t *metric;
    pad(to, "metric", first, false);
    fprintf(to, "%11s%11s%23s%11s  %s\n", "mean", "floor", "95 % interval", "worst", "class");
    json_object_foreach((json_t *)metrics, name, metric) print_metric(to, name, metric, first);
}

static void print_classes(FILE *to, const json_t *metrics)
{
    const json_t *any = json_object_iter_value(json_object_iter((json_t *)metrics));
    const json_t *classes = json_object_get(any, "per_class");
    int first = widest_key(classes, (int)strlen("class"));
    const char *class, *name;
    json_t *unused, *metric;
    char text[CELL];
    pad(to, "class", first, false);
    fprintf(to, "%8s", "n");
    json_object_foreach((json_t *)metrics, name, metric)
        pad(to, name, (width_of(name) > 8 ? width_of(name) : 8) + 2, true);
    fprintf(to, "\n");
    json_object_foreach((json_t *)classes, class, unused)
    {
        json_t *n = json_object_get(unused, "n");
        pad(to, class, first, false);
        fprintf(to, "%8lld", (long long)json_integer_value(n));
        json_object_foreach((json_t *)metrics, name, metric)
        {
            const json_t *entry = json_object_get(json_object_get(metric, "per_class"), class);
            pad(to, cell(json_object_get(entry, "value"), text),
                (width_of(name) > 8 ? width_of(name) : 8) + 2, true);
        }
        fprintf(to, "\n");
    }
}

rmf_status rmf_evaluation_table(const json_t *evaluation, bool per_class, char **out)
{
    const json_t *metrics = json_object_get(evaluation, "metrics");
    const char *split = json_string_value(json_object_get(evaluation, "real_split"));
    rmf_text text;
    if (!json_is_object(metrics))
        return rmf_fail(RMF_ERR_FORMAT,
                        "evaluation: there is no object \"metrics\"; expected the JSON that "
                        "`ramify eval --out` writes");
    RMF_TRY(rmf_text_begin("evaluation: no memory for the table", &text));
    FILE *to = text.to;
    fprintf(to, "%lld generated objects against %lld real ones (%s)\n\n",
            (long long)json_integer_value(json_object_get(evaluation, "n_generated")),
            (long long)json_integer_value(json_object_get(evaluation, "n_real")),
            split ? split : "real");
    print_metrics(to, metrics);
    if (per_class) {
        fprintf(to, "\n");
        print_classes(to, metrics);
    }
    return rmf_text_end(&text, out);
}
