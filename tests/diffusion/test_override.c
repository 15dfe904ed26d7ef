/* tests/diffusion/test_override.c – options over a recipe's sampling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ramify/diffusion.h"

/* A recipe that says everything, made for heun. */
static rmf_settings *recipe(void)
{
    static const char *const lines[] = {"sample.sampler=heun", "sample.steps=12", "sample.grid=rho",
                                        "sample.count=7",      "seed=3",          "net.name=unet"};
    rmf_settings *settings = NULL;
    assert_int_equal(rmf_settings_create(&settings), RMF_OK);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(rmf_settings_assign(settings, lines[i], "recipe"), RMF_OK);
    return settings;
}

/* The recipe's sampling with up to two assignments over it; the recipe itself stays. */
static rmf_status sample_with(const char *first, const char *second, rmf_sampling *out)
{
    rmf_settings *below = recipe(), *over = NULL;
    assert_int_equal(rmf_settings_create(&over), RMF_OK);
    if (first) assert_int_equal(rmf_settings_assign(over, first, "--set"), RMF_OK);
    if (second) assert_int_equal(rmf_settings_assign(over, second, "--set"), RMF_OK);
    rmf_status s = rmf_sampling_over(below, over, out);
    assert_string_equal(rmf_settings_text(below, "sample.steps"), "12");
    assert_int_equal(rmf_settings_count(below), 6);
    rmf_settings_free(over);
    rmf_settings_free(below);
    return s;
}

static void nothing_over_it(void **state)
{
    (void)state;
    rmf_sampling s;
    assert_int_equal(sample_with(NULL, NULL, &s), RMF_OK);
    assert_string_equal(s.sampler->name, "heun");
    assert_int_equal(s.steps, 12);
    assert_int_equal(s.grid, RMF_GRID_RHO);
    assert_int_equal(s.count, 7);
    assert_int_equal(s.seed, 3);
}

static void a_key_leaves_the_others(void **state)
{
    (void)state;
    rmf_sampling s;
    assert_int_equal(sample_with("sample.count=9", "sample.guidance=0.5", &s), RMF_OK);
    assert_int_equal(s.count, 9);
    assert_int_equal(s.steps, 12);
    assert_true(s.guidance == 0.5);
}

static void another_sampler_has_its_own_steps_and_grid(void **state)
{
    (void)state;
    const rmf_sampler_ops *other = rmf_sampler_find("euler-maruyama");
    rmf_sampling s;
    assert_int_equal(sample_with("sample.sampler=euler-maruyama", NULL, &s), RMF_OK);
    assert_ptr_equal(s.sampler, other);
    assert_int_equal(s.steps, other->default_steps);
    assert_int_equal(s.grid, other->grid);
    assert_int_not_equal(other->grid, RMF_GRID_RHO);
}

static void unless_they_are_given_in_any_order(void **state)
{
    (void)state;
    rmf_sampling s;
    assert_int_equal(sample_with("sample.sampler=euler-maruyama", "sample.steps=5", &s), RMF_OK);
    assert_int_equal(s.steps, 5);
    assert_int_equal(sample_with("sample.steps=5", "sample.sampler=euler-maruyama", &s), RMF_OK);
    assert_int_equal(s.steps, 5);
}

static void what_is_wrong_names_its_place(void **state)
{
    (void)state;
    rmf_sampling s;
    assert_int_equal(sample_with("sample.stepz=5", NULL, &s), RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "--set: unknown key \"sample.stepz\""));
    assert_int_equal(sample_with("sample.sampler=hoin", NULL, &s), RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "--set: "));
    assert_int_equal(sample_with("sample.count=many", NULL, &s), RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "sample.count is \"many\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_over_it),
        cmocka_unit_test(a_key_leaves_the_others),
        cmocka_unit_test(another_sampler_has_its_own_steps_and_grid),
        cmocka_unit_test(unless_they_are_given_in_any_order),
        cmocka_unit_test(what_is_wrong_names_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
