/** io/error.h – what the operating system said, as a message. */
#ifndef RMF_IO_ERROR_H
#define RMF_IO_ERROR_H

#include "ramify/core.h"

/** RMF_ERR_IO "path: cannot ACTION: REASON; ADVICE" for an errno value. */
rmf_status rmf_fail_system(const char *path, const char *action, int error);

#endif
