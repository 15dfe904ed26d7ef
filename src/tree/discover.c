/* tree/discover.c – discovery of branch points: options, and the way from objects to a tree. */
#include <math.h>
#include <string.h>

#include "tree/criterion.h"
#include "tree/dendrogram.h"
#include "tree/facts.h"
#include "tree/topology.h"

void rmf_discovery_init(rmf_discovery *options)
{
    *options = (rmf_discovery){.method = RMF_DISCOVER_EXACT,
                               .linkage = RMF_LINKAGE_SINGLE,
                               .epsilon = 0.005,
                               .sibling_accuracy = 0.60,
                               .t_limit = 1,
                               .times = 1000,
                               .smooth = 3};
}

static bool is_nonnegative(double value)
{
    return isfinite(value) && value >= 0;
}

RMF_CHECKED static rmf_status check_numbers(const rmf_discovery *o)
{
    const struct {
        const char *name;
        double value;
        bool good;
        const char *expected;
    } checks[] = {
        {"sibling_accuracy", o->sibling_accuracy,
         o->sibling_accuracy == 0 || (o->sibling_accuracy > 0.5 && o->sibling_accuracy < 1),
         "a number above 0.5 and below 1, or 0 to use epsilon"},
        {"epsilon", o->epsilon, o->sibling_accuracy > 0 || (isfinite(o->epsilon) && o->epsilon > 0),
         "a positive number"},
        {"min_branch_time", o->min_branch_time, is_nonnegative(o->min_branch_time),
         "a number of at least 0"},
        {"min_branch_length", o->min_branch_length, is_nonnegative(o->min_branch_length),
         "a number of at least 0"},
        {"t_limit", o->t_limit, isfinite(o->t_limit) && o->t_limit > 0, "a positive number"},
        {"times", o->times, o->times >= 2 && o->times <= 1000000, "2 to 1000000"},
        {"smooth", o->smooth, is_nonnegative(o->smooth) && o->smooth <= 100000, "0 to 100000"},
        {"bootstrap", o->bootstrap, o->bootstrap >= 0 && o->bootstrap <= 100000, "0 to 100000"},
        {"resample", o->resample, o->resample >= 0 && o->resample <= 100000, "0 to 100000"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!checks[i].good)
            return rmf_fail(RMF_ERR_ARGUMENT, "discovery: %s is %g; expected %s", checks[i].name,
                            checks[i].value, checks[i].expected);
    return RMF_OK;
}

static const rmf_criterion_ops *criterion_of(const rmf_discovery *o)
{
    return o->criterion == NULL ? &rmf_criterion_cosine : o->criterion;
}

static bool is_cosine(const rmf_discovery *o)
{
    return criterion_of(o) == &rmf_criterion_cosine;
}

RMF_CHECKED static rmf_status check_options(const rmf_discovery *o)
{
    RMF_TRY(check_numbers(o));
    if ((o->method != RMF_DISCOVER_EXACT && o->method != RMF_DISCOVER_MONTECARLO) ||
        (o->linkage != RMF_LINKAGE_SINGLE && o->linkage != RMF_LINKAGE_CENTROID))
        return rmf_fail(RMF_ERR_ARGUMENT, "discovery: method %d, linkage %d; expected known ones",
                        (int)o->method, (int)o->linkage);
    if (o->bootstrap > 0 && o->method == RMF_DISCOVER_MONTECARLO)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: bootstrap with the Monte Carlo method; expected the exact "
                        "method; choose it or leave bootstrap out");
    if (!is_cosine(o) && (o->bootstrap > 0 || o->method == RMF_DISCOVER_MONTECARLO))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: criterion %s with bootstrap or the Monte Carlo method; "
                        "expected cosine with them",
                        o->criterion->name);
    if (o->resample > 0 && (o->method == RMF_DISCOVER_MONTECARLO || !is_cosine(o) ||
                            o->bootstrap > 0 || o->topology != NULL))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: a resample with the Monte Carlo method, another criterion than "
                        "the cosine, bootstrap or a topology; expected none of them");
    if (o->topology != NULL && (o->bootstrap > 0 || o->method == RMF_DISCOVER_MONTECARLO))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: a topology with bootstrap or the Monte Carlo method; expected "
                        "the exact method without bootstrap: only times are fitted");
    return RMF_OK;
}

/* ε from p: siblings at the threshold differ by ‖Δ‖² = 2εd in units of the noise, so the best
 * classifier is right with p = Φ(½·√(2εd)). */
double rmf_discovery_epsilon(const rmf_discovery *o, int64_t features)
{
    return o->sibling_accuracy == 0 ? o->epsilon
                                    : rmf_sibling_epsilon(o->sibling_accuracy, features);
}

static rmf_sweeping sweeping_of(const rmf_discovery *o, const rmf_noise *noise, int64_t features)
{
    return (rmf_sweeping){.noise = noise,
                          .linkage = o->linkage,
                          .epsilon = rmf_discovery_epsilon(o, features),
                          .t_limit = o->t_limit,
                          .times = o->times,
                          .topology = o->topology,
                          .fit = o->fit};
}

