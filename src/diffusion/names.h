/* diffusion/names.h – the message for a name that a registry does not have. */
#ifndef RMF_DIFFUSION_NAMES_H
#define RMF_DIFFUSION_NAMES_H

#include "ramify/core.h"

/** `what` is "sde.name", say; `names` is NULL-ended.  Returns RMF_ERR_USAGE. */
rmf_status rmf_unknown_name(const char *place, const char *what, const char *word,
                            const char *const *names);

#endif
