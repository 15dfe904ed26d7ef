/* tests/net/test_registry.c – finding networks, and what is said about settings and shapes that
 * they cannot serve. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <string.h>

#include <cmocka.h>

static void every_network_is_found_by_name(void **state)
{
    (void)state;
    int count = 0;
    for (const rmf_net_ops *const *ops = rmf_net_registry(); *ops; ops++, count++) {
        assert_ptr_equal(rmf_net_find((*ops)->name), *ops);
        assert_non_null((*ops)->summary);
        assert_non_null((*ops)->source);
        assert_non_null((*ops)->options);
        for (const rmf_option *o = (*ops)->options; o->name; o++)
            assert_non_null(o->help);
    }
    assert_int_equal(count, 4);
    assert_null(rmf_net_find("resnet"));
    assert_null(rmf_net_find(NULL));
}

static void defaults_pass_their_own_check(void **state)
{
    (void)state;
    const rmf_net_shape shape = {.rows = 1, .rank = 3, .shape = {28, 28, 1}, .bank_rows = 19};
    for (const rmf_net_ops *const *ops = rmf_net_registry(); *ops; ops++) {
        rmf_settings *settings = NULL;
        assert_int_equal(rmf_settings_create(&settings), RMF_OK);
        assert_int_equal(rmf_settings_put(settings, "net.name", (*ops)->name, "test"), RMF_OK);
        assert_int_equal(rmf_net_settings_check(settings), RMF_OK);
        if ((*ops)->check) assert_int_equal((*ops)->check(settings, &shape), RMF_OK);
        rmf_settings_free(settings);
    }
}

static const struct refusal {
    const char *settings;
    int rank;
    int64_t shape[3], bank_rows;
    rmf_status status;
    const char *message; /* a part of it */
} refusals[] = {
    {"net.widths=8", 1, {4}, 1, RMF_ERR_USAGE, "net.name is not set; expected one of: unet"},
    {"net.name=tabluar",
     1,
     {4},
     1,
     RMF_ERR_USAGE,
     "test: net.name is \"tabluar\"; expected one of: unet, tabular, paper-unet, paper-tabular; "
     "did "
     "you mean tabular?"},
    {"net.name=tabular;net.wdith=3", 1, {4}, 1, RMF_ERR_USAGE, "net.width"},
    {"net.name=paper-tabular;net.width=3", 1, {4}, 1, RMF_ERR_USAGE, "unknown key"},
    {"net.name=tabular;net.width=2", 1, {4}, 1, RMF_ERR_USAGE, "from 4 to 16384"},
    {"net.name=tabular;net.banks=film,heed",
     1,
     {4},
     2,
     RMF_ERR_USAGE,
     "test: net.banks holds \"heed\"; expected some of: film, adapter, block, head (or none)"},
    {"net.name=tabular;net.banks=none",
     1,
     {4},
     7,
     RMF_ERR_USAGE,
     "net.banks is none, but there are 7 branches"},
    {"net.name=tabular", 2, {4, 4}, 1, RMF_ERR_ARGUMENT, "2 dimensions"},
    {"net.name=tabular", 1, {0}, 1, RMF_ERR_UNSUPPORTED, "dimension 1 of an object is 0"},
    {"net.name=tabular", 3, {100000, 100000, 3}, 1, RMF_ERR_UNSUPPORTED, "dimension 2"},
    {"net.name=tabular", 3, {INT64_MAX, 2, 1}, 1, RMF_ERR_UNSUPPORTED, "dimension 1"},
    {"net.name=paper-tabular;net.banks=none",
     1,
     {4},
     7,
     RMF_ERR_USAGE,
     "net.banks is none, but there are 7 branches"},
    {"net.name=paper-unet;net.banks=labels",
     3,
     {28, 28, 1},
     7,
     RMF_ERR_USAGE,
     "test: net.banks holds \"labels\"; expected some of: decoder, label (or none)"},
    {"net.name=paper-unet",
     1,
     {784},
     1,
     RMF_ERR_UNSUPPORTED,
     "tables of 784 features; expected images of 28×28×1; use net.name tabular"},
    {"net.name=paper-unet",
     3,
     {32, 32, 3},
     1,
     RMF_ERR_UNSUPPORTED,
     "paper-unet: images are 32×32×3; expected 28×28×1; use net.name unet"},
    {"net.name=unet", 1, {16}, 1, RMF_ERR_UNSUPPORTED, "use net.name tabular"},
    {"net.name=unet",
     3,
     {3, 9, 1},
     1,
     RMF_ERR_UNSUPPORTED,
     "images are 3×9; expected at least 4×4"},
    {"net.name=unet;net.widths=8,8,8,8",
     3,
     {8, 8, 1},
     1,
     RMF_ERR_USAGE,
     "net.widths has 4 levels; images of 8×8 with net.patch 1 allow at most 3"},
    {"net.name=unet;net.widths=8,8,8,8,8,8,8,8,8",
     3,
     {8, 8, 1},
     1,
     RMF_ERR_USAGE,
     "more than 8 numbers"},
    {"net.name=unet;net.widths=8,x", 3, {8, 8, 1}, 1, RMF_ERR_USAGE, "net.widths"},
    {"net.name=unet;net.widths=8.5", 3, {8, 8, 1}, 1, RMF_ERR_USAGE, "holds \"8.5\""},
    {"net.name=unet;net.widths=", 3, {8, 8, 1}, 1, RMF_ERR_USAGE, "net.widths"},
    {"net.name=unet;net.widths=8;net.patch=2",
     3,
     {9, 8, 1},
     1,
     RMF_ERR_USAGE,
     "net.patch is 2, which does not divide images of 9×8; use 1"},
    {"net.name=unet;net.widths=8;net.patch=3", 3, {9, 9, 1}, 1, RMF_ERR_USAGE, "one of 1, 2, 4"},
    {"net.name=unet;net.widths=8;net.attention=1",
     3,
     {8, 8, 1},
     1,
     RMF_ERR_USAGE,
     "net.attention names level 1; net.widths has only levels 0 to 0"},
    {"net.name=unet;net.widths=10;net.attention=0",
     3,
     {8, 8, 1},
     1,
     RMF_ERR_USAGE,
     "net.heads is 4, the width of level 0 is 10"},
};

