/* tests/train/killing.h – work that makes a run folder in a child process, killed or stopped and
 * resumed until it is done. */
#ifndef RMF_TEST_TRAIN_KILLING_H
#define RMF_TEST_TRAIN_KILLING_H

#include "support.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { EXIT_DONE = 0, EXIT_INTERRUPTED = 3, EXIT_FAILED = 4 };

/* Begins the run, or goes on with it. */
typedef rmf_status run_maker(const char *run, const rmf_progress *progress);

/* Stops politely after some steps (0: never); other work reports too, but is not counted. */
static inline bool count_down(void *context, const rmf_progress_event *event)
{
    int *left = context;
    if (strcmp(event->activity, "training") != 0 || event->note || *left == 0) return true;
    return --*left != 0;
}

/* In the child: never returns. */
static inline void make_in_child(run_maker *make, const char *run, int stop_after)
{
    rmf_progress progress = {count_down, &stop_after};
    rmf_threads_set(1); /* children share the cores with other tests: no waiting for each other */
    rmf_status s = make(run, &progress);
    if (s != RMF_OK && s != RMF_ERR_INTERRUPTED) fprintf(stderr, "child: %s\n", rmf_message());
    _exit(s == RMF_OK ? EXIT_DONE : s == RMF_ERR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED);
}

/* Works in a child process; kills it after `milliseconds` (0: lets it end).  True when it has
 * finished. */
static inline bool make_for(run_maker *make, const char *run, long milliseconds, int stop_after)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) make_in_child(make, run, stop_after);
    if (milliseconds > 0) {
        struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) assert_int_not_equal(WEXITSTATUS(status), EXIT_FAILED);
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

static inline void assert_same_file(const char *a, const char *b, const char *name)
{
    char path_a[128], path_b[128], *text_a, *text_b;
    size_t size_a, size_b;
    snprintf(path_a, sizeof path_a, "%s/%s", a, name);
    snprintf(path_b, sizeof path_b, "%s/%s", b, name);
    assert_ok(rmf_file_read(path_a, 0, &text_a, &size_a));
    assert_ok(rmf_file_read(path_b, 0, &text_b, &size_b));
    assert_int_equal(size_a, size_b);
    if (memcmp(text_a, text_b, size_a) != 0) fail_msg("%s differs", name);
    rmf_free(text_a);
    rmf_free(text_b);
}

static inline int logged_steps(const char *run)
{
    char path[128], *text;
    size_t size;
    int lines = 0;
    snprintf(path, sizeof path, "%s/log.jsonl", run);
    assert_ok(rmf_file_read(path, 0, &text, &size));
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    rmf_free(text);
    return lines;
}

static inline void assert_same_run(const char *a, const char *b)
{
    assert_same_file(a, b, "model.safetensors");
    assert_same_file(a, b, "ema.safetensors");
    assert_same_file(a, b, "tree.json");
    assert_int_equal(logged_steps(a), logged_steps(b));
}

/* Killed at `kills` random moments, a run ends with the bytes of one that was left alone. */
static inline void kill_and_compare(run_maker *make, int kills)
{
    char *whole = temporary_folder(), *broken = temporary_folder();
    double started = rmf_seconds();
    assert_true(make_for(make, whole, 0, 0));
    long full = (long)(1000 * (rmf_seconds() - started)) + 1;
    srand(12345);
    int killed = 0;
    for (int tries = 0; killed < kills && tries < 20 * kills; tries++) {
        /* Anywhere: before the folder exists, between two files of a checkpoint, in a step. */
        bool done = make_for(make, broken, 1 + rand() % (full / 2 + 1), 0);
        killed += !done;
        if (done) { /* start again, so that there are enough kills */
            assert_same_run(whole, broken);
            remove_folder(broken);
            broken = temporary_folder();
        }
    }
    assert_int_equal(killed, kills);
    while (!make_for(make, broken, 0, 0))
        ;
    assert_same_run(whole, broken);
    remove_folder(whole);
    remove_folder(broken);
}

/* So does one that was asked to stop every `steps` steps. */
static inline void stop_and_compare(run_maker *make, int steps)
{
    char *whole = temporary_folder(), *broken = temporary_folder();
    assert_true(make_for(make, whole, 0, 0));
    int stops = 0;
    while (!make_for(make, broken, 0, steps))
        stops++;
    assert_true(stops >= 2);
    assert_same_run(whole, broken);
    remove_folder(whole);
    remove_folder(broken);
}

#endif
