/* A score of your own: two classes of Gaussian data, N(−2, ½²) and N(1, ½²), without a network. */
#include <ramify/ramify.h>
#include <stdio.h>

enum { COUNT = 4000, ROWS = 100 };
typedef struct problem {
    rmf_sde sde;
    rmf_tree *tree;
} problem;

/* At time t class c is N(α·mean, α²·½² + σ²).  In the flat tree below every branch that is alive
 * holds one class, so this is the whole score. */
static rmf_status eval(void *context, int branch, double t, const float *x, float *score)
{
    const problem *p = context;
    double alpha, sigma;
    double mean = rmf_tree_branch(p->tree, branch)->classes[0] == 0 ? -2 : 1;
    p->sde.ops->kernel(&p->sde, t, &alpha, &sigma);
    for (int r = 0; r < ROWS; r++)
        score[r] = (float)((alpha * mean - x[r]) / (0.25 * alpha * alpha + sigma * sigma));
    return RMF_OK;
}

int main(void)
{
    static const char *const names[] = {"low", "high"};
    static float x[2 * COUNT];
    problem p = {0};
    rmf_status s = rmf_sde_parse("vp", "example", &p.sde);
    if (s == RMF_OK) s = rmf_tree_star(2, names, p.sde.t_limit, p.sde.t_limit, &p.tree);
    rmf_score score = {.eval = eval, .context = &p, .rows = ROWS, .features = 1};
    rmf_sampling sampling = {.tree = p.tree,
                             .sde = &p.sde,
                             .score = &score,
                             .seed = 7,
                             .steps = 40,
                             .sampler = rmf_sampler_find("heun"),
                             .grid = RMF_GRID_RHO,
                             .rho = 7,
                             .t_start = 1e-3,
                             .classes = (int[]){0, 1},
                             .n_classes = 2,
                             .count = COUNT};
    if (s == RMF_OK) s = rmf_sample(&sampling, NULL, x, NULL);
    for (int c = 0; s == RMF_OK && c < 2; c++) {
        double mean = 0;
        for (int i = 0; i < COUNT; i++)
            mean += x[c * COUNT + i] / COUNT;
        printf("%s: mean %.1f\n", names[c], mean);
    }
    if (s != RMF_OK) fprintf(stderr, "%s\n", rmf_message());
    rmf_tree_free(p.tree);
    return s != RMF_OK;
}
