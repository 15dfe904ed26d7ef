/*
 * tree/criterion_cosine.c – the paper's criterion in closed form, as a criterion among others:
 * twice the number of features times ½(S_ii + S_jj) − S_ij.  Discovery by the cosine itself takes
 * the faster way of sweep.c, with the same result.
 */
#include <math.h>

#include "tree/criterion.h"

struct cosine {
    rmf_sums *sums;
    double *form, *scratch; /* [n, nodes, nodes]; [nodes, features] */
};

static void destroy(void *state)
{
    struct cosine *c = state;
    if (c == NULL) return;
    rmf_sums_free(c->sums);
    rmf_free(c->form);
    rmf_free(c->scratch);
    rmf_free(c);
}

RMF_CHECKED static rmf_status fill(struct cosine *c, const rmf_labelled *data,
                                   const rmf_picks *picks)
{
    rmf_basis basis;
    RMF_TRY(rmf_basis_create(picks, picks->start[data->n_names], data->features, &basis));
    const size_t nodes = (size_t)basis.nodes;
    rmf_status status =
        rmf_sums_new(data->n_names, data->names, basis.nodes, data->features, &c->sums);
    if (status == RMF_OK) rmf_sums_fill(c->sums, data, picks, &basis, NULL);
    rmf_basis_free(&basis);
    RMF_TRY(status);
    RMF_TRY(rmf_alloc((size_t)data->n_names * nodes, nodes * sizeof(double), (void **)&c->form));
    for (int i = 0; i < data->n_names; i++)
        rmf_class_form(c->sums, i, c->form + (size_t)i * nodes * nodes);
    return rmf_alloc(nodes * (size_t)data->features, sizeof(double), (void **)&c->scratch);
}

static rmf_status create(const rmf_labelled *data, const rmf_picks *picks, void **state)
{
    struct cosine *c = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *c, (void **)&c));
    rmf_status status = fill(c, data, picks);
    if (status == RMF_OK)
        *state = c;
    else
        destroy(c);
    return status;
}

static double separation(const void *state, int a, int b, double alpha, double sigma)
{
    const struct cosine *c = state;
    const int n = c->sums->nodes;
    double form[RMF_MOST_NODES * RMF_MOST_NODES], rho[RMF_MOST_NODES], sum = 0;
    rmf_pair_form(c->sums, c->form, (const int[]){a, b}, c->scratch, form);
    rmf_sums_rho(c->sums, alpha, sigma, rho);
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++)
            sum += rho[k] * rho[l] * form[k * n + l];
    return fmax(2 * (double)c->sums->features * sum, 0);
}

static void pool(void *state, int a, int b)
{
    struct cosine *c = state;
    rmf_sums_pool(c->sums, a, b);
    rmf_class_form(c->sums, a, c->form + (int64_t)a * c->sums->nodes * c->sums->nodes);
}

const rmf_criterion_ops rmf_criterion_cosine = {
    .name = "cosine",
    .summary = "mean cosine similarity of noised objects, in closed form",
    .source = "Tseng et al. 2024, section 3.1; projected normal: Presnell et al. 1998",
    .create = create,
    .destroy = destroy,
    .separation = separation,
    .pool = pool};
