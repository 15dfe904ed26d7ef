/** report/page_size.c – a page that can be sent by mail: where pictures would carry it past the
 * limit, there are fewer of them, then smaller ones, then none. */
#include <stdio.h>
#include <string.h>

#include "io/writer.h"
#include "report/page.h"

enum { SIDE_LEAST = 64 }; /* pictures are not made smaller than this */

typedef struct fitting {
    rmf_arena *arena;
    rmf_page page;
    const char **notes; /* those of the page and one more */
} fitting;

/* The first `count` objects of each of `blocks` blocks. */
static rmf_status take_fewer(fitting *f, int blocks, int64_t count, const float **x)
{
    const rmf_page *page = &f->page;
    const size_t whole = (size_t)(page->count * page->features),
                 part = (size_t)(count * page->features);
    float *to = NULL;
    if (!*x) return RMF_OK;
    RMF_TRY(rmf_arena_alloc(f->arena, (size_t)blocks * part, sizeof *to, (void **)&to));
    for (size_t b = 0; b < (size_t)blocks; b++)
        memcpy(to + b * part, *x + b * whole, part * sizeof *to);
    *x = to;
    return RMF_OK;
}

/* Every object at half its height and width: means of four values. */
static rmf_status take_smaller(fitting *f, int64_t objects, const float **x)
{
    const int64_t *shape = f->page.shape, w = shape[1], c = shape[2];
    const int64_t h2 = shape[0] / 2, w2 = w / 2;
    float *to = NULL;
    if (!*x) return RMF_OK;
    RMF_TRY(rmf_arena_alloc(f->arena, (size_t)(objects * h2 * w2 * c), sizeof *to, (void **)&to));
    for (int64_t k = 0; k < objects * h2 * w2 * c; k++) {
        const int64_t object = k / (h2 * w2 * c), i = k / (w2 * c) % h2, j = k / c % w2;
        const float *at = *x + object * f->page.features + (2 * i * w + 2 * j) * c + k % c;
        to[k] = 0.25f * (at[0] + at[c] + at[w * c] + at[(w + 1) * c]);
    }
    *x = to;
    return RMF_OK;
}

static rmf_status show_fewer(fitting *f, int64_t count)
{
    rmf_page *page = &f->page;
    const int classes = rmf_tree_class_count(page->tree);
    RMF_TRY(take_fewer(f, classes, count, &page->samples));
    RMF_TRY(take_fewer(f, classes, count, &page->nearest));
    RMF_TRY(take_fewer(f, rmf_tree_branch_count(page->tree), count, &page->hybrids));
    page->count = count;
    return RMF_OK;
}

static rmf_status show_smaller(fitting *f)
{
    rmf_page *page = &f->page;
    const int64_t objects = rmf_tree_class_count(page->tree) * page->count;
    RMF_TRY(take_smaller(f, objects, &page->samples));
    RMF_TRY(take_smaller(f, objects, &page->nearest));
    RMF_TRY(take_smaller(f, rmf_tree_branch_count(page->tree) * page->count, &page->hybrids));
    page->shape[0] /= 2;
    page->shape[1] /= 2;
    page->features = page->shape[0] * page->shape[1] * page->shape[2];
    return RMF_OK;
}

/* The next smaller page; *more is false where nothing is left to take away. */
static rmf_status shrink(fitting *f, bool *more)
{
    rmf_page *page = &f->page;
    *more = rmf_page_pictures(page) && page->samples;
    if (!*more) return RMF_OK;
    if (page->count > 1) return show_fewer(f, page->count / 2);
    if (page->shape[0] >= 2 * SIDE_LEAST && page->shape[1] >= 2 * SIDE_LEAST)
        return show_smaller(f);
    if (page->nearest)
        page->nearest = NULL;
    else if (page->hybrids)
        page->hybrids = NULL;
    else
        page->samples = NULL;
    return RMF_OK;
}

static rmf_status render(const rmf_page *page, char **text, size_t *size)
{
    rmf_writer *memory = NULL;
    RMF_TRY(rmf_writer_open_memory(&memory));
    return rmf_writer_take_end(memory, rmf_page_put(memory, page), text, size);
}

static rmf_status say_so(fitting *f, const rmf_page *whole)
{
    static const char note[] =
        "fewer or smaller pictures than there are: with all of them the page "
        "would pass 3 MiB";
    RMF_TRY(rmf_arena_alloc(f->arena, whole->n_notes + 1, sizeof *f->notes, (void **)&f->notes));
    for (size_t i = 0; i < whole->n_notes; i++)
        f->notes[i] = whole->notes[i];
    f->notes[whole->n_notes] = note;
    f->page.notes = f->notes;
    f->page.n_notes = whole->n_notes + 1;
    return RMF_OK;
}

static rmf_status fit(fitting *f, const rmf_page *whole, char **text, size_t *size)
{
    bool more = true;
    RMF_TRY(render(whole, text, size));
    if (*size >= RMF_PAGE_BYTES_MOST) RMF_TRY(say_so(f, whole));
    while (*size >= RMF_PAGE_BYTES_MOST) {
        RMF_TRY(shrink(f, &more));
        if (!more) return RMF_OK; /* text alone */
        rmf_free(*text);
        *text = NULL;
        RMF_TRY(render(&f->page, text, size));
    }
    return RMF_OK;
}

rmf_status rmf_page_render(const rmf_page *page, char **text, size_t *size)
{
    fitting f = {.page = *page};
    *text = NULL;
    RMF_TRY(rmf_arena_create(&f.arena));
    rmf_status status = fit(&f, page, text, size);
    rmf_arena_free(f.arena);
    if (status != RMF_OK) {
        rmf_free(*text);
        *text = NULL;
    }
    return status;
}
