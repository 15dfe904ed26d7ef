/* bench/peers.c – other programs for the same work, started beside ours, and how they compare.
 *
 * A peer is an executable file FOLDER/peer_NAME.  It is called with `BENCH --runs N --threads T
 * [--only NET]`, prints rows as ours, JSON objects a line with `bench`, `name` and `median_ms`, and
 * names in `against` the row of ours that does the same work.  Where it can't run it exits with 3
 * and says why in a line on stderr, which the user sees. */
#include "bench/bench.h"
#include "ramify/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "peer_"
enum { NOT_INSTALLED = 3 };

/* A sentence for the user; false: stop. */
static bool tell(const rmf_bench *b, const char *note)
{
    return rmf_progress_note(b->progress, "benchmarks", note);
}

/* ---- rows ---- */

static bool is_row(const json_t *row)
{
    return json_is_object(row) && json_is_string(json_object_get(row, "bench")) &&
           json_is_string(json_object_get(row, "name")) &&
           json_is_number(json_object_get(row, "median_ms"));
}

/* One line of a peer's output: a row, or a complaint. */
static rmf_status take_line(rmf_bench *b, const char *file, int number, const char *line)
{
    json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    if (!is_row(row)) {
        char note[256];
        json_decref(row);
        snprintf(note, sizeof note,
                 "%s: line %d of its output is no row; expected a JSON object with bench, name and "
                 "median_ms",
                 file, number);
        tell(b, note);
        return RMF_OK;
    }
    if (!json_is_string(json_object_get(row, "peer")))
        json_object_set_new(row, "peer", json_string(file + strlen(PREFIX)));
    return rmf_bench_put_json(b, row);
}

static bool equal(const json_t *a, const json_t *b, const char *field, const char *other)
{
    const char *x = json_string_value(json_object_get(a, field));
    const char *y = json_string_value(json_object_get(b, other));
    return x && y && strcmp(x, y) == 0;
}

/* Our row that does a peer's work: the name it gives, and the same batch where both say one. */
static const json_t *find_ours(const rmf_bench *b, const json_t *peer)
{
    size_t i;
    json_t *row;
    json_array_foreach(b->rows, i, row)
    {
        const json_t *ours = json_object_get(row, "batch"), *its = json_object_get(peer, "batch");
        if (!json_object_get(row, "peer") && json_object_get(row, "median_ms") &&
            equal(row, peer, "bench", "bench") && equal(row, peer, "name", "against") &&
            (!ours || !its || json_equal(ours, its)))
            return row;
    }
    return NULL;
}

static rmf_status put_ratio(rmf_bench *b, const json_t *peer, const json_t *ours)
{
    const double its_time = json_number_value(json_object_get(peer, "median_ms"));
    const double our_time = json_number_value(json_object_get(ours, "median_ms"));
    const char *program = json_string_value(json_object_get(peer, "peer"));
    const char *against = json_string_value(json_object_get(ours, "name"));
    char name[256];
    snprintf(name, sizeof name, "%s/ours: %s", program,
             json_string_value(json_object_get(peer, "name")));
    json_t *facts = json_object();
    json_object_set_new(facts, "peer", json_string(program));
    json_object_set_new(facts, "against", json_string(against));
    json_object_set_new(facts, "ratio", json_real(its_time / our_time));
    return rmf_bench_put(
        b, &(rmf_bench_row){.bench = json_string_value(json_object_get(ours, "bench")),
                            .name = name,
                            .facts = facts});
}

/* Ratios of the rows from number `first` on. */
static rmf_status compare(rmf_bench *b, size_t first)
{
    const size_t end = json_array_size(b->rows);
    for (size_t i = first; i < end; i++) {
        const json_t *peer = json_array_get(b->rows, i), *ours = find_ours(b, peer);
        if (ours) RMF_TRY(put_ratio(b, peer, ours));
    }
    return RMF_OK;
}

/* ---- programs ---- */

static rmf_status start(const rmf_bench *b, const char *path, const char *bench, pid_t *child,
                        FILE **output)
{
    int ends[2];
    char runs[16], threads[16];
    snprintf(runs, sizeof runs, "%d", b->options->runs);
    snprintf(threads, sizeof threads, "%d", rmf_threads());
    const char *only = b->options->net ? "--only" : NULL;
    const char *argv[] = {path,    bench, "--runs",        runs, "--threads",
                          threads, only,  b->options->net, NULL};
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return rmf_fail(RMF_ERR_IO, "%s: cannot make a pipe: %s", path, strerror(errno));
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        if (error == 0) error = posix_spawn(child, path, &actions, NULL, (char **)argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    *output = error == 0 ? fdopen(ends[0], "r") : NULL;
    if (*output) return RMF_OK;
    close(ends[0]);
    return rmf_fail(RMF_ERR_IO, "%s: cannot be started: %s", path, strerror(error));
}

/* Waits; says so when the peer failed.  Its own line on stderr explains exit code 3. */
static void finish(const rmf_bench *b, const char *file, const char *bench, pid_t child)
{
    int status = 0;
    char note[160];
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == NOT_INSTALLED))
        return;
    snprintf(note, sizeof note, "%s %s: ended with %s %d; going on without it", file, bench,
             WIFEXITED(status) ? "exit code" : "signal",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    tell(b, note);
}

static rmf_status take_lines(rmf_bench *b, const char *file, FILE *output)
{
    char *line = NULL;
    size_t size = 0;
    rmf_status s = RMF_OK;
    for (int number = 1; s == RMF_OK && getline(&line, &size, output) > 0; number++)
        s = take_line(b, file, number, line);
    free(line);
    return s;
}

static rmf_status ask(rmf_bench *b, const char *file, const char *bench)
{
    const size_t first = json_array_size(b->rows);
    char *path = NULL;
    pid_t child = 0;
    FILE *output = NULL;
    RMF_TRY(rmf_path_join(b->options->peers, file, &path));
    rmf_status s = start(b, path, bench, &child, &output);
    rmf_free(path);
    if (s != RMF_OK) { /* no reason to lose all the others */
        char note[256];
        snprintf(note, sizeof note, "%s", rmf_message());
        tell(b, note);
        return RMF_OK;
    }
    s = take_lines(b, file, output);
    if (s == RMF_OK && !tell(b, NULL))
        s = rmf_fail(RMF_ERR_INTERRUPTED, "bench: stopped; the rows so far are whole");
    if (s != RMF_OK) kill(child, SIGTERM);
    fclose(output);
    finish(b, file, bench, child);
    return s == RMF_OK ? compare(b, first) : s;
}

static int is_peer(const struct dirent *entry)
{
    return strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
           strlen(entry->d_name) > strlen(PREFIX);
}

static bool is_program(const char *folder, const char *name)
{
    struct stat facts;
    char *path = NULL;
    if (rmf_path_join(folder, name, &path) != RMF_OK) return false;
    const bool good = stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && access(path, X_OK) == 0;
    rmf_free(path);
    return good;
}

rmf_status rmf_bench_ask_peers(rmf_bench *b, const rmf_bench_kind *kind)
{
    const char *folder = b->options->peers;
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_peer, alphasort);
    if (count < 0)
        return rmf_fail(RMF_ERR_IO, "%s: cannot be read: %s; expected a folder of peers", folder,
                        strerror(errno));
    rmf_status s = RMF_OK;
    for (int i = 0; i < count; i++) {
        if (s == RMF_OK && is_program(folder, entries[i]->d_name))
            s = ask(b, entries[i]->d_name, kind->name);
        free(entries[i]);
    }
    free(entries);
    return s;
}
