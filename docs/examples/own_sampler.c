/* A sampler of your own, without changing the library: Euler steps on the probability-flow ODE
 * dx/dt = f·x − ½g²·score (Song et al. 2021, section 4.3), tried on data from N(1, ½²). */
#include <math.h>
#include <ramify/ramify.h>
#include <stdio.h>

enum { ROWS = 100, COUNT = 4000 };

static rmf_status euler(const rmf_step *step, float *x)
{
    const rmf_score *score = step->score;
    double f = step->sde->ops->drift(step->sde, step->t), dt = step->t - step->s;
    double g = step->sde->ops->diffusion(step->sde, step->t);
    RMF_TRY(score->eval(score->context, step->branch, step->t, x, step->work));
    for (int64_t i = 0; i < step->used_rows * score->features; i++)
        x[i] += (float)(dt * (0.5 * g * g * step->work[i] - f * x[i]));
    return RMF_OK;
}

static const rmf_sampler_ops sampler = {.name = "euler",
                                        .order = 1,
                                        .nfe_per_step = 1,
                                        .default_steps = 200,
                                        .work_floats = 1,
                                        .step = euler};

static rmf_status eval(void *context, int branch, double t, const float *x, float *score)
{
    const rmf_sde *sde = context;
    double alpha, sigma;
    (void)branch; /* one class, one branch */
    sde->ops->kernel(sde, t, &alpha, &sigma);
    for (int r = 0; r < ROWS; r++)
        score[r] = (float)((alpha - x[r]) / (0.25 * alpha * alpha + sigma * sigma));
    return RMF_OK;
}

int main(void)
{
    static float x[COUNT];
    rmf_sde sde;
    rmf_tree *tree = NULL;
    double mean = 0, square = 0;
    rmf_status s = rmf_sde_parse("vp", "example", &sde);
    if (s == RMF_OK) s = rmf_tree_star(1, (const char *[]){"all"}, 1, 1, &tree);
    rmf_score score = {.eval = eval, .context = &sde, .rows = ROWS, .features = 1};
    rmf_sampling sampling = {.tree = tree,
                             .sde = &sde,
                             .score = &score,
                             .sampler = &sampler,
                             .steps = sampler.default_steps,
                             .grid = RMF_GRID_UNIFORM,
                             .t_start = 1e-3,
                             .classes = (int[]){0},
                             .n_classes = 1,
                             .count = COUNT,
                             .seed = 1};
    if (s == RMF_OK) s = rmf_sample(&sampling, NULL, x, NULL);
    for (int i = 0; i < COUNT; i++) {
        mean += x[i] / COUNT;
        square += x[i] * x[i] / COUNT;
    }
    if (s == RMF_OK) printf("mean %.1f, deviation %.1f\n", mean, sqrt(square - mean * mean));
    if (s != RMF_OK) fprintf(stderr, "%s\n", rmf_message());
    rmf_tree_free(tree);
    return s != RMF_OK;
}
