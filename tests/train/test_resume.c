/* tests/train/test_resume.c – a run killed at random moments, again and again, and resumed ends
 * with the same bytes as one that was left alone; so does one that was interrupted politely. */
#include "killing.h"

static rmf_status train(const char *run, const rmf_progress *progress)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    const char *overrides[COUNT(small_recipe) + 1] = {"train.guide=parent"};
    memcpy(overrides + 1, small_recipe, sizeof small_recipe);
    RMF_TRY(rmf_recipe_load("digits", overrides, COUNT(overrides), &settings, &base));
    rmf_training training = {.settings = settings, .base = base, .run = run, .resume = true};
    return rmf_train(&training, progress); /* the child ends: nothing to free */
}

static void killed_runs_end_with_the_same_bytes(void **state)
{
    (void)state;
    kill_and_compare(train, 20);
}

static void interrupted_runs_end_with_the_same_bytes(void **state)
{
    (void)state;
    stop_and_compare(train, 17);
}

/* A run may be killed between its last checkpoint and what is exported from that. */
static void exports_follow_the_last_checkpoint(void **state)
{
    (void)state;
    static const char *const exports[] = {"model.safetensors", "ema.safetensors", "state.json"};
    char *whole = temporary_folder(), *run = temporary_folder(), path[128], *text;
    assert_true(make_for(train, whole, 0, 0));
    assert_true(make_for(train, run, 0, 0));
    for (size_t i = 0; i < COUNT(exports); i++) {
        size_t size;
        snprintf(path, sizeof path, "%s/%s", run, exports[i]);
        assert_ok(rmf_file_read(path, 0, &text, &size));
        assert_int_equal(unlink(path), 0);
        assert_true(make_for(train, run, 0, 0));
        char *again;
        size_t new_size;
        assert_ok(rmf_file_read(path, 0, &again, &new_size));
        assert_int_equal(new_size, size);
        assert_memory_equal(again, text, size);
        rmf_free(again);
        rmf_free(text);
    }
    assert_same_run(whole, run);
    remove_folder(whole);
    remove_folder(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_end_with_the_same_bytes),
        cmocka_unit_test(interrupted_runs_end_with_the_same_bytes),
        cmocka_unit_test(exports_follow_the_last_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
