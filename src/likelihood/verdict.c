/* likelihood/verdict.c – probabilities of classes, and how good they are. */
#include "ramify/likelihood.h"

#include <math.h>

void rmf_posteriors(const double *value, const double *log_prior, int64_t n, int classes, double *p)
{
    for (int64_t i = 0; i < n; i++) {
        double most = -INFINITY, sum = 0;
        for (int c = 0; c < classes; c++) {
            p[i * classes + c] = value[i * classes + c] + log_prior[c];
            most = fmax(most, p[i * classes + c]);
        }
        for (int c = 0; c < classes; c++)
            sum += exp(p[i * classes + c] - most);
        for (int c = 0; c < classes; c++)
            p[i * classes + c] = exp(p[i * classes + c] - most) / sum;
    }
}

int rmf_most_likely(const double *p, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

static void count_object(rmf_verdict *v, const double *p, int label)
{
    const int found = rmf_most_likely(p, v->n_classes);
    int bin = (int)ceil(p[found] * RMF_CONFIDENCE_BINS) - 1;
    if (bin < 0) bin = 0;
    if (bin >= RMF_CONFIDENCE_BINS) bin = RMF_CONFIDENCE_BINS - 1;
    v->n++;
    v->accuracy += found == label;
    v->log_loss -= log(fmax(p[label], 1e-300)); /* a p that underflowed: some 690 nats */
    v->bin[bin].count++;
    v->bin[bin].confidence += p[found];
    v->bin[bin].accuracy += found == label;
    v->confusion[label * v->n_classes + found]++;
}

rmf_status rmf_judge(const double *p, const int *label, int64_t n, int classes, rmf_verdict *out)
{
    rmf_verdict v = {.n_classes = classes};
    RMF_TRY(
        rmf_alloc((size_t)classes * (size_t)classes, sizeof *v.confusion, (void **)&v.confusion));
    for (int64_t i = 0; i < n; i++)
        if (label[i] >= 0) count_object(&v, p + i * classes, label[i]);
    if (v.n == 0) {
        rmf_verdict_free(&v);
        return rmf_fail(RMF_ERR_ARGUMENT, "classes: no object of a known class; expected some");
    }
    v.accuracy /= (double)v.n;
    v.log_loss /= (double)v.n;
    for (int b = 0; b < RMF_CONFIDENCE_BINS; b++) {
        const double count = (double)v.bin[b].count;
        if (count == 0) continue;
        v.bin[b].confidence /= count;
        v.bin[b].accuracy /= count;
        v.ece += count / (double)v.n * fabs(v.bin[b].accuracy - v.bin[b].confidence);
    }
    *out = v;
    return RMF_OK;
}

void rmf_verdict_free(rmf_verdict *verdict)
{
    rmf_free(verdict->confusion);
    *verdict = (rmf_verdict){0};
}
