/* tests/train/test_resume.c – a run killed at random moments, again and again, and resumed ends
 * with the same bytes as one that was left alone; so does one that was interrupted politely. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 20, EXIT_DONE = 0, EXIT_INTERRUPTED = 3, EXIT_FAILED = 4 };

/* Stops politely after some steps (0: never); discovery reports too, but is not counted. */
static bool count_down(void *context, const rmf_progress_event *event)
{
    int *left = context;
    if (strcmp(event->activity, "training") != 0 || event->note || *left == 0) return true;
    return --*left != 0;
}

/* In the child: trains or goes on, and never returns. */
static void train_in_child(const char *run, int stop_after)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    const char *overrides[COUNT(small_recipe) + 1] = {"train.guide=parent"};
    memcpy(overrides + 1, small_recipe, sizeof small_recipe);
    rmf_progress progress = {count_down, &stop_after};
    rmf_threads_set(1); /* children share the cores with other tests: no waiting for each other */
    if (rmf_recipe_load("digits", overrides, COUNT(overrides), &settings, &base) != RMF_OK)
        _exit(EXIT_FAILED);
    rmf_training training = {.settings = settings, .base = base, .run = run, .resume = true};
    rmf_status s = rmf_train(&training, &progress);
    if (s != RMF_OK && s != RMF_ERR_INTERRUPTED) fprintf(stderr, "child: %s\n", rmf_message());
    _exit(s == RMF_OK ? EXIT_DONE : s == RMF_ERR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED);
}

/* Trains in a child process; kills it after `milliseconds` (0: lets it end).  True when it has
 * finished. */
static bool train_for(const char *run, long milliseconds, int stop_after)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) train_in_child(run, stop_after);
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

static void assert_same_file(const char *a, const char *b, const char *name)
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

static int logged_steps(const char *run)
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

static void killed_runs_end_with_the_same_bytes(void **state)
{
    (void)state;
    char *whole = temporary_folder(), *broken = temporary_folder();
    double started = rmf_seconds();
    assert_true(train_for(whole, 0, 0));
    long full = (long)(1000 * (rmf_seconds() - started)) + 1;
    srand(12345);
    int kills = 0;
    bool done = false;
    for (int tries = 0; kills < KILLS && tries < 20 * KILLS; tries++) {
        /* Anywhere: before the folder exists, between two files of a checkpoint, in a step. */
        done = train_for(broken, 1 + rand() % (full / 2 + 1), 0);
        kills += !done;
        if (done) { /* start again, so that there are enough kills */
            assert_same_file(whole, broken, "model.safetensors");
            assert_same_file(whole, broken, "ema.safetensors");
            remove_folder(broken);
            broken = temporary_folder();
        }
    }
    assert_int_equal(kills, KILLS);
    while (!train_for(broken, 0, 0))
        ;
    assert_same_file(whole, broken, "model.safetensors");
    assert_same_file(whole, broken, "ema.safetensors");
    assert_same_file(whole, broken, "tree.json");
    assert_int_equal(logged_steps(whole), logged_steps(broken));
    remove_folder(whole);
    remove_folder(broken);
}

static void interrupted_runs_end_with_the_same_bytes(void **state)
{
    (void)state;
    char *whole = temporary_folder(), *broken = temporary_folder();
    assert_true(train_for(whole, 0, 0));
    int stops = 0;
    while (!train_for(broken, 0, 17))
        stops++;
    assert_true(stops >= 2);
    assert_same_file(whole, broken, "model.safetensors");
    assert_same_file(whole, broken, "ema.safetensors");
    remove_folder(whole);
    remove_folder(broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_end_with_the_same_bytes),
        cmocka_unit_test(interrupted_runs_end_with_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
