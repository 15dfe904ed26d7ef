/* device/cpu/signals.c – masks of signals, for a while and for worker threads. */
#include "device/cpu/signals.h"

#include <omp.h>
#include <stddef.h>

/* Errors of the thread itself stay: blocked, they end the program without the handler's report. */
void rmf_signals_hold(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_BLOCK, &all, before);
}

void rmf_signals_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void rmf_signals_spare_workers(void)
{
#pragma omp parallel
    if (omp_get_thread_num() > 0) {
        sigset_t before;
        rmf_signals_hold(&before);
    }
}
