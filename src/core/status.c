/** core/status.c – status values and the one message each thread keeps about its last failure. */
#include "ramify/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 1024 };

/* A thread's own state: no other thread sees it, and every failure overwrites it. */
static _Thread_local char last_message[MESSAGE_SIZE];

/** Messages quote file content: control characters must not reach a terminal or break the line. */
static void store_one_line(const char *text)
{
    size_t i = 0;
    for (; i + 1 < MESSAGE_SIZE && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        last_message[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    last_message[i] = '\0';
}

rmf_status rmf_fail(rmf_status status, const char *format, ...)
{
    /* Arguments may point into the old message, so it is replaced only when the new one is whole.
     */
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    store_one_line(written < 0 ? format : text);
    return status;
}

const char *rmf_message(void)
{
    return last_message;
}

rmf_status rmf_fail_in(rmf_status status, const char *prefix)
{
    return rmf_fail(status, "%s: %s", prefix, last_message);
}

const char *rmf_status_text(rmf_status status)
{
    switch (status) {
#define STATUS_CASE(name, text)                                                                    \
    case RMF_##name:                                                                               \
        return text;
        RMF_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}
