/* diffusion/names.c – the message for a name that a registry does not have. */
#include "diffusion/names.h"

#include <stdio.h>

rmf_status rmf_unknown_name(const char *place, const char *what, const char *word,
                            const char *const *names)
{
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; names[i] && used < sizeof known; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", names[i]);
    const char *near = rmf_nearest(word, names);
    return rmf_fail(RMF_ERR_USAGE, "%s: %s is \"%.40s\"; expected one of %s%s%s%s",
                    place ? place : "settings", what, word, known, near ? " (did you mean " : "",
                    near ? near : "", near ? "?)" : "");
}
