/**
 * core/vector.h – one loop compiled for the portable instruction set, for AVX2 and, where longer
 * vectors pay, for AVX-512, chosen at run time.  The loops use no fused multiply-add
 * (-ffp-contract=off), so all give the same bits.
 */
#ifndef RMF_CORE_VECTOR_H
#define RMF_CORE_VECTOR_H

#define RMF_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define RMF_HAVE_AVX2_COPY 1
#define RMF_AVX2 __attribute__((target("avx2")))
#define RMF_AVX512 __attribute__((target("avx512f,avx512vl")))
/** Calls the copy of `function` that this processor runs fastest. */
#define RMF_DISPATCH(function, ...)                                                                \
    (__builtin_cpu_supports("avx2") ? function##_avx2(__VA_ARGS__) : function##_plain(__VA_ARGS__))
#else
#define RMF_HAVE_AVX2_COPY 0
#define RMF_DISPATCH(function, ...) function##_plain(__VA_ARGS__)
#endif

#endif
