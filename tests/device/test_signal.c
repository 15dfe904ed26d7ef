/* tests/device/test_signal.c – a signal may arrive at any time: it finds the main thread with the
 * stack pointer in its own stack (device/cpu/signals.h says what happens else). */
#include "harness.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

enum { ROWS = 128, IN = 1000, OUT = 256 };

static pthread_t main_thread;
static char *stack_low, *stack_high;
static volatile sig_atomic_t arrived, outside;

static void on_alarm(int number)
{
    (void)number;
    char here;
    arrived++;
    if (!pthread_equal(pthread_self(), main_thread) || &here < stack_low || &here >= stack_high)
        outside++;
}

static void find_stack(void)
{
    main_thread = pthread_self();
    pthread_attr_t attributes;
    void *low;
    size_t size;
    assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    assert_int_equal(pthread_attr_getstack(&attributes, &low, &size), 0);
    pthread_attr_destroy(&attributes);
    stack_low = low;
    stack_high = stack_low + size;
}

static void set_timer(int microseconds)
{
    const struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void check_long_sums(int threads)
{
    rmf_threads_set(threads);
    arrived = outside = 0;
    find_stack();
    rmf_device *dev = open_device("cpu");
    float *x = calloc(ROWS * IN, sizeof *x), *w = calloc(IN * OUT, sizeof *w);
    float *y = calloc(ROWS * OUT, sizeof *y);
    assert_true(x && w && y);
    const rmf_matmul product = {.m = ROWS,
                                .n = OUT,
                                .k = IN,
                                .batch = 1,
                                .scale = 1,
                                .a = x,
                                .b = w,
                                .c = y,
                                .type = RMF_F32};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    set_timer(1000);
    const double start = rmf_seconds();
    rmf_status status = RMF_OK;
    while (status == RMF_OK && arrived < 100 && outside == 0 && rmf_seconds() - start < 20)
        status = dev->ops->matmul(dev, &product);
    set_timer(0);
    assert_int_equal(status, RMF_OK);
    assert_true(arrived >= 100 || outside > 0);
    assert_int_equal(outside, 0);
    free(x);
    free(w);
    free(y);
    rmf_device_close(dev);
}

static void test_long_sums(void **state)
{
    (void)state;
    check_long_sums(1);
    check_long_sums(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_long_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
