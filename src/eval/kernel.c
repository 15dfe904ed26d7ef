/* eval/kernel.c – a discrepancy is three quadratic forms of the weights. */
#include "eval/kernel.h"

rmf_status rmf_kernel_create(int64_t na, int64_t nb, rmf_kernel *out)
{
    float *values = NULL;
    size_t a = (size_t)na, b = (size_t)nb;
    RMF_TRY(rmf_alloc(a * a + a * b + b * b, sizeof *values, (void **)&values));
    *out = (rmf_kernel){na, nb, values, values + a * a, values + a * a + a * b};
    return RMF_OK;
}

void rmf_kernel_free(rmf_kernel *kernel)
{
    rmf_free(kernel->aa);
    *kernel = (rmf_kernel){0};
}

static double weight_of(const double *weight, int64_t i)
{
    return weight ? weight[i] : 1.0;
}

/* Σ left_i·right_j·value_ij */
static double form(const float *value, int64_t rows, const double *left, int64_t columns,
                   const double *right)
{
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        const float *row = value + i * columns;
        double of_row = 0;
        if (weight_of(left, i) == 0) continue;
        for (int64_t j = 0; j < columns; j++)
            of_row += weight_of(right, j) * row[j];
        sum += weight_of(left, i) * of_row;
    }
    return sum;
}

static double total_of(const double *weight, int64_t n)
{
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += weight_of(weight, i);
    return total;
}

/* Mean over pairs of different objects of one set. */
static double within(const float *value, int64_t n, const double *weight)
{
    double sum = form(value, n, weight, n, weight), total = total_of(weight, n);
    for (int64_t i = 0; i < n; i++)
        sum -= weight_of(weight, i) * value[i * n + i];
    return sum / (total * (total - 1));
}

double rmf_kernel_discrepancy(const rmf_kernel *k, const rmf_weights *weights)
{
    const double *a = weights->a, *b = weights->b;
    double between = form(k->ab, k->na, a, k->nb, b) / (total_of(a, k->na) * total_of(b, k->nb));
    return within(k->aa, k->na, a) + within(k->bb, k->nb, b) - 2 * between;
}
