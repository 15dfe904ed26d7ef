/** core/threads.c – how many threads parallel loops use. */
#include "ramify/core.h"

#include <omp.h>

void rmf_threads_set(int count)
{
    omp_set_num_threads(count > 0 ? count : omp_get_num_procs());
}

int rmf_threads(void)
{
    return omp_get_max_threads();
}
