/* app/talk.c – progress on stderr: a bar on a terminal, plain lines elsewhere; Ctrl-C asks work to
 * stop. */
#include "app/app.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The one variable that a signal handler may set; read by every report. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    signal(SIGINT, SIG_DFL); /* a second Ctrl-C ends at once */
}

static void print_time(char *text, size_t size, double seconds)
{
    if (!(seconds >= 0) || seconds > 1e7)
        snprintf(text, size, "?");
    else if (seconds < 90)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 5400)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.1f h", seconds / 3600);
}

static void print_event(rmf_talk *t, const rmf_progress_event *e, char *text, size_t size)
{
    double share = e->total > 0 ? (double)e->done / (double)e->total : 0;
    double spent = rmf_seconds() - t->started;
    double rate = spent > 0 ? (double)(e->done - t->first) / spent : 0;
    double left =
        isnan(e->seconds_left) && rate > 0 ? (double)(e->total - e->done) / rate : e->seconds_left;
    char bar[21] = "....................", time[32];
    for (int i = 0; i < 20 && i < (int)(share * 20 + 0.5); i++)
        bar[i] = '#';
    print_time(time, sizeof time, left);
    int n = snprintf(text, size, "%s [%s] %" PRId64 "/%" PRId64 " %s, %.3g/s", e->activity, bar,
                     e->done, e->total, e->unit, rate);
    if (n > 0 && (size_t)n < size && !isnan(e->loss))
        n += snprintf(text + n, size - (size_t)n, ", loss %.4g", e->loss);
    if (n > 0 && (size_t)n < size) snprintf(text + n, size - (size_t)n, ", %s left", time);
}

/* Draws the bar anew on a terminal, else adds a line now and then. */
static void show(rmf_talk *t, const rmf_progress_event *e, double now)
{
    char text[sizeof t->line];
    print_event(t, e, text, sizeof text);
    if (t->bar)
        fprintf(stderr, "\r%-*s", (int)strlen(t->line), text);
    else
        fprintf(stderr, "%s\n", text);
    memcpy(t->line, text, sizeof text);
    t->shown = now;
}

static bool report(void *context, const rmf_progress_event *e)
{
    rmf_talk *t = context;
    double now = rmf_seconds();
    if (t->activity != e->activity) {
        rmf_talk_end(t);
        t->activity = e->activity;
        t->started = now;
        t->first = e->done;
        t->shown = t->bar ? 0 : now;
    }
    if (e->note && !t->quiet) {
        rmf_talk_end(t);
        fprintf(stderr, "%s\n", e->note);
    }
    if (t->progress_shown && !e->note && e->total > 0 && now - t->shown > t->pause) show(t, e, now);
    return !interrupted;
}

void rmf_talk_init(rmf_talk *talk, const rmf_common *common)
{
    bool shown = !common->quiet && common->progress != 0;
    bool bar = shown && isatty(STDERR_FILENO);
    *talk = (rmf_talk){.quiet = common->quiet,
                       .progress_shown = shown,
                       .bar = bar,
                       .pause = bar                     ? 0.2
                                : common->progress == 1 ? 1
                                                        : 15};
    talk->progress = (rmf_progress){.report = report, .context = talk};
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void rmf_talk_end(rmf_talk *talk)
{
    if (talk->bar && talk->line[0]) fprintf(stderr, "\n");
    talk->line[0] = '\0';
}

static void say(const char *format, va_list list)
{
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
}

void rmf_say(const rmf_common *common, const char *format, ...)
{
    if (common->quiet) return;
    va_list list;
    va_start(list, format);
    say(format, list);
    va_end(list);
}

void rmf_say_more(const rmf_common *common, const char *format, ...)
{
    if (common->quiet || !common->verbose) return;
    va_list list;
    va_start(list, format);
    say(format, list);
    va_end(list);
}
