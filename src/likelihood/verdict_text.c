/* likelihood/verdict_text.c – a verdict as a table and as JSON. */
#include "ramify/likelihood.h"

#include <jansson.h>
#include <stdio.h>

#include "core/text.h"

static void put_reliability(FILE *to, const rmf_verdict *v)
{
    fprintf(to, "%-13s  %8s  %10s  %8s\n", "confidence", "objects", "mean", "accuracy");
    for (int b = 0; b < RMF_CONFIDENCE_BINS; b++)
        if (v->bin[b].count > 0)
            fprintf(to, "%.3f to %.3f  %7lld  %10.4f  %8.4f\n", (double)b / RMF_CONFIDENCE_BINS,
                    (double)(b + 1) / RMF_CONFIDENCE_BINS, (long long)v->bin[b].count,
                    v->bin[b].confidence, v->bin[b].accuracy);
}

static void put_confusion(FILE *to, const rmf_verdict *v, const char *const *name)
{
    fprintf(to, "%-16s", "class");
    for (int c = 0; c < v->n_classes; c++)
        fprintf(to, " %5.5s", name[c]);
    for (int r = 0; r < v->n_classes; r++) {
        fprintf(to, "\n%-16.16s", name[r]);
        for (int c = 0; c < v->n_classes; c++)
            fprintf(to, " %5lld", (long long)v->confusion[r * v->n_classes + c]);
    }
    fprintf(to, "\n");
}

rmf_status rmf_verdict_table(const rmf_verdict *v, const char *const *name, char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("classes: no memory for their table", &text));
    FILE *to = text.to;
    put_confusion(to, v, name);
    fprintf(to, "\n");
    put_reliability(to, v);
    fprintf(to, "\naccuracy %.4f of %lld objects, log loss %.4f nats, calibration error %.4f\n",
            v->accuracy, (long long)v->n, v->log_loss, v->ece);
    return rmf_text_end(&text, out);
}

rmf_status rmf_verdict_to_json(const rmf_verdict *v, const char *const *name, json_t **out)
{
    json_t *bins = json_array(), *confusion = json_array(), *names = json_array();
    for (int b = 0; b < RMF_CONFIDENCE_BINS; b++)
        json_array_append_new(bins,
                              json_pack("{sf sf sI sf sf}", "low", (double)b / RMF_CONFIDENCE_BINS,
                                        "high", (double)(b + 1) / RMF_CONFIDENCE_BINS, "count",
                                        (json_int_t)v->bin[b].count, "confidence",
                                        v->bin[b].confidence, "accuracy", v->bin[b].accuracy));
    for (int r = 0; r < v->n_classes; r++) {
        json_t *row = json_array();
        for (int c = 0; c < v->n_classes; c++)
            json_array_append_new(row, json_integer(v->confusion[r * v->n_classes + c]));
        json_array_append_new(confusion, row);
        json_array_append_new(names, json_string(name[r]));
    }
    json_t *object = json_pack("{sI sf sf sf so so so}", "n", (json_int_t)v->n, "accuracy",
                               v->accuracy, "log_loss", v->log_loss, "ece", v->ece, "bins", bins,
                               "classes", names, "confusion", confusion);
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "classes: no memory left for their JSON");
    *out = object;
    return RMF_OK;
}
