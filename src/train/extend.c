/* train/extend.c – classes for a trained run: plan, train the new rows, compare with the old run.
 */
#include "train/extending.h"

#include <stdlib.h>
#include <string.h>

static void free_told(rmf_added_class *told)
{
    rmf_free(told->name);
    rmf_free(told->from);
    rmf_free(told->start);
}

void rmf_extension_report_free(rmf_extension_report *report)
{
    for (int k = 0; report->added && k < report->n_added; k++)
        free_told(&report->added[k]);
    rmf_free(report->added);
    *report = (rmf_extension_report){0};
}

static void free_extending(rmf_extending *e)
{
    for (int k = 0; e->added && k < e->n; k++) {
        for (int i = 0; e->added[k].from && i < e->added[k].n_from; i++)
            rmf_free(e->added[k].from[i]);
        rmf_free(e->added[k].from);
        free_told(&e->added[k].told);
    }
    rmf_free(e->added);
    rmf_free(e->run);
    rmf_free(e->base);
    rmf_settings_free(e->data);
    rmf_settings_free(e->given);
    rmf_model_free(e->old);
    rmf_model_free(e->last);
    rmf_free(e->exported);
    rmf_free(e->list);
}

/* The old run is read to the last, and --force would remove it. */
static rmf_status check_folders(const trainer *tr)
{
    char *out = realpath(tr->training->run, NULL);
    const bool same = out && strcmp(out, tr->extending->run) == 0;
    free(out);
    if (!same) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: the run and its extension are one folder; expected a new one",
                    tr->training->run);
}

/* Hands the words over to the report. */
static rmf_status fill_report(const trainer *tr, rmf_extension_report *report)
{
    rmf_extending *e = tr->extending;
    RMF_TRY(rmf_alloc((size_t)e->n, sizeof *report->added, (void **)&report->added));
    for (int k = 0; k < e->n; k++) {
        report->added[k] = e->added[k].told;
        e->added[k].told = (rmf_added_class){0};
    }
    report->n_added = e->n;
    report->steps = tr->state.step;
    report->seconds = tr->state.seconds;
    return RMF_OK;
}

static rmf_status run(trainer *tr, const rmf_extension *extension, rmf_extension_report *report)
{
    RMF_TRY(rmf_trainer_check_run(tr));
    RMF_TRY(rmf_extending_plan(tr, extension));
    RMF_TRY(check_folders(tr));
    RMF_TRY(rmf_extending_setup(tr));
    RMF_TRY(rmf_trainer_run(tr));
    RMF_TRY(rmf_extending_check(tr, report));
    return fill_report(tr, report);
}

rmf_status rmf_extend(const rmf_extension *extension, const rmf_progress *progress,
                      rmf_extension_report *report)
{
    const rmf_training training = {.run = extension->out,
                                   .threads = extension->threads,
                                   .resume = extension->resume,
                                   .replace = extension->replace};
    rmf_extending extending = {0};
    rmf_extension_report made = {0};
    trainer tr = {.training = &training, .progress = progress, .extending = &extending};
    rmf_status s = run(&tr, extension, &made);
    rmf_trainer_free(&tr);
    free_extending(&extending);
    if (s == RMF_OK && report)
        *report = made;
    else
        rmf_extension_report_free(&made);
    return s;
}
