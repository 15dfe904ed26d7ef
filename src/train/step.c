/* train/step.c – one training step: draw, noise, forward, loss, backward, update. */
#include "train/extending.h"

#include <math.h>
#include <string.h>

static void draw_objects_and_times(trainer *tr)
{
    const uint32_t step = (uint32_t)tr->state.step;
    if (tr->extending) {
        rmf_extending_draw(tr);
        return;
    }
    if (tr->branch_batches) {
        rmf_branch_batches_draw(tr->branch_batches, step, tr->batch, tr->rows, tr->t);
        return;
    }
    rmf_batches_draw(tr->batches, tr->state.step * tr->batch, tr->batch, tr->rows);
    rmf_training_times(&tr->law, &tr->model->sde, rmf_key_make(tr->state.seed, RMF_STREAM_TIME),
                       step, tr->batch, tr->t);
}

/* The branch whose head row r of the draw trains: the one that answers for it, or now and then, as
 * a function of (seed, step, r), that one's guide. */
static int head_of(const trainer *tr, int64_t r)
{
    const rmf_model *m = tr->model;
    const int branch = rmf_sde_branch(&m->sde, tr->tree, tr->data.label[tr->rows[r]], tr->t[r]);
    const int guide = rmf_model_guide(m, branch);
    if (guide < 0) return branch;
    const rmf_key key = rmf_key_make(tr->state.seed, RMF_STREAM_GUIDE);
    const bool own = rmf_random_unit(key, (uint64_t)r, (uint32_t)tr->state.step) >= tr->guide_share;
    return own || rmf_params_row_frozen(m->params, m->bank_row[guide]) ? branch : guide;
}

/* Draws objects and times, finds branches, sorts rows by bank row and gathers x0 in that order. */
static int64_t draw_batch(trainer *tr)
{
    draw_objects_and_times(tr);
    for (int64_t r = 0; r < tr->batch; r++) {
        tr->head[r] = head_of(tr, r);
        tr->bank_row[r] = tr->model->bank_row[tr->head[r]];
    }
    int64_t segments;
    rmf_sort_by_bank(tr->bank_row, tr->batch, tr->model->bank_rows, tr->count, tr->order,
                     tr->segments, &segments);
    int64_t d = tr->data.features;
    for (int64_t i = 0; i < tr->batch; i++) {
        int64_t r = tr->order[i], object = tr->rows[r];
        tr->sorted_t[i] = tr->t[r];
        tr->branch[i] = tr->head[r];
        tr->sample[i] = (uint64_t)r;
        memcpy(tr->x0 + i * d, tr->data.x + object * d, (size_t)d * sizeof *tr->x0);
    }
    return segments;
}

/* What the network gets beside x: diffusion time and noise level of each row. */
static void fill_conditions(trainer *tr)
{
    for (int64_t i = 0; i < tr->batch; i++) {
        double alpha, sigma;
        tr->model->sde.ops->kernel(&tr->model->sde, tr->sorted_t[i], &alpha, &sigma);
        tr->time[i] = (float)tr->sorted_t[i];
        tr->noise[i] = (float)(0.25 * log(sigma / alpha));
    }
}

rmf_status rmf_trainer_step(trainer *tr, double learning_rate, double *loss,
                            rmf_step_report *report)
{
    tr->loss.step = (uint32_t)tr->state.step;
    const int64_t segments = draw_batch(tr);
    RMF_TRY(rmf_loss_prepare(&tr->loss, tr->x0, tr->sorted_t, tr->sample, tr->net_x, tr->target,
                             tr->weight));
    fill_conditions(tr);
    const rmf_team_batch batch = {tr->net_x, tr->time, tr->noise, tr->segments, segments};
    RMF_TRY(rmf_team_forward(tr->team, &batch, tr->output));
    *loss =
        rmf_loss_value(&tr->loss, tr->output, tr->target, tr->weight, tr->gradient, tr->row_loss);
    RMF_TRY(rmf_team_backward(tr->team, tr->gradient));
    return rmf_optimizer_step(tr->optimizer, rmf_team_tape(tr->team), learning_rate, report);
}
