/* diffusion/guidance.c – a score that is led away from its guide's (Ho & Salimans 2022). */
#include "ramify/diffusion.h"

static rmf_status guided_eval(void *context, int branch, double t, const float *x, float *score)
{
    const rmf_guidance *g = context;
    const int guide = g->guide[branch];
    RMF_TRY(g->score.eval(g->score.context, branch, t, x, score));
    if (guide < 0) return RMF_OK;
    RMF_TRY(g->score.eval(g->score.context, guide, t, x, g->work));
    const float w = (float)g->weight;
    const int64_t values = g->score.rows * g->score.features;
    for (int64_t i = 0; i < values; i++)
        score[i] += w * (score[i] - g->work[i]);
    return RMF_OK;
}

rmf_score rmf_guided_score(rmf_guidance *guidance)
{
    if (guidance->weight == 0) return guidance->score;
    return (rmf_score){guided_eval, guidance, guidance->score.rows, guidance->score.features};
}
