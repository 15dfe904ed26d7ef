/* app/report.h – what `ramify report` gathers for a page. */
#ifndef RMF_APP_REPORT_H
#define RMF_APP_REPORT_H

#include "app/app.h"

enum { RMF_REPORT_NOTES = 8 };

typedef struct rmf_report_job {
    const rmf_common *common;
    const char *run, *metrics, *eval; /* metrics: NULL = the recipe's, "none"; eval: file or NULL */
    const rmf_sample_request *request;
    int64_t bootstrap;
    const rmf_progress *progress;
    /* what was found */
    rmf_arena *arena; /* of texts and arrays of the page */
    rmf_page page;
    rmf_model *model;       /* NULL: the run has no weights yet */
    rmf_settings *settings; /* of the run */
    rmf_tree *tree;         /* NULL: that of the model */
    rmf_page_log log;
    rmf_real real; /* its training objects are in normalised units after rmf_report_evaluate() */
    bool has_real;
    rmf_samples shown;
    struct json_t *evaluation;
    const char *note[RMF_REPORT_NOTES];
    char sampling[128]; /* how the samples shown were drawn */
} rmf_report_job;

/* Adds a line to what the page lacks: the text, or the message of a failure behind it. */
RMF_CHECKED rmf_status rmf_report_note(rmf_report_job *job, const char *text);
/* The same for a failure that leaves the page poorer; others, such as Ctrl-C, stay failures. */
RMF_CHECKED rmf_status rmf_report_soften(rmf_report_job *job, rmf_status status, const char *what);
/* A copy of a text that lives as long as the job. */
RMF_CHECKED rmf_status rmf_report_keep(rmf_report_job *job, const char *text, const char **out);

/* In this order; a job without model or data has nothing for some of them to do. */
RMF_CHECKED rmf_status rmf_report_open(rmf_report_job *job);
RMF_CHECKED rmf_status rmf_report_draw(rmf_report_job *job);
RMF_CHECKED rmf_status rmf_report_real(rmf_report_job *job);
RMF_CHECKED rmf_status rmf_report_evaluate(rmf_report_job *job);
RMF_CHECKED rmf_status rmf_report_nearest(rmf_report_job *job);
RMF_CHECKED rmf_status rmf_report_facts(rmf_report_job *job);
void rmf_report_close(rmf_report_job *job);

#endif
