/** tests/data/support.h – files in a temporary folder, settings, and messages. */
#ifndef RMF_TESTS_DATA_SUPPORT_H
#define RMF_TESTS_DATA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ramify/data.h"
#include "ramify/io.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/** Creates a temporary folder and goes there; every test file of ours lies in it. */
static inline int enter_folder(void **state)
{
    char folder[] = "/tmp/rmf-data-XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
    *state = strdup(folder);
    return *state == NULL;
}

static inline int leave_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0;
}

static inline void put_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void put_text(const char *path, const char *text)
{
    put_file(path, text, strlen(text));
}

/** Opens data by settings given as key, value, …, NULL. */
static inline rmf_status open_with(rmf_dataset *out, ...)
{
    rmf_settings *settings = NULL;
    assert_int_equal(rmf_settings_create(&settings), RMF_OK);
    va_list list;
    va_start(list, out);
    for (const char *key; (key = va_arg(list, const char *)) != NULL;)
        assert_int_equal(rmf_settings_put(settings, key, va_arg(list, const char *), "test:1"),
                         RMF_OK);
    va_end(list);
    assert_int_equal(rmf_settings_check(settings, "data.", rmf_data_options, NULL), RMF_OK);
    rmf_status status = rmf_dataset_open(settings, NULL, out);
    rmf_settings_free(settings);
    return status;
}

/** The status is as expected and the message holds a text. */
static inline void assert_refused(rmf_status status, rmf_status expected, const char *part)
{
    if (status == expected && strstr(rmf_message(), part) != NULL) return;
    fail_msg("status \"%s\" (expected \"%s\"), message \"%s\" (expected to hold \"%s\")",
             rmf_status_text(status), rmf_status_text(expected), rmf_message(), part);
}

static inline void assert_near(double a, double b, double tolerance)
{
    if (!(a - b <= tolerance && b - a <= tolerance)) fail_msg("%.17g is not %.17g", a, b);
}

#endif
