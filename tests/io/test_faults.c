/**
 * tests/io/test_faults.c – every allocation and every step that puts a file in place fails once:
 * the n-th call, for n = 1, 2, … until a run meets no fault.  Each time the caller must get a
 * failure (or a whole file, where a fault is harmless), and nothing may stay behind; sanitizers see
 * leaks.
 *
 * The linker's --wrap sends the library's calls here.
 */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/scratch.h"

static int calls_left; /* until the fault; 0 = none to come */

static bool fault(int error)
{
    if (calls_left == 0 || --calls_left > 0) return false;
    errno = error;
    return true;
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fault(ENOMEM) ? NULL : __real_aligned_alloc(alignment, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    return fault(ENOMEM) ? NULL : __real_strdup(text);
}

int __real_fsync(int file);
int __wrap_fsync(int file)
{
    return fault(EIO) ? -1 : __real_fsync(file);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return fault(EACCES) ? -1 : __real_rename(from, to);
}

int __real_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    return fault(EACCES) ? -1 : __real_renameat2(a, from, b, to, flags);
}

/* ---- what is tried: save to `path`, or load from it --------------------------------------- */

typedef rmf_status attempt(const char *path);

static rmf_status make_set(rmf_arrays *set)
{
    static const char *const words[] = {"eins", "zwei"};
    RMF_TRY(rmf_arrays_add(set, "x", RMF_F32, 1, (const int64_t[]){3}, (const float[]){1, 2, 3}));
    RMF_TRY(rmf_arrays_add_meta(set, "key", "value"));
    return rmf_arrays_add_texts(set, "words", words, 2);
}

static rmf_status save_npz(const char *path)
{
    rmf_arrays set = {0};
    rmf_status status = make_set(&set);
    if (status == RMF_OK) status = rmf_npz_write(path, false, &set);
    rmf_arrays_free(&set);
    return status;
}

static rmf_status load_npz(const char *path)
{
    rmf_arrays set = {0};
    RMF_TRY(rmf_npz_read(path, &set));
    rmf_arrays_free(&set);
    return RMF_OK;
}

static rmf_status save_safetensors(const char *path)
{
    rmf_arrays set = {0};
    rmf_status status = make_set(&set);
    if (status == RMF_OK) {
        set.count--; /* without the texts, which the format has no place for */
        status = rmf_safetensors_write(path, true, &set);
        set.count++;
    }
    rmf_arrays_free(&set);
    return status;
}

static rmf_status load_safetensors(const char *path)
{
    rmf_arrays set = {0};
    RMF_TRY(rmf_safetensors_read(path, &set));
    rmf_arrays_free(&set);
    return RMF_OK;
}

static rmf_status save_npy(const char *path)
{
    rmf_arrays set = {0};
    rmf_status status = make_set(&set);
    if (status == RMF_OK) status = rmf_npy_write(path, true, &set.array[0]);
    rmf_arrays_free(&set);
    return status;
}

static rmf_status load_npy(const char *path)
{
    rmf_arrays set = {0};
    RMF_TRY(rmf_npy_read(path, &set));
    rmf_arrays_free(&set);
    return RMF_OK;
}

static rmf_status save_png(const char *path)
{
    static uint8_t pixel[12];
    return rmf_png_write(path, false, &(rmf_image){2, 2, 3, pixel});
}

static rmf_status load_png(const char *path)
{
    rmf_image image;
    RMF_TRY(rmf_png_read(path, &image));
    rmf_free(image.pixel);
    return RMF_OK;
}

static rmf_status save_json(const char *path)
{
    json_t *value = json_pack("{s:[i]}", "a", 1);
    rmf_status status = rmf_json_write(path, false, value);
    json_decref(value);
    return status;
}

static rmf_status load_json(const char *path)
{
    json_t *value;
    RMF_TRY(rmf_json_read(path, &value));
    json_decref(value);
    return RMF_OK;
}

