/** core/settings.h – reading one value as the type of its option. */
#ifndef RMF_CORE_SETTINGS_H
#define RMF_CORE_SETTINGS_H

#include "ramify/core.h"

/** True when the whole text is a whole number ("60", "-3", "1e5"). */
bool rmf_text_to_int(const char *text, int64_t *out);
/** True when the whole text is a finite number. */
bool rmf_text_to_real(const char *text, double *out);
/** true/false, yes/no, on/off in any case. */
bool rmf_text_to_bool(const char *text, bool *out);

#endif
