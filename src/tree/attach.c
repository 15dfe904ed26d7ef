/*
 * tree/attach.c – where a new class leaves a tree whose branch points stay.
 *
 * A candidate is a set of old classes, pooled, on an interval of time.  Single linkage: each class
 * on its whole way, so the new class leaves the way of the class that it meets first.  Centroid
 * linkage: each branch on its own interval.  The distance of the new class to a candidate is the
 * quadratic form of tree/pair.c, made from the sums of two "classes": the pool and the new one.
 */
#include <math.h>
#include <string.h>

#include "tree/sweep.h"

#define LOOKS 256 /* times at which a distance is looked at before its crossing is solved */

struct work {
    const rmf_attach *attach;
    const rmf_tree *tree;
    int *sum_of; /* [classes of the tree]: their number among the sums */
    int new_class;
    rmf_sweeping how;
};

struct candidate {
    int n;
    const int *classes; /* [n] of the tree */
    double low, high;
};

/* ---- the distance to a pool ----------------------------------------------------------------- */

struct pair {
    rmf_sums *sums; /* the pool and the new class */
    double form[RMF_MOST_NODES * RMF_MOST_NODES];
};

static void add_class(const rmf_sums *from, int class, rmf_sums *to, int into)
{
    const int64_t size = from->nodes * from->features, form = from->nodes * from->nodes;
    to->weight[into] += from->weight[class];
    to->weight_squared[into] += from->weight_squared[class];
    for (int64_t i = 0; i < size; i++)
        to->direction[into * size + i] += from->direction[class * size + i];
    for (int64_t i = 0; i < form; i++)
        to->square[into * form + i] += from->square[class * form + i];
}

RMF_CHECKED static rmf_status fill_form(struct pair *pair)
{
    const rmf_sums *s = pair->sums;
    const size_t form = (size_t)s->nodes * (size_t)s->nodes;
    void *block = NULL;
    RMF_TRY(rmf_alloc(2 * form + (size_t)s->nodes * (size_t)s->features, sizeof(double), &block));
    double *own = block, *scratch = own + 2 * form;
    for (int c = 0; c < 2; c++)
        rmf_class_form(s, c, own + (size_t)c * form);
    rmf_pair_form(s, own, (const int[2]){0, 1}, scratch, pair->form);
    rmf_free(block);
    return RMF_OK;
}

RMF_CHECKED static rmf_status pair_open(const struct work *w, const struct candidate *c,
                                        struct pair *out)
{
    const rmf_sums *sums = w->attach->sums;
    const char *const names[] = {"pool", "new"};
    RMF_TRY(rmf_sums_new(2, names, sums->nodes, sums->features, &out->sums));
    memcpy(out->sums->log_norm, sums->log_norm, (size_t)sums->nodes * sizeof(double));
    for (int i = 0; i < c->n; i++)
        add_class(sums, w->sum_of[c->classes[i]], out->sums, 0);
    add_class(sums, w->new_class, out->sums, 1);
    rmf_status status = fill_form(out);
    if (status != RMF_OK) rmf_sums_free(out->sums);
    return status;
}

RMF_CHECKED static rmf_status distance_at(const struct work *w, const struct candidate *c, double t,
                                          double *out)
{
    struct pair pair;
    RMF_TRY(pair_open(w, c, &pair));
    *out = rmf_form_at(pair.sums, w->how.noise, pair.form, t);
    rmf_sums_free(pair.sums);
    return RMF_OK;
}

/* The first time in the candidate's interval within ε; INFINITY if there is none. */
RMF_CHECKED static rmf_status first_time(const struct work *w, const struct candidate *c,
                                         double *out)
{
    struct pair pair;
    RMF_TRY(pair_open(w, c, &pair));
    *out = INFINITY;
    double before = c->low;
    for (int i = 0; i <= LOOKS && *out == INFINITY; i++) {
        double t = i == LOOKS ? c->high : c->low + (c->high - c->low) * i / LOOKS;
        if (rmf_form_at(pair.sums, w->how.noise, pair.form, t) <= w->how.epsilon) {
            rmf_span span = {.time = {before, t}};
            rmf_span_fill(pair.sums, w->how.noise, &span);
            *out = i == 0 ? t : rmf_pair_crossing(pair.sums, &w->how, pair.form, &span);
        }
        before = t;
    }
    rmf_sums_free(pair.sums);
    return RMF_OK;
}

/* ---- time and branch ------------------------------------------------------------------------ */

