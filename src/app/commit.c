/* app/commit.c – the commit of this build. */
#include "app/app.h"
#include "rmf_commit.h" /* made by cmake/commit.cmake */

const char *rmf_commit(void)
{
    return RMF_COMMIT;
}