static rmf_status save_yaml(const char *path)
{
    static const rmf_option options[] = {{"depth", RMF_OPTION_INT, "2", 1, 9, NULL, ""},
                                         {"list", RMF_OPTION_LIST, "1,2", 1, 9, NULL, ""},
                                         {0}};
    rmf_settings *settings;
    RMF_TRY(rmf_settings_create(&settings));
    rmf_status status = rmf_settings_put(settings, "net.depth", "3", "--set");
    if (status == RMF_OK) status = rmf_settings_check(settings, "net.", options, NULL);
    if (status == RMF_OK) status = rmf_settings_check(settings, "net.", options, NULL);
    if (status == RMF_OK) status = rmf_yaml_write(path, false, settings);
    rmf_settings_free(settings);
    return status;
}

static rmf_status load_yaml(const char *path)
{
    rmf_settings *settings;
    RMF_TRY(rmf_settings_create(&settings));
    rmf_status status = rmf_yaml_read(path, settings);
    rmf_settings_free(settings);
    return status;
}

static const struct {
    const char *name;
    attempt *save, *load;
} formats[] = {{"npz", save_npz, load_npz},    {"safetensors", save_safetensors, load_safetensors},
               {"npy", save_npy, load_npy},    {"png", save_png, load_png},
               {"json", save_json, load_json}, {"yaml", save_yaml, load_yaml}};
enum { FORMATS = sizeof formats / sizeof *formats };

/** Runs `work` with the n-th call failing; true when there was no n-th call. */
static bool run_with_fault(attempt *work, const char *path, int n, rmf_status *status)
{
    calls_left = n;
    *status = work(path);
    bool untouched = calls_left > 0;
    calls_left = 0;
    return untouched;
}

static void failed_saves_leave_nothing(void **state)
{
    const char *folder = scratch_path(*state, "out"), *path = scratch_path(*state, "out/file");
    assert_int_equal(rmf_make_folder(folder), RMF_OK);
    for (int f = 0; f < FORMATS; f++) {
        rmf_status status = RMF_ERR_IO;
        bool untouched = false;
        for (int n = 1; !untouched; n++) {
            assert_in_range(n, 1, 500);
            untouched = run_with_fault(formats[f].save, path, n, &status);
            if (status == RMF_OK) { /* no fault, or a harmless one: the file is whole */
                assert_int_equal(formats[f].load(path), RMF_OK);
                assert_int_equal(unlink(path), 0);
            } else {
                assert_true(status == RMF_ERR_MEMORY || status == RMF_ERR_IO);
                assert_true(rmf_message()[0] != '\0');
            }
            assert_int_equal(scratch_count(folder), 0);
        }
        assert_int_equal(status, RMF_OK);
    }
}

static void failed_loads_leak_nothing(void **state)
{
    const char *path = scratch_path(*state, "file");
    for (int f = 0; f < FORMATS; f++) {
        rmf_status status = RMF_ERR_IO;
        assert_int_equal(formats[f].save(path), RMF_OK);
        for (int n = 1; !run_with_fault(formats[f].load, path, n, &status); n++) {
            assert_in_range(n, 1, 500);
            assert_int_equal(status, RMF_ERR_MEMORY);
        }
        assert_int_equal(status, RMF_OK);
        assert_int_equal(unlink(path), 0);
    }
}

/** Replacing a file and failing keeps the old one, whole. */
static void failed_replacements_keep_the_old_file(void **state)
{
    const char *path = scratch_path(*state, "kept.npy");
    rmf_status status = RMF_ERR_IO;
    assert_int_equal(save_npy(path), RMF_OK);
    for (int n = 1; !run_with_fault(save_npy, path, n, &status); n++)
        assert_int_equal(load_npy(path), RMF_OK);
    assert_int_equal(status, RMF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_saves_leave_nothing),
        cmocka_unit_test(failed_loads_leak_nothing),
        cmocka_unit_test(failed_replacements_keep_the_old_file),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
