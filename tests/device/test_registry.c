/* tests/device/test_registry.c – opening back ends by name; full tables; memory slots. */
#include "harness.h"

#include <string.h>

static void test_open(void **state)
{
    (void)state;
    rmf_device *dev = open_device("auto");
    assert_string_equal(dev->ops->name, "cpu");
    rmf_device_close(dev);
    dev = NULL;
    assert_int_equal(rmf_device_open("rif", &dev), RMF_ERR_USAGE);
    assert_null(dev);
    assert_non_null(strstr(rmf_message(), "did you mean ref"));
    rmf_device_close(NULL);
}

/* Every slot of every back end is filled: callers never ask. */
static void test_tables_full(void **state)
{
    (void)state;
    for (const rmf_device_kind *const *kind = rmf_device_registry(); *kind; kind++) {
        rmf_device *dev = open_device((*kind)->name);
        assert_string_equal(dev->ops->name, (*kind)->name);
        assert_true(strlen((*kind)->summary) > 0);
        const char *const *slots = (const char *const *)dev->ops;
        for (size_t i = 0; i < sizeof *dev->ops / sizeof *slots; i++)
            if (!slots[i]) fail_msg("device %s: slot %zu is empty", (*kind)->name, i);
        rmf_device_close(dev);
    }
}

static void test_memory(void **state)
{
    (void)state;
    for (const rmf_device_kind *const *kind = rmf_device_registry(); *kind; kind++) {
        rmf_device *dev = open_device((*kind)->name);
        const float from[3] = {1, 2, 3};
        float to[3] = {0};
        void *block = NULL;
        assert_int_equal(dev->ops->alloc(dev, sizeof from, &block), RMF_OK);
        assert_int_equal((uintptr_t)block % 64, 0);
        assert_int_equal(dev->ops->upload(dev, block, from, sizeof from), RMF_OK);
        assert_int_equal(dev->ops->fill(dev, (float *)block + 1, 7, 1), RMF_OK);
        assert_int_equal(dev->ops->download(dev, to, block, sizeof to), RMF_OK);
        assert_true(to[0] == 1 && to[1] == 7 && to[2] == 3);
        assert_int_equal(dev->ops->upload(dev, NULL, NULL, 0), RMF_OK);
        dev->ops->release(dev, block);
        dev->ops->release(dev, NULL);
        assert_int_equal(dev->ops->alloc(dev, SIZE_MAX, &block), RMF_ERR_MEMORY);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_tables_full),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
