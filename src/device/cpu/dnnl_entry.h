/* device/cpu/dnnl_entry.h – a kept primitive: what it is for, and what it needs to run. */
#ifndef DEVICE_CPU_DNNL_ENTRY_H
#define DEVICE_CPU_DNNL_ENTRY_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compared and hashed as bytes: zeroed before it is filled. */
struct rmf_dnnl_key {
    int64_t n, h, w, cin, oh, ow, cout, kh, kw, w_width;
    int32_t direction, stride, pad, has_bias, threads, bf16;
    float beta; /* folded into the primitive (forward) or its reorder (weights); else 0 */
};

enum rmf_dnnl_memory { INPUT, WEIGHTS, PLAIN_WEIGHTS, BIAS, RESULT, PAD, REORDER_PAD, MEMORIES };

struct rmf_dnnl_entry {
    bool used;
    struct rmf_dnnl_key key;
    uint64_t last_use;
    dnnl_primitive_t convolution, reorder; /* reorder is NULL if plain weights suit */
    dnnl_memory_t memory[MEMORIES];
    size_t weight_bytes, pad_bytes;
};

#define TRY_DNNL(call)                                                                             \
    do {                                                                                           \
        dnnl_status_t try_status = (call);                                                         \
        if (try_status != dnnl_success) return try_status;                                         \
    } while (0)

/* On failure the entry is unused. */
dnnl_status_t rmf_dnnl_entry_make(const struct rmf_dnnl_key *key, dnnl_engine_t engine,
                                  struct rmf_dnnl_entry *entry);
void rmf_dnnl_entry_clear(struct rmf_dnnl_entry *entry);

#endif
