/** core/memory.c – checked allocation and arenas. */
#include "ramify/core.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector register */

/* A block near 1 TiB is a mistake or an attack; sanitizers end the program at that size. */
#define MOST_BYTES (((size_t)1 << 40) - ((size_t)1 << 20))

/** Bytes to ask the system for: count·size rounded up to the alignment; false if it overflows. */
static bool padded_size(size_t count, size_t size, size_t extra, size_t *out)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return false;
    if (__builtin_add_overflow(bytes, extra + ALIGNMENT - 1, &bytes)) return false;
    bytes &= ~(size_t)(ALIGNMENT - 1);
    *out = bytes > 0 ? bytes : ALIGNMENT;
    return bytes <= MOST_BYTES;
}

static rmf_status fail_memory(size_t count, size_t size)
{
    (void)rmf_fail(RMF_ERR_MEMORY,
                   "memory: %zu × %zu bytes are not available; free some memory, or use smaller "
                   "data, batches or networks",
                   count, size);
    return RMF_ERR_MEMORY; /* a constant, which shows the compiler that failure is not RMF_OK */
}

static rmf_status zeroed_block(size_t count, size_t size, size_t extra, void **out)
{
    size_t bytes;
    if (!padded_size(count, size, extra, &bytes)) return fail_memory(count, size);
    void *block = aligned_alloc(ALIGNMENT, bytes);
    if (block == NULL) return fail_memory(count, size);
    *out = memset(block, 0, bytes);
    return RMF_OK;
}

rmf_status rmf_alloc(size_t count, size_t size, void **out)
{
    return zeroed_block(count, size, 0, out);
}

void rmf_free(void *block)
{
    free(block);
}

bool rmf_ends_with(const char *path, const char *ending)
{
    const size_t n = strlen(path), k = strlen(ending);
    return n > k && strcmp(path + n - k, ending) == 0;
}

rmf_status rmf_copy_text(const char *text, char **out)
{
    if (text == NULL) return rmf_fail(RMF_ERR_ARGUMENT, "rmf_copy_text: text is NULL");
    char *copy = strdup(text);
    if (copy == NULL) return fail_memory(strlen(text) + 1, 1);
    *out = copy;
    return RMF_OK;
}

/* ---- arenas: each block is its own allocation, so that a sanitizer sees its ends ---------- */

typedef struct arena_block {
    _Alignas(ALIGNMENT) struct arena_block *next; /* the content follows, aligned as the header */
} arena_block;

struct rmf_arena {
    arena_block *first, *last;
};

rmf_status rmf_arena_create(rmf_arena **out)
{
    void *arena;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_arena), &arena));
    *out = arena;
    return RMF_OK;
}

void rmf_arena_free(rmf_arena *arena)
{
    if (arena == NULL) return;
    for (arena_block *block = arena->first; block != NULL;) {
        arena_block *next = block->next;
        rmf_free(block);
        block = next;
    }
    rmf_free(arena);
}

rmf_status rmf_arena_alloc(rmf_arena *arena, size_t count, size_t size, void **out)
{
    void *memory;
    RMF_TRY(zeroed_block(count, size, sizeof(arena_block), &memory));
    arena_block *block = memory;
    if (arena->last != NULL)
        arena->last->next = block;
    else
        arena->first = block;
    arena->last = block;
    *out = block + 1;
    return RMF_OK;
}
