/** reproduce/process.c – a child process, its time and its exit code. */
#include "reproduce/step.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* A child that gets its own signals as they are by default, whatever this process does with them.
 */
static rmf_status start(const rmf_process *p, const char *to, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to, O_WRONLY | O_CREAT | O_TRUNC,
                                     0666);
    const int error = posix_spawnp(pid, p->program, &actions, &attributes, p->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error == 0) return RMF_OK;
    return rmf_fail(RMF_ERR_IO, "%s: cannot be started: %s", p->program, strerror(error));
}

/* Waits; a stop that is asked for is handed on once.  The child saves its work, which may take.  It
 * is handed on as SIGTERM: from a terminal Ctrl-C reaches the child too, and a second SIGINT would
 * end it before it has saved. */
static rmf_status wait_for(pid_t pid, const rmf_progress *progress, int *status,
                           struct rusage *usage)
{
    bool stopped = false;
    for (;;) {
        const pid_t got = wait4(pid, status, WNOHANG, usage);
        if (got == pid) return RMF_OK;
        if (got < 0 && errno != EINTR)
            return rmf_fail(RMF_ERR_IO, "waiting for a step: %s", strerror(errno));
        if (!stopped && !rmf_progress_note(progress, "step", NULL)) {
            stopped = true;
            kill(pid, SIGTERM);
        }
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

rmf_status rmf_process_run(rmf_process *p, const rmf_progress *progress)
{
    char part[4096];
    if (p->to && snprintf(part, sizeof part, "%s.part", p->to) >= (int)sizeof part)
        return rmf_fail(RMF_ERR_IO, "%s: the path is too long", p->to);
    pid_t pid;
    int status = 0;
    struct rusage usage = {0};
    const double began = rmf_seconds();
    RMF_TRY(start(p, p->to ? part : "/dev/null", &pid));
    RMF_TRY(wait_for(pid, progress, &status, &usage));
    p->seconds = rmf_seconds() - began;
    p->processor_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    p->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!p->to) return RMF_OK;
    if (p->code != 0) unlink(part);
    if (p->code == 0 && rename(part, p->to) != 0)
        return rmf_fail(RMF_ERR_IO, "%s: cannot be written: %s", p->to, strerror(errno));
    return RMF_OK;
}
