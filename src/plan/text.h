/* plan/text.h – texts of results, owned by their arena. */
#ifndef RMF_PLAN_TEXT_H
#define RMF_PLAN_TEXT_H

#include <string.h>

#include "ramify/core.h"

RMF_CHECKED static inline rmf_status rmf_arena_text(rmf_arena *arena, const char *text, char **out)
{
    RMF_TRY(rmf_arena_alloc(arena, strlen(text) + 1, 1, (void **)out));
    strcpy(*out, text);
    return RMF_OK;
}

#endif
