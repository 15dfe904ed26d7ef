/** reproduce/vary.c – variables: {name} in texts, and loops over what they stand for. */
#include "reproduce/experiment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rmf_status rmf_arena_print(rmf_arena *arena, char **out, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const int length = vsnprintf(NULL, 0, format, list);
    void *text = NULL;
    rmf_status s = rmf_arena_alloc(arena, (size_t)length + 1, 1, &text);
    if (s == RMF_OK) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(list);
    *out = text;
    return s;
}

rmf_status rmf_split_list(rmf_arena *arena, const char *text, rmf_names *out)
{
    /* The one splitter of lists reads settings. */
    rmf_settings *one = NULL;
    char **items = NULL;
    void *names = NULL;
    RMF_TRY(rmf_settings_create(&one));
    rmf_status s = rmf_settings_put(one, "list", text, "");
    if (s == RMF_OK) s = rmf_settings_list(one, "list", &items, &out->count);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, out->count, sizeof *out->name, &names);
    out->name = names;
    for (size_t i = 0; s == RMF_OK && i < out->count; i++)
        s = rmf_arena_print(arena, &out->name[i], "%s", items[i]);
    rmf_free(items);
    rmf_settings_free(one);
    return s;
}

/* ---- {name} ---- */

static const char *value_of(const rmf_bindings *b, const char *name, size_t length)
{
    for (size_t i = 0; i < b->count; i++)
        if (strlen(b->item[i].name) == length && strncmp(b->item[i].name, name, length) == 0)
            return b->item[i].value;
    return NULL;
}

/* Writes the text with its variables replaced, or only counts its bytes where `out` is NULL. */
static rmf_status replace(const char *text, const rmf_bindings *bindings, const char *place,
                          char *out, size_t *length)
{
    *length = 0;
    while (*text) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL, *piece = text;
        size_t size = 1;
        if (end) {
            piece = value_of(bindings, text + 1, (size_t)(end - text) - 1);
            if (!piece)
                return rmf_fail(RMF_ERR_USAGE,
                                "%s: %.*s stands for nothing here; expected {out}, {runs} or a "
                                "variable of the part's `for`",
                                place, (int)(end - text) + 1, text);
            size = strlen(piece);
        }
        if (out) memcpy(out + *length, piece, size);
        *length += size;
        text = end ? end + 1 : text + 1;
    }
    return RMF_OK;
}

rmf_status rmf_fill(rmf_arena *arena, const char *text, const rmf_bindings *bindings,
                    const char *place, char **out)
{
    size_t length;
    void *filled;
    RMF_TRY(replace(text, bindings, place, NULL, &length));
    RMF_TRY(rmf_arena_alloc(arena, length + 1, 1, &filled));
    *out = filled;
    return replace(text, bindings, place, filled, &length);
}

/* ---- loops ---- */

/* The values of a variable: a list, or "$NAME", which the key lists.NAME gives. */
static rmf_status values_of(const rmf_experiment *e, const char *key, rmf_names *out)
{
    const char *text = rmf_settings_text(e->settings, key);
    const char *place = rmf_settings_place(e->settings, key);
    if (text[0] == '$') {
        char *list;
        RMF_TRY(rmf_arena_print(e->arena, &list, "lists.%s", text + 1));
        if (!rmf_settings_text(e->settings, list))
            return rmf_fail(RMF_ERR_USAGE, "%s: there is no list \"%s\"", place, list);
        text = rmf_settings_text(e->settings, list);
    }
    RMF_TRY(rmf_split_list(e->arena, text, out));
    if (out->count > 0) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: \"%s\" has no value; expected a list", place, key);
}

rmf_status rmf_loop_of(const rmf_experiment *e, const char *section, const char *name,
                       rmf_loop *out)
{
    char *prefix;
    RMF_TRY(rmf_arena_print(e->arena, &prefix, "%s.%s.for.", section, name));
    *out = (rmf_loop){.count = 1};
    for (size_t i = 0; i < rmf_settings_count(e->settings); i++) {
        const char *key = rmf_settings_key(e->settings, i);
        if (strncmp(key, prefix, strlen(prefix)) != 0) continue;
        const char *place = rmf_settings_place(e->settings, key);
        if (out->depth == RMF_BINDINGS - 4)
            return rmf_fail(RMF_ERR_USAGE, "%s: one variable too many; expected at most %d", place,
                            RMF_BINDINGS - 4);
        rmf_names *values = &out->values[out->depth];
        RMF_TRY(values_of(e, key, values));
        out->variable[out->depth++] = key + strlen(prefix);
        out->count *= values->count;
    }
    return RMF_OK;
}

rmf_status rmf_loop_bind(const rmf_loop *loop, size_t index, rmf_bindings *bindings)
{
    if (bindings->count + loop->depth > RMF_BINDINGS)
        return rmf_fail(RMF_ERR_ARGUMENT, "too many variables; expected at most %d", RMF_BINDINGS);
    for (size_t v = loop->depth; v-- > 0;) {
        const size_t values = loop->values[v].count;
        bindings->item[bindings->count + v] =
            (rmf_binding){loop->variable[v], loop->values[v].name[index % values]};
        index /= values;
    }
    bindings->count += loop->depth;
    return RMF_OK;
}
