/** core/progress.c – telling the caller how long work gets on; the clock; the version. */
#include "ramify/core.h"

#include <math.h>
#include <time.h>

bool rmf_progress_tell(const rmf_progress *progress, const rmf_progress_event *event)
{
    if (progress == NULL || progress->report == NULL) return true;
    return progress->report(progress->context, event);
}

bool rmf_progress_note(const rmf_progress *progress, const char *activity, const char *note)
{
    const rmf_progress_event event = {
        .activity = activity, .unit = "", .loss = NAN, .seconds_left = NAN, .note = note};
    return rmf_progress_tell(progress, &event);
}

double rmf_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *rmf_version(void)
{
    return RMF_VERSION;
}
