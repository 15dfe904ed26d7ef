/** io/error.c – errno values as messages. */
#include "io/error.h"

#include <errno.h>
#include <string.h>

static const char *advice(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "check the path";
    case EACCES:
    case EPERM:
        return "check the permissions, or choose another place";
    case ENOSPC:
    case EDQUOT:
        return "free some space, or choose another place";
    case EROFS:
        return "choose a place that can be written";
    case EISDIR:
        return "give the path of a file";
    default:
        return "check the path and the disk";
    }
}

rmf_status rmf_fail_system(const char *path, const char *action, int error)
{
    char buffer[128];
    const char *reason = strerror_r(error, buffer, sizeof buffer);
    (void)rmf_fail(RMF_ERR_IO, "%s: cannot %s: %s; %s", path, action, reason, advice(error));
    return RMF_ERR_IO;
}
