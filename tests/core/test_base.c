/** tests/core/test_base.c – messages, memory, element types, threads, progress. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ramify/core.h"

static void messages_are_kept_in_one_line(void **state)
{
    (void)state;
    assert_int_equal(rmf_fail(RMF_ERR_FORMAT, "a.csv: %d rows;\nexpected\t%s", 3, "more\x1b[2J"),
                     RMF_ERR_FORMAT);
    assert_string_equal(rmf_message(), "a.csv: 3 rows; expected more [2J");
    /* The old message may be an argument of the new one. */
    rmf_fail(RMF_ERR_IO, "%s, again", rmf_message());
    assert_string_equal(rmf_message(), "a.csv: 3 rows; expected more [2J, again");
    assert_int_equal(rmf_fail_in(RMF_ERR_IO, "run/"), RMF_ERR_IO);
    assert_string_equal(rmf_message(), "run/: a.csv: 3 rows; expected more [2J, again");
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rmf_fail(RMF_ERR_IO, "%s", text);
    assert_int_equal(strlen(rmf_message()), 1023);
    assert_int_equal(strspn(rmf_message(), "x"), 1023);
}

/** Fails with its own number, waits for the others, and looks whether its message is still there.
 */
static void *fail_and_look(void *argument)
{
    pthread_barrier_t *barrier = argument;
    char expected[32];
    snprintf(expected, sizeof expected, "%zu", (size_t)expected);
    rmf_fail(RMF_ERR_IO, "%s", expected);
    pthread_barrier_wait(barrier);
    return strcmp(rmf_message(), expected) == 0 ? NULL : barrier;
}

static void each_thread_has_its_message(void **state)
{
    (void)state;
    enum { THREADS = 3 };
    pthread_t thread[THREADS];
    pthread_barrier_t barrier;
    rmf_fail(RMF_ERR_IO, "outer");
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, fail_and_look, &barrier), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    pthread_barrier_destroy(&barrier);
    assert_string_equal(rmf_message(), "outer");
}

static rmf_status try_twice(int *reached, rmf_status first)
{
    RMF_TRY(first);
    ++*reached;
    return RMF_OK;
}

static void try_returns_failures(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(try_twice(&reached, RMF_ERR_USAGE), RMF_ERR_USAGE);
    assert_int_equal(reached, 0);
    assert_int_equal(try_twice(&reached, RMF_OK), RMF_OK);
    assert_int_equal(reached, 1);
}

static void statuses_have_texts(void **state)
{
    (void)state;
    assert_string_equal(rmf_status_text(RMF_OK), "done");
    assert_string_equal(rmf_status_text(RMF_ERR_INTERRUPTED),
                        "stopped on request; the work so far is saved");
    assert_string_equal(rmf_status_text((rmf_status)99), "unknown status");
}

static void blocks_are_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 63, 64, 65, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *block = NULL;
        assert_int_equal(rmf_alloc(sizes[i], 1, &block), RMF_OK);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(((char *)block)[j], 0);
        rmf_free(block);
    }
    rmf_free(NULL);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const size_t bad[][2] = {{(size_t)1 << 32, (size_t)1 << 32},
                                    {SIZE_MAX, 2},
                                    {SIZE_MAX, 1},
                                    {SIZE_MAX / 2, 2},
                                    {(size_t)1 << 62, 1},
                                    {3, SIZE_MAX / 3}};
    rmf_arena *arena;
    assert_int_equal(rmf_arena_create(&arena), RMF_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char mark;
        void *block = &mark;
        assert_int_equal(rmf_alloc(bad[i][0], bad[i][1], &block), RMF_ERR_MEMORY);
        assert_ptr_equal(block, &mark); /* outputs are set on success only */
        assert_int_equal(rmf_arena_alloc(arena, bad[i][0], bad[i][1], &block), RMF_ERR_MEMORY);
        assert_ptr_equal(block, &mark);
        assert_int_equal(strncmp(rmf_message(), "memory: ", 8), 0);
    }
    rmf_arena_free(arena);
}

