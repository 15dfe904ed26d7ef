/** reproduce/step.h – making the steps of an experiment, and the records of what was made. */
#ifndef RMF_REPRODUCE_STEP_H
#define RMF_REPRODUCE_STEP_H

#include "reproduce/experiment.h"

/** Where things are: for {out}, {runs}, and for records. */
typedef struct rmf_folders {
    char *out, *runs, *records, *result;
    const char *short_out, *short_runs; /* their last parts */
} rmf_folders;

/** One child process. */
typedef struct rmf_process {
    const char *program;
    char *const *argv; /* NULL-ended; argv[0] is the program's name */
    const char *to;    /* file for its standard output, replaced when it succeeds; NULL: none */
    double seconds, processor_seconds; /* that it took */
    int code;                          /* its exit code; 128 + signal */
} rmf_process;
/** Runs it to its end.  Where progress asks to stop, the child is interrupted and waited for. */
RMF_CHECKED rmf_status rmf_process_run(rmf_process *process, const rmf_progress *progress);

/** One step with all its variables bound. */
typedef struct rmf_step {
    const char *name, *run, *resume, *to; /* to: a path, or NULL; resume: may be NULL */
    const char *shown;                    /* run, with short names of the folders */
    const char *place;
    int repeat;
} rmf_step;
/** Steps of all combinations, in order: *steps[*count] of the experiment's arena. */
RMF_CHECKED rmf_status rmf_steps_of(const rmf_experiment *e, const rmf_folders *folders, bool quick,
                                    rmf_step **steps, size_t *count);

/** Makes the step unless it is made. */
RMF_CHECKED rmf_status rmf_step_make(const rmf_reproduction *r, const rmf_experiment *e,
                                     const rmf_folders *folders, const rmf_step *step,
                                     const char *position, const rmf_progress *progress);
/** What is known of a step that is made: command, seconds and processor_seconds [repeat], date,
 * ramify, commit, processor, threads. */
RMF_CHECKED rmf_status rmf_step_record(const rmf_experiment *e, const rmf_folders *folders,
                                       const rmf_step *step, struct json_t **out);

#endif
