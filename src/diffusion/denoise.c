/* diffusion/denoise.c – what a network expects of the object behind a state (Tweedie's formula). */
#include "ramify/diffusion.h"

#include <string.h>

/* Rows of a block that are not used repeat the last one: a score must get numbers. */
static void fill_block(float *block, const float *x, int64_t used, int64_t rows, int64_t features)
{
    for (int64_t r = 0; r < rows; r++)
        memcpy(block + r * features, x + (r < used ? r : used - 1) * features,
               (size_t)features * sizeof *block);
}

rmf_status rmf_denoise(const rmf_sde *sde, const rmf_score *score, int branch, double t, int64_t n,
                       const float *x, float *out)
{
    const int64_t d = score->features, rows = score->rows;
    double alpha, sigma;
    float *block = NULL;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    RMF_TRY(rmf_alloc((size_t)(2 * rows), (size_t)d * sizeof *block, (void **)&block));
    float *value = block + rows * d;
    rmf_status status = RMF_OK;
    for (int64_t first = 0; status == RMF_OK && first < n; first += rows) {
        const int64_t used = n - first < rows ? n - first : rows;
        fill_block(block, x + first * d, used, rows, d);
        status = score->eval(score->context, branch, t, block, value);
        for (int64_t i = 0; status == RMF_OK && i < used * d; i++)
            out[first * d + i] = (float)((block[i] + sigma * sigma * value[i]) / alpha);
    }
    rmf_free(block);
    return status;
}
