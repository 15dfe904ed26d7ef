/* train/train.c – the training loop and the run folder it leaves.
 *
 * Invariants: (1) everything a step does is a function of (recipe, data, step, state of the
 * optimiser), so a resumed run repeats the bytes of an unbroken one at the same thread count
 * (train.minutes apart: it ties the schedule to the clock); (2) recipe.yaml and tree.json are
 * written before the first step and never changed; (3) the checkpoint is one file. */
#include "train/extending.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double elapsed(const trainer *tr)
{
    return rmf_seconds() - tr->started;
}

/* What model.safetensors shows; NULL: the model's own. */
static const float *shown_values(trainer *tr)
{
    return tr->extending ? rmf_extending_values(tr) : NULL;
}

static rmf_status save(trainer *tr)
{
    tr->state.seconds = elapsed(tr);
    return rmf_checkpoint_write(tr->training->run, tr->model, tr->optimizer, &tr->state,
                                shown_values(tr));
}

/* Share of the training that is over: by steps or, where train.minutes is set, by the clock if that
 * is further. */
static double share_done(const trainer *tr)
{
    double minutes = rmf_settings_real(tr->settings, "train.minutes", 0);
    double by_steps =
        (double)tr->state.step / (double)rmf_settings_int(tr->settings, "train.steps", 1);
    double by_clock = minutes > 0 ? elapsed(tr) / (60 * minutes) : 0;
    return by_steps > by_clock ? by_steps : by_clock;
}

static double learning_rate(const trainer *tr)
{
    int64_t total = rmf_settings_int(tr->settings, "train.steps", 1);
    int64_t warmup = rmf_settings_int(tr->settings, "train.warmup", 0);
    int64_t at = (int64_t)(share_done(tr) * (double)total);
    if (tr->state.step < warmup && at < warmup) at = tr->state.step;
    return rmf_settings_real(tr->settings, "train.learning_rate", 1e-3) *
           rmf_schedule(rmf_settings_text(tr->settings, "train.schedule"), at, total, warmup);
}

/* False: the caller asks to stop. */
static bool report_step(const trainer *tr, double loss)
{
    double done = share_done(tr);
    rmf_progress_event event = {.activity = "training",
                                .done = tr->state.step,
                                .total = rmf_settings_int(tr->settings, "train.steps", 0),
                                .unit = "steps",
                                .loss = loss,
                                .seconds_left = done > 0 ? elapsed(tr) * (1 - done) / done : NAN};
    return rmf_progress_tell(tr->progress, &event);
}

static rmf_status write_log(trainer *tr, double rate, double *seconds_before, int64_t *step_before,
                            double *loss)
{
    double now = elapsed(tr);
    rmf_runlog_line line = {.step = tr->state.step,
                            .epoch = (double)(tr->state.step * tr->batch) / (double)tr->data.n,
                            .learning_rate = rate,
                            .seconds = now,
                            .samples_per_second =
                                (double)((tr->state.step - *step_before) * tr->batch) /
                                fmax(now - *seconds_before, 1e-9),
                            .skipped = rmf_optimizer_skipped(tr->optimizer)};
    *seconds_before = now;
    *step_before = tr->state.step;
    return rmf_runlog_write(tr->log, &line, loss);
}

static bool time_to_save(const trainer *tr, double saved_at)
{
    double minutes = rmf_settings_real(tr->settings, "train.save_minutes", 5);
    int64_t steps = rmf_settings_int(tr->settings, "train.save_steps", 0);
    return (minutes > 0 && rmf_seconds() - saved_at > 60 * minutes) ||
           (steps > 0 && tr->state.step % steps == 0);
}

static rmf_status note_skipped(const trainer *tr, const rmf_step_report *report)
{
    if (!report->skipped) return RMF_OK;
    char note[128];
    snprintf(note, sizeof note, "step %" PRId64 ": the gradient is not finite; the step is skipped",
             tr->state.step);
    rmf_trainer_tell(tr, note);
    if (rmf_optimizer_skipped(tr->optimizer) > 100 &&
        rmf_optimizer_skipped(tr->optimizer) > tr->state.step / 2)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "%s: most gradients are not finite; expected a smaller "
                        "train.learning_rate to help",
                        tr->training->run);
    return RMF_OK;
}