static void refusals_say_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        net_case c = {"", r->settings,  r->rank, {r->shape[0], r->shape[1], r->shape[2]},
                      2,  r->bank_rows, {0}};
        fixture f;
        assert_int_equal(fixture_try(&f, &c, "ref", true), r->status);
        if (!strstr(rmf_message(), r->message))
            fail_msg("%s: \"%s\" lacks \"%s\"", r->settings, rmf_message(), r->message);
        fixture_close(&f);
    }
}

static void unchecked_settings_and_other_params_are_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, &small_cases[3], "ref", false);
    rmf_settings *bare = NULL;
    assert_int_equal(rmf_settings_create(&bare), RMF_OK);
    assert_int_equal(rmf_settings_put(bare, "net.name", "tabular", "test"), RMF_OK);
    rmf_net_shape shape = {.rows = 2, .rank = 1, .shape = {7}, .bank_rows = 3};
    rmf_net net = {0};
    assert_int_equal(rmf_net_build(f.params, bare, &shape, false, &net), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "net.width is not set"));
    shape.bank_rows = 4;
    assert_int_equal(rmf_net_build(f.params, f.settings, &shape, false, &net), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "bank rows"));
    shape.bank_rows = 3;
    shape.shape[0] = 8; /* parameters of the first net have other shapes */
    assert_int_not_equal(rmf_net_build(f.params, f.settings, &shape, false, &net), RMF_OK);
    assert_null(net.tape);
    rmf_net_free(NULL);
    rmf_settings_free(bare);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_network_is_found_by_name),
        cmocka_unit_test(defaults_pass_their_own_check),
        cmocka_unit_test(refusals_say_what_to_do),
        cmocka_unit_test(unchecked_settings_and_other_params_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
