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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_end_with_the_same_bytes),
        cmocka_unit_test(interrupted_runs_end_with_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