static rmf_status loop(trainer *tr)
{
    int64_t log_steps = rmf_settings_int(tr->settings, "train.log_steps", 50),
            logged = tr->state.step;
    double saved_at = rmf_seconds(), seconds_before = tr->state.seconds, shown = NAN;
    tr->started = rmf_seconds() - tr->state.seconds;
    while (share_done(tr) < 1) {
        double loss, rate = learning_rate(tr);
        rmf_step_report report;
        RMF_TRY(rmf_trainer_step(tr, rate, &loss, &report));
        tr->state.step++;
        RMF_TRY(note_skipped(tr, &report));
        if (!report.skipped)
            rmf_runlog_add(tr->log, loss, report.gradient_norm, tr->branch, tr->row_loss,
                           tr->batch);
        if (tr->state.step % log_steps == 0)
            RMF_TRY(write_log(tr, rate, &seconds_before, &logged, &shown));
        bool go_on = report_step(tr, isnan(shown) ? loss : shown);
        if (!go_on || time_to_save(tr, saved_at)) {
            RMF_TRY(save(tr));
            saved_at = rmf_seconds();
        }
        if (!go_on && share_done(tr) < 1)
            return rmf_fail(RMF_ERR_INTERRUPTED,
                            "stopped at step %" PRId64 " and saved; go on with: ramify "
                            "%s --resume --out %s",
                            tr->state.step, tr->extending ? "extend" : "train", tr->training->run);
    }
    tr->state.done = true;
    return save(tr);
}

static rmf_status resume_state(trainer *tr)
{
    rmf_state saved = tr->state;
    bool found = false;
    RMF_TRY(rmf_checkpoint_read(tr->training->run, tr->model, tr->optimizer, &saved, &found));
    if (!found) return RMF_OK;
    if (saved.fingerprint != tr->state.fingerprint)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: the data are not those that the run was trained on; expected "
                        "the same files and recipe",
                        tr->data.source);
    if (saved.threads != tr->state.threads && !saved.done) {
        char note[160];
        snprintf(note, sizeof note,
                 "resuming with %d threads a run made with %d: the model will not be "
                 "byte-identical to an unbroken one",
                 tr->state.threads, saved.threads);
        rmf_trainer_tell(tr, note);
        saved.threads = tr->state.threads;
    }
    tr->state = saved;
    return RMF_OK;
}

void rmf_trainer_threads(const trainer *tr)
{
    int64_t threads = tr->training->threads > 0 ? tr->training->threads
                                                : rmf_settings_int(tr->settings, "threads", 0);
    if (threads > 0) rmf_threads_set((int)threads);
}

rmf_status rmf_trainer_run(trainer *tr)
{
    RMF_TRY(rmf_trainer_write_start(tr));
    if (tr->training->resume) RMF_TRY(resume_state(tr));
    if (tr->state.done) {
        rmf_trainer_tell(tr, "this run is finished already; nothing to do");
        /* It may have been killed between its last checkpoint and what is exported from that. */
        return rmf_checkpoint_export(tr->training->run, tr->model, tr->optimizer, &tr->state,
                                     shown_values(tr));
    }
    RMF_TRY(rmf_runlog_open(tr->training->run, tr->state.step, rmf_tree_branch_count(tr->tree),
                            &tr->log));
    return loop(tr);
}

static rmf_status run_training(trainer *tr)
{
    RMF_TRY(rmf_trainer_recipe(tr));
    rmf_trainer_threads(tr);
    RMF_TRY(rmf_trainer_setup(tr));
    return rmf_trainer_run(tr);
}

rmf_status rmf_train(const rmf_training *training, const rmf_progress *progress)
{
    trainer tr = {.training = training, .progress = progress};
    rmf_status s = run_training(&tr);
    rmf_trainer_free(&tr);
    return s;
}