static rmf_status fail_time(const struct work *w, double t, double nearest)
{
    const char *name = w->attach->name;
    if (t == 0)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "class \"%.60s\": it is within ε = %.4g of an old class at t = 0 already; "
                        "expected classes that differ; give the time to attach it, or a smaller ε",
                        name, w->how.epsilon);
    return rmf_fail(
        RMF_ERR_NUMERIC,
        "class \"%.60s\": it is still %.4g apart from the nearest class or branch at the "
        "end of its interval; expected at most ε = %.4g; give the time to attach it, "
        "another branch, or a larger ε",
        name, nearest, w->how.epsilon);
}

/* The earliest crossing among candidates number 0 … n − 1 of `list`. */
RMF_CHECKED static rmf_status earliest(const struct work *w, const struct candidate *list, int n,
                                       int *which, double *time)
{
    double nearest = INFINITY;
    *time = INFINITY;
    for (int i = 0; i < n; i++) {
        double t, end;
        RMF_TRY(first_time(w, &list[i], &t));
        if (t < *time) {
            *time = t;
            *which = i;
        }
        if (t < INFINITY) continue;
        RMF_TRY(distance_at(w, &list[i], list[i].high, &end));
        nearest = fmin(nearest, end);
    }
    const bool at_once = *time == 0 && w->attach->options->min_branch_time == 0;
    return *time == INFINITY || at_once ? fail_time(w, *time, nearest) : RMF_OK;
}

/* Branch points that the tree has already are kept where the new one would be too near. */
static rmf_attachment settle(const struct work *w, int class, double t)
{
    const rmf_discovery *o = w->attach->options;
    const double least = fmax(o->min_branch_length, RMF_TIME_TOLERANCE * w->tree->t_limit);
    t = fmax(t, o->min_branch_time);
    int b = rmf_tree_find(w->tree, class, t);
    const rmf_branch *branch = &w->tree->branch[b];
    if (branch->t_start > 0 && t - branch->t_start < least) {
        t = branch->t_start;
    } else if (branch->parent >= 0 && branch->t_end - t < least) {
        t = branch->t_end;
        b = branch->parent;
    }
    return (rmf_attachment){.branch = b, .time = t};
}

static struct candidate of_class(const int *class, double low, double high)
{
    return (struct candidate){1, class, low, high};
}

static struct candidate of_branch(const rmf_branch *b)
{
    return (struct candidate){b->n_classes, b->classes, b->t_start, b->t_end};
}

/* Everything open: over the whole tree. */
RMF_CHECKED static rmf_status find_anywhere(const struct work *w, rmf_arena *arena,
                                            rmf_attachment *out)
{
    const rmf_tree *tree = w->tree;
    const bool single = w->how.linkage == RMF_LINKAGE_SINGLE;
    const int n = single ? tree->n_names : tree->n_branches;
    struct candidate *list;
    int *number, which = 0;
    double t;
    RMF_NEW(arena, n, list);
    RMF_NEW(arena, n, number);
    for (int i = 0; i < n; i++) {
        number[i] = i;
        list[i] = single ? of_class(&number[i], 0, tree->t_limit) : of_branch(&tree->branch[i]);
    }
    RMF_TRY(earliest(w, list, n, &which, &t));
    *out = settle(w, list[which].classes[0], t);
    return RMF_OK;
}

/* The branch is given, the time is not. */
RMF_CHECKED static rmf_status find_in_branch(const struct work *w, rmf_arena *arena, int branch,
                                             rmf_attachment *out)
{
    const rmf_branch *b = &w->tree->branch[branch];
    const bool single = w->how.linkage == RMF_LINKAGE_SINGLE;
    const int n = single ? b->n_classes : 1;
    struct candidate *list;
    int which = 0;
    double t;
    RMF_NEW(arena, n, list);
    for (int i = 0; i < n; i++)
        list[i] = single ? of_class(&b->classes[i], b->t_start, b->t_end) : of_branch(b);
    RMF_TRY(earliest(w, list, n, &which, &t));
    t = fmax(t, w->attach->options->min_branch_time);
    *out = (rmf_attachment){.branch = branch, .time = t};
    return RMF_OK;
}

static int nearest_class(const struct work *w, const struct candidate *among, double t,
                         rmf_status *status)
{
    double least = INFINITY;
    int nearest = -1;
    for (int i = 0; i < among->n && *status == RMF_OK; i++) {
        const struct candidate one = of_class(&among->classes[i], 0, 0);
        double d = INFINITY;
        *status = distance_at(w, &one, t, &d);
        if (d < least) {
            least = d;
            nearest = among->classes[i];
        }
    }
    return nearest;
}

/* The branch that holds just these classes (of several, the one around the time if that is given,
 * or the latest). */