/* The tree of joins, with the facts noted. */
RMF_CHECKED static rmf_status make_tree(const rmf_dendrogram *from, const rmf_facts *facts,
                                        rmf_tree **out)
{
    rmf_tree *tree = NULL;
    RMF_TRY(rmf_dendrogram_tree(from, &tree));
    rmf_status status = rmf_tree_note_discovery(tree, facts);
    if (status == RMF_OK)
        *out = tree;
    else
        rmf_tree_free(tree);
    return status;
}

/* ---- from objects ------------------------------------------------------------------------- */

struct discovery {
    const rmf_labelled *data;
    const rmf_discovery *options;
    const rmf_sweeping *how;
    rmf_picks picks;
    rmf_basis basis;
    rmf_sums *sums;
    rmf_join *join;
    int32_t *count; /* of a resample; NULL: every object once */
};

RMF_CHECKED static rmf_status draw_counts(struct discovery *d)
{
    const int n = d->data->n_names;
    if (d->options->resample == 0) return RMF_OK;
    RMF_TRY(rmf_alloc((size_t)d->picks.start[n], sizeof *d->count, (void **)&d->count));
    rmf_resample(&d->picks, n, d->options->seed, d->options->resample - 1, d->count);
    return RMF_OK;
}

RMF_CHECKED static rmf_status find_joins(struct discovery *d)
{
    const rmf_labelled *data = d->data;
    if (d->options->method == RMF_DISCOVER_MONTECARLO)
        return rmf_montecarlo(data, &d->picks, d->options, d->how, d->join);
    if (d->options->topology != NULL)
        return rmf_fit(criterion_of(d->options), data, &d->picks, d->how, d->join);
    if (!is_cosine(d->options))
        return rmf_criterion_joins(d->options->criterion, data, &d->picks, d->how, d->join);
    RMF_TRY(rmf_basis_create(&d->picks, d->picks.start[data->n_names], data->features, &d->basis));
    RMF_TRY(rmf_sums_new(data->n_names, data->names, d->basis.nodes, data->features, &d->sums));
    RMF_TRY(draw_counts(d));
    rmf_sums_fill(d->sums, data, &d->picks, &d->basis, d->count);
    return rmf_sweep(d->sums, d->how, d->join);
}

RMF_CHECKED static rmf_status discover(struct discovery *d, rmf_tree **out)
{
    const rmf_labelled *data = d->data;
    rmf_tree *tree = NULL;
    void *joins = NULL;
    RMF_TRY(rmf_alloc((size_t)data->n_names, sizeof *d->join, &joins));
    d->join = joins;
    RMF_TRY(find_joins(d));
    const rmf_dendrogram parts = {data->n_names, data->names, d->join, d->options,
                                  d->how->noise->steps};
    const rmf_facts facts = {d->options, d->how->epsilon, d->how->noise->name, data->features,
                             d->picks.start[data->n_names]};
    RMF_TRY(make_tree(&parts, &facts, &tree));
    const rmf_bootstrap bootstrap = {data, &d->picks, &d->basis, d->options, d->how};
    rmf_status status = d->options->bootstrap > 0 ? rmf_bootstrap_tree(&bootstrap, tree) : RMF_OK;
    if (status == RMF_OK)
        *out = tree;
    else
        rmf_tree_free(tree);
    return status;
}

rmf_status rmf_discover(const rmf_labelled *data, const rmf_noise *noise,
                        const rmf_discovery *options, const rmf_progress *progress, rmf_tree **out)
{
    struct discovery d = {.data = data, .options = options};
    RMF_TRY(check_options(options));
    RMF_TRY(rmf_picks_create(data, rmf_criterion_most(options->criterion, options->max_per_class),
                             options->seed, &d.picks));
    rmf_sweeping how = sweeping_of(options, noise, data->features);
    how.progress = progress;
    d.how = &how;
    rmf_status status = discover(&d, out);
    rmf_free(d.join);
    rmf_free(d.count);
    rmf_sums_free(d.sums);
    rmf_basis_free(&d.basis);
    rmf_picks_free(&d.picks);
    return status;
}

/* ---- from sums ---------------------------------------------------------------------------- */

rmf_status rmf_discover_from_sums(const rmf_sums *sums, const rmf_noise *noise,
                                  const rmf_discovery *options, rmf_tree **out)
{
    RMF_TRY(check_options(options));
    if (options->method != RMF_DISCOVER_EXACT || options->bootstrap > 0 || !is_cosine(options) ||
        options->topology != NULL)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: sums without objects; expected the exact method and the cosine "
                        "without bootstrap and topology; give the objects");
    const rmf_sweeping how = sweeping_of(options, noise, sums->features);
    void *joins = NULL;
    double objects = 0;
    for (int c = 0; c < sums->n_names; c++)
        objects += sums->weight[c];
    RMF_TRY(rmf_alloc((size_t)sums->n_names, sizeof(rmf_join), &joins));
    rmf_status status = rmf_sweep(sums, &how, joins);
    const rmf_dendrogram parts = {sums->n_names, (const char *const *)sums->name, joins, options,
                                  noise->steps};
    const rmf_facts facts = {options, how.epsilon, noise->name, sums->features, (int64_t)objects};
    if (status == RMF_OK) status = make_tree(&parts, &facts, out);
    rmf_free(joins);
    return status;
}
