/* eval/kernel.c – a discrepancy is three quadratic forms of the weights. */
#include "eval/kernel.h"

rmf_status rmf_kernel_create(int64_t na, int64_t nb, rmf_arena *arena, rmf_kernel *out)
{
    float *values = NULL;
    size_t a = (size_t)na, b = (size_t)nb;
    RMF_TRY(rmf_arena_alloc(arena, a * a + a * b + b * b, sizeof *values, (void **)&values));
    *out = (rmf_kernel){na, nb, values, values + a * a, values + a * a + a * b};
    return RMF_OK;
}

/* Σ left_i·right_j·value_ij */
static double form(const float *value, int64_t rows, const double *left, int64_t columns,
                   const double *right)
{
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        const float *row = value + i * columns;
        double of_row = 0;
        if (rmf_weight(left, i) == 0) continue;
        for (int64_t j = 0; j < columns; j++)
            of_row += rmf_weight(right, j) * row[j];
        sum += rmf_weight(left, i) * of_row;
    }
    return sum;
}

/* Mean over pairs of different objects of one set. */
static double within(const float *value, int64_t n, const double *weight)
{
    double sum = form(value, n, weight, n, weight), total = rmf_weight_sum(weight, n);
    for (int64_t i = 0; i < n; i++)
        sum -= rmf_weight(weight, i) * value[i * n + i];
    return sum / (total * (total - 1));
}

double rmf_kernel_discrepancy(const rmf_kernel *k, const rmf_weights *weights)
{
    const double *a = weights->a, *b = weights->b;
    double between =
        form(k->ab, k->na, a, k->nb, b) / (rmf_weight_sum(a, k->na) * rmf_weight_sum(b, k->nb));
    return within(k->aa, k->na, a) + within(k->bb, k->nb, b) - 2 * between;
}
