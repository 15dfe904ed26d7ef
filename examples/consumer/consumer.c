/* consumer.c – a program outside the Ramify tree, built against an installed copy.
 *
 *     consumer          samples from a model in closed form, along a tree of three classes
 *     consumer RUN      says what a trained run holds, and draws two objects of each class
 */
#include <math.h>
#include <ramify/ramify.h>
#include <stdio.h>

enum { ROWS = 64, COUNT = 4000, CLASSES = 3 };

/* ---- without a network: class c is N(mean[c], 1) ---- */

typedef struct problem {
    rmf_sde sde;
    rmf_tree *tree;
} problem;

static const double mean[CLASSES] = {-2, 1, 2};

/* The score of a branch is that of the mixture of its classes: Σ p(c|x)·∇ log p(x|c), where each
 * class is N(α·mean, α² + σ²) = N(α·mean, 1) for a variance-preserving process. */
static rmf_status mixture(void *context, int branch, double t, const float *x, float *score)
{
    const problem *p = context;
    const rmf_branch *b = rmf_tree_branch(p->tree, branch);
    double alpha, sigma;
    p->sde.ops->kernel(&p->sde, t, &alpha, &sigma);
    for (int r = 0; r < ROWS; r++) {
        double sum = 0, weight = 0;
        for (int i = 0; i < b->n_classes; i++) {
            const double away = alpha * mean[b->classes[i]] - x[r];
            /* relative to the first class, so that not all of them can vanish */
            const double first = alpha * mean[b->classes[0]] - x[r];
            const double density = exp((first * first - away * away) / 2);
            sum += density * away;
            weight += density;
        }
        score[r] = (float)(sum / weight);
    }
    return RMF_OK;
}

static rmf_status closed_form(void)
{
    static float x[CLASSES * COUNT];
    problem p = {0};
    rmf_status s = rmf_sde_parse("vp", "consumer", &p.sde);
    /* "b" and "c" share their way down to time 0.8, all three down to 0.95: late enough that what
     * they share tells next to nothing of the class. */
    if (s == RMF_OK)
        s = rmf_tree_from_newick("(a:0.95,(b:0.8,c:0.8):0.15):0.05;", "consumer", &p.tree);
    rmf_score score = {.eval = mixture, .context = &p, .rows = ROWS, .features = 1};
    rmf_sampling sampling = {.tree = p.tree,
                             .sde = &p.sde,
                             .score = &score,
                             .sampler = rmf_sampler_find("heun"),
                             .steps = 40,
                             .grid = RMF_GRID_RHO,
                             .rho = 7,
                             .t_start = 1e-3,
                             .seed = 1,
                             .classes = (const int[]){0, 1, 2},
                             .n_classes = CLASSES,
                             .count = COUNT};
    if (s == RMF_OK) s = rmf_sample(&sampling, NULL, x, NULL);
    for (int c = 0; s == RMF_OK && c < CLASSES; c++) {
        double found = 0;
        for (int i = 0; i < COUNT; i++)
            found += x[c * COUNT + i] / COUNT;
        printf("%s: mean %.1f, expected %.1f\n", rmf_tree_class_name(p.tree, c), found, mean[c]);
        if (fabs(found - mean[c]) > 0.2)
            s = rmf_fail(RMF_ERR_NUMERIC, "class %d: mean %g; expected %g", c, found, mean[c]);
    }
    rmf_tree_free(p.tree);
    return s;
}

/* ---- a trained run ---- */

static rmf_status look_at(const char *run)
{
    rmf_model *model = NULL;
    rmf_samples samples = {0};
    rmf_sampling_report report;
    rmf_sampling sampling;
    int classes[64];
    RMF_TRY(rmf_model_open(run, "ema", "auto", &model));
    const rmf_tree *tree = rmf_model_tree(model);
    printf("%s: %d classes, %d branches, %lld features\n", run, rmf_tree_class_count(tree),
           rmf_tree_branch_count(tree), (long long)rmf_model_features(model));
    rmf_status s = rmf_sampling_from_settings(rmf_model_settings(model), &sampling);
    sampling.classes = classes;
    sampling.count = 2;
    for (; sampling.n_classes < rmf_tree_class_count(tree) && sampling.n_classes < 64;
         sampling.n_classes++)
        classes[sampling.n_classes] = sampling.n_classes;
    if (s == RMF_OK) s = rmf_model_sample(model, &sampling, NULL, &samples, &report);
    if (s == RMF_OK)
        printf("%lld samples, %.1f network evaluations each\n", (long long)samples.n, report.nfe);
    rmf_samples_free(&samples);
    rmf_model_free(model);
    return s;
}

int main(int argc, char **argv)
{
    rmf_status s = argc > 1 ? look_at(argv[1]) : closed_form();
    if (s != RMF_OK) fprintf(stderr, "consumer: %s\n", rmf_message());
    return s != RMF_OK;
}
