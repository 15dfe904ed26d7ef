/* device/cpu/kernel.h – how a loop becomes a kernel, and how large its pieces are.
 *
 * A kernel `name` is an always-inlined `name_body`, compiled for the portable instruction set, for
 * AVX2 and for AVX-512 (core/vector.h).  No copy contracts a·b + c and sums keep their lanes, so
 * all give the same bits.  Pieces have fixed sizes: what a slot returns does not depend on threads.
 */
#ifndef DEVICE_CPU_KERNEL_H
#define DEVICE_CPU_KERNEL_H

#include "core/vector.h"

#include <stdbool.h>
#include <stdint.h>

#if RMF_HAVE_AVX2_COPY
#define RMF_KERNEL(name, parameters, arguments)                                                    \
    RMF_AVX512 static void name##_avx512 parameters                                                \
    {                                                                                              \
        name##_body arguments;                                                                     \
    }                                                                                              \
    RMF_AVX2 static void name##_avx2 parameters                                                    \
    {                                                                                              \
        name##_body arguments;                                                                     \
    }                                                                                              \
    static void name##_plain parameters                                                            \
    {                                                                                              \
        name##_body arguments;                                                                     \
    }                                                                                              \
    static void name parameters                                                                    \
    {                                                                                              \
        if (__builtin_cpu_supports("avx512vl"))                                                    \
            name##_avx512 arguments;                                                               \
        else if (__builtin_cpu_supports("avx2"))                                                   \
            name##_avx2 arguments;                                                                 \
        else                                                                                       \
            name##_plain arguments;                                                                \
    }
#else
#define RMF_KERNEL(name, parameters, arguments)                                                    \
    static void name parameters                                                                    \
    {                                                                                              \
        name##_body arguments;                                                                     \
    }
#endif

/* Elements of one piece: 32 kB, a first-level cache.  With fewer than PARALLEL of them waking the
 * other threads costs more than it brings. */
enum { RMF_BLOCK = 8192, RMF_PARALLEL = 4 };

static inline int64_t rmf_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static inline int64_t rmf_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static inline int64_t rmf_pieces(int64_t count, int64_t piece)
{
    return (count + piece - 1) / piece;
}
/* Length of piece i when `count` things are cut into pieces of `piece`. */
static inline int64_t rmf_piece(int64_t i, int64_t piece, int64_t count)
{
    return rmf_min(piece, count - i * piece);
}
/* Whether `rows` rows of `width` elements are worth several threads. */
static inline bool rmf_is_large(int64_t rows, int64_t width)
{
    return rows * width >= RMF_PARALLEL * RMF_BLOCK;
}
/* Rows of `width` elements that make about one piece. */
static inline int64_t rmf_rows_a_piece(int64_t width)
{
    return rmf_max(1, RMF_BLOCK / rmf_max(1, width));
}

#endif