static void texts_are_copied(void **state)
{
    (void)state;
    char *copy = NULL;
    assert_int_equal(rmf_copy_text("tree", &copy), RMF_OK);
    assert_string_equal(copy, "tree");
    rmf_free(copy);
    assert_int_equal(rmf_copy_text(NULL, &copy), RMF_ERR_ARGUMENT);
}

static void arenas_keep_many_blocks(void **state)
{
    (void)state;
    rmf_arena *arena;
    assert_int_equal(rmf_arena_create(&arena), RMF_OK);
    unsigned char *block[200];
    for (size_t i = 0; i < 200; i++) {
        void *memory;
        assert_int_equal(rmf_arena_alloc(arena, i, 3, &memory), RMF_OK);
        assert_int_equal((uintptr_t)memory % 64, 0);
        block[i] = memory;
        memset(block[i], (int)i, 3 * i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < 3 * i; j++)
            assert_int_equal(block[i][j], i);
    rmf_arena_free(arena);
    rmf_arena_free(NULL);
}

static void types_have_sizes(void **state)
{
    (void)state;
    static const size_t size[] = {4, 8, 2, 1, 1, 2, 2, 4, 4, 8, 8, 1, 0};
    for (int type = RMF_F32; type <= RMF_TEXT; type++)
        assert_int_equal(rmf_type_size((rmf_type)type), size[type]);
}

static void views_count_elements(void **state)
{
    (void)state;
    rmf_view view = {.rank = 0, .shape = {1, 1, 1, 1}};
    assert_int_equal(rmf_view_count(&view), 1);
    view = (rmf_view){.rank = 3, .shape = {2, 3, 5, 1}};
    assert_int_equal(rmf_view_count(&view), 30);
    view.shape[1] = 0;
    assert_int_equal(rmf_view_count(&view), 0);
}

static void thread_count_is_set(void **state)
{
    (void)state;
    rmf_threads_set(3);
    assert_int_equal(rmf_threads(), 3);
    rmf_threads_set(0);
    assert_true(rmf_threads() >= 1);
}

static bool count_reports(void *context, const rmf_progress_event *event)
{
    *(int64_t *)context += event->done;
    return event->done < 5;
}

static void progress_reaches_the_caller(void **state)
{
    (void)state;
    int64_t sum = 0;
    rmf_progress progress = {count_reports, &sum};
    rmf_progress_event event = {.activity = "training", .done = 4, .loss = NAN};
    assert_true(rmf_progress_tell(&progress, &event));
    event.done = 5;
    assert_false(rmf_progress_tell(&progress, &event));
    assert_int_equal(sum, 9);
    assert_true(rmf_progress_tell(NULL, &event));
    assert_true(rmf_progress_tell(&(rmf_progress){0}, &event));
}

static void clock_runs_forward(void **state)
{
    (void)state;
    double before = rmf_seconds();
    assert_true(before > 0 && rmf_seconds() >= before);
    assert_non_null(strchr(rmf_version(), '.'));
}

static void test_endings(void **state)
{
    (void)state;
    assert_true(rmf_ends_with("a.npz", ".npz"));
    assert_true(rmf_ends_with("-.npz", ".npz"));
    assert_false(rmf_ends_with(".npz", ".npz"));
    assert_false(rmf_ends_with("a.npz.gz", ".npz"));
    assert_false(rmf_ends_with("z", ".npz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_kept_in_one_line),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(each_thread_has_its_message),
        cmocka_unit_test(try_returns_failures),
        cmocka_unit_test(statuses_have_texts),
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(arenas_keep_many_blocks),
        cmocka_unit_test(types_have_sizes),
        cmocka_unit_test(views_count_elements),
        cmocka_unit_test(thread_count_is_set),
        cmocka_unit_test(progress_reaches_the_caller),
        cmocka_unit_test(clock_runs_forward),
        cmocka_unit_test(test_endings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
