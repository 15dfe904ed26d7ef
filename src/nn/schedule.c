/* nn/schedule.c – learning-rate factors. */
#include "ramify/nn.h"

#include <math.h>
#include <string.h>

double rmf_schedule(const char *name, int64_t step, int64_t total, int64_t warmup)
{
    if (step < 0) step = 0;
    if (step < warmup) return (double)(step + 1) / (double)warmup;
    if (strcmp(name, "cosine") != 0) return 1;
    /* Half a cosine from 1 at the end of the warm-up to 0 at the end (Loshchilov & Hutter 2017). */
    if (step >= total) return 0;
    double part = (double)(step - warmup) / (double)(total - warmup);
    return 0.5 * (1 + cos(3.14159265358979323846 * part));
}