RMF_CHECKED static rmf_status match_branch(const struct work *w, int *out)
{
    const rmf_attach *a = w->attach;
    *out = -1;
    for (int b = 0; b < w->tree->n_branches; b++) {
        const rmf_branch *branch = &w->tree->branch[b];
        const bool same =
            branch->n_classes == a->n_from &&
            memcmp(branch->classes, a->from, (size_t)a->n_from * sizeof *a->from) == 0;
        const bool around = a->time >= branch->t_start && a->time < branch->t_end;
        if (same && (*out < 0 || around)) *out = b;
    }
    if (*out >= 0) return RMF_OK;
    char text[RMF_BRANCH_TEXT], common[RMF_BRANCH_TEXT];
    int b = rmf_tree_leaf(w->tree, a->from[0]);
    for (int i = 1; i < a->n_from; i++) /* the nearest branch that holds them all */
        while (rmf_tree_common(w->tree, a->from[i], w->tree->branch[b].classes[0]) < b)
            b = w->tree->branch[b].parent;
    return rmf_fail(
        RMF_ERR_USAGE,
        "class \"%.60s\": no branch holds just the classes %s; expected all classes of a "
        "branch, such as %s",
        a->name, rmf_classes_text(w->tree, a->n_from, a->from, text),
        rmf_branch_text(w->tree, b, common));
}

/* ---- the whole ------------------------------------------------------------------------------ */

RMF_CHECKED static rmf_status find(struct work *w, rmf_arena *arena, rmf_attachment *out)
{
    const rmf_attach *a = w->attach;
    int branch = -1;
    if (a->n_from > 0) RMF_TRY(match_branch(w, &branch));
    if (branch >= 0 && !isnan(a->time)) {
        *out = (rmf_attachment){.branch = branch, .time = a->time};
        return RMF_OK;
    }
    if (branch >= 0) return find_in_branch(w, arena, branch, out);
    if (isnan(a->time)) return find_anywhere(w, arena, out);
    rmf_status status = RMF_OK;
    const struct candidate all = of_branch(&w->tree->branch[0]);
    const int class = nearest_class(w, &all, a->time, &status);
    if (status == RMF_OK)
        *out = (rmf_attachment){.branch = rmf_tree_find(w->tree, class, a->time), .time = a->time};
    return status;
}

/* How well the branch fits the class there. */
RMF_CHECKED static rmf_status judge(const struct work *w, rmf_attachment *at)
{
    at->nearest = -1;
    at->distance = at->epsilon = NAN;
    if (w->attach->sums == NULL) return RMF_OK;
    const struct candidate pool = of_branch(&w->tree->branch[at->branch]);
    rmf_status status = RMF_OK;
    at->nearest = nearest_class(w, &pool, at->time, &status);
    if (status == RMF_OK) status = distance_at(w, &pool, at->time, &at->distance);
    at->epsilon = w->how.epsilon;
    return status;
}

RMF_CHECKED static rmf_status match_sums(struct work *w, rmf_arena *arena)
{
    const rmf_attach *a = w->attach;
    const rmf_sums *sums = a->sums;
    rmf_name_entry *entries;
    RMF_NEW(arena, sums->n_names, entries);
    RMF_NEW(arena, w->tree->n_names, w->sum_of);
    for (int i = 0; i < sums->n_names; i++)
        entries[i] = (rmf_name_entry){sums->name[i], i};
    rmf_names_sort(entries, (size_t)sums->n_names);
    for (int c = 0; c <= w->tree->n_names; c++) {
        const char *name = c < w->tree->n_names ? w->tree->name[c] : a->name;
        int found = rmf_names_find(entries, (size_t)sums->n_names, name);
        if (found < 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "discovery sums: no class \"%.60s\"; expected the classes of the tree",
                            name);
        *(c < w->tree->n_names ? &w->sum_of[c] : &w->new_class) = found;
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status run(struct work *w, rmf_arena *arena, rmf_attachment *out)
{
    const rmf_attach *a = w->attach;
    rmf_attachment at = {0};
    if (a->sums == NULL && (a->n_from == 0 || isnan(a->time)))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "class \"%.60s\": no sums to find its place from; expected time and branch",
                        a->name);
    if (a->sums != NULL) {
        w->how = (rmf_sweeping){.noise = a->noise,
                                .linkage = a->options->linkage,
                                .epsilon = rmf_discovery_epsilon(a->options, a->sums->features),
                                .t_limit = a->tree->t_limit,
                                .times = a->options->times};
        RMF_TRY(match_sums(w, arena));
    }
    RMF_TRY(find(w, arena, &at));
    RMF_TRY(judge(w, &at));
    *out = at;
    return RMF_OK;
}

rmf_status rmf_attach_find(const rmf_attach *attach, rmf_attachment *out)
{
    struct work w = {.attach = attach, .tree = attach->tree};
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = run(&w, arena, out);
    rmf_arena_free(arena);
    return status;
}
