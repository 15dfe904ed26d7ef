/* device/cpu/signals.h – keeps signal handlers away from kernels that borrow the stack pointer.
 *
 * Where k is long (above 252 with AVX2, oneDNN 2.6), oneDNN's sgemm points the stack pointer into a
 * block of the heap.  A signal that arrives then has its frame written below that block, over
 * whatever lies there: a Ctrl-C or a profiler's timer destroys the heap.  So the thread that calls
 * oneDNN holds signals back meanwhile, and OpenMP's worker threads take none at all. */
#ifndef DEVICE_CPU_SIGNALS_H
#define DEVICE_CPU_SIGNALS_H

#include <signal.h>

/* Blocks every signal that may come from outside; `before` receives the mask to give back. */
void rmf_signals_hold(sigset_t *before);
void rmf_signals_release(const sigset_t *before);
/* For good, in all worker threads that OpenMP has or makes for the present thread count. */
void rmf_signals_spare_workers(void);

#endif
