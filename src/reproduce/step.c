/** reproduce/step.c – one step: whether it is made, making it, and its record. */
#include "reproduce/step.h"

#include "ramify/io.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WORDS = 128 };

/* ---- which steps ---- */

/* "draw/heun/18": the name and what its variables stand for. */
static rmf_status name_step(rmf_arena *arena, const char *name, const rmf_bindings *variables,
                            size_t from, const char **out)
{
    char *text;
    RMF_TRY(rmf_arena_print(arena, &text, "%s", name));
    for (size_t i = from; i < variables->count; i++)
        RMF_TRY(rmf_arena_print(arena, &text, "%s/%s", text, variables->item[i].value));
    *out = text;
    return RMF_OK;
}

static rmf_status fill_key(const rmf_experiment *e, const char *name, const char *key,
                           const rmf_bindings *bindings, const char **out)
{
    const char *text = rmf_experiment_text_of(e, "steps", name, key);
    char *filled = NULL;
    if (text)
        RMF_TRY(rmf_fill(e->arena, text, bindings, rmf_experiment_place(e, "steps", name, key),
                         &filled));
    *out = filled;
    return RMF_OK;
}

static rmf_status append(rmf_arena *arena, const char *more, const char **text)
{
    char *both;
    RMF_TRY(rmf_arena_print(arena, &both, "%s %s", *text, more));
    *text = both;
    return RMF_OK;
}

/* `shown`: the same with short names of the folders, which tell commands apart wherever they lie.
 */
static rmf_status bind_step(const rmf_experiment *e, const char *name, const rmf_bindings *bindings,
                            const rmf_bindings *shown, size_t from, bool quick, rmf_step *out)
{
    const char *more = NULL;
    char *repeat;
    RMF_TRY(name_step(e->arena, name, bindings, from, &out->name));
    RMF_TRY(fill_key(e, name, "run", bindings, &out->run));
    RMF_TRY(fill_key(e, name, "run", shown, &out->shown));
    RMF_TRY(fill_key(e, name, "resume", bindings, &out->resume));
    RMF_TRY(fill_key(e, name, "to", bindings, &out->to));
    if (quick) RMF_TRY(fill_key(e, name, "quick", bindings, &more));
    if (more) {
        RMF_TRY(append(e->arena, more, &out->run));
        RMF_TRY(append(e->arena, more, &out->shown));
    }
    out->place = rmf_experiment_place(e, "steps", name, "run");
    RMF_TRY(rmf_arena_print(e->arena, &repeat, "steps.%s.repeat", name));
    out->repeat = quick ? 1 : (int)rmf_settings_int(e->settings, repeat, 1);
    return RMF_OK;
}

rmf_status rmf_steps_of(const rmf_experiment *e, const rmf_folders *folders, bool quick,
                        rmf_step **steps, size_t *count)
{
    void *made = NULL;
    *count = 0;
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        size_t n = 0;
        for (size_t i = 0; i < e->steps.count; i++) {
            rmf_loop loop;
            RMF_TRY(rmf_loop_of(e, "steps", e->steps.name[i], &loop));
            for (size_t k = 0; k < loop.count; k++, n++) {
                rmf_bindings b = {{{"out", folders->out}, {"runs", folders->runs}}, 2};
                rmf_bindings shown = {{{"out", folders->short_out}, {"runs", folders->short_runs}},
                                      2};
                if (pass == 0) continue;
                RMF_TRY(rmf_loop_bind(&loop, k, &b));
                RMF_TRY(rmf_loop_bind(&loop, k, &shown));
                RMF_TRY(bind_step(e, e->steps.name[i], &b, &shown, 2, quick, (rmf_step *)made + n));
            }
        }
        if (pass == 0) RMF_TRY(rmf_arena_alloc(e->arena, n, sizeof(rmf_step), &made));
        *count = n;
    }
    *steps = made;
    return RMF_OK;
}

/* ---- records ---- */

/* A file a command: its first words, and a hash (FNV-1a) of all of it. */
static rmf_status record_path(const rmf_experiment *e, const rmf_folders *folders,
                              const rmf_step *step, char **out)
{
    char head[33] = "";
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = step->shown; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    for (size_t i = 0; i < sizeof head - 1 && step->shown[i]; i++)
        head[i] = strchr(" /", step->shown[i]) ? '-' : step->shown[i];
    return rmf_arena_print(e->arena, out, "%s/%s-%016llx.json", folders->records, head,
                           (unsigned long long)hash);
}

rmf_status rmf_step_record(const rmf_experiment *e, const rmf_folders *folders,
                           const rmf_step *step, json_t **out)
{
    char *path;
    RMF_TRY(record_path(e, folders, step, &path));
    return rmf_json_read(path, out);
}

/* The model and the last, so most special, of its instruction sets. */
static void name_processor(char *text, size_t size)
{
    const char *best = NULL;
    rmf_processor(text, size);
    for (int i = 0; rmf_instruction_set(i); i++)
        best = rmf_instruction_set(i);
    const size_t used = strlen(text);
    if (best) snprintf(text + used, size - used, " with %s", best);
}

static rmf_status write_record(const rmf_reproduction *r, const rmf_experiment *e,
                               const rmf_folders *folders, const rmf_step *step, bool found,
                               json_t *seconds, json_t *processor)
{
    char *path, name[192], date[32];
    const time_t now = time(NULL);
    struct tm day;
    name_processor(name, sizeof name);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &day));
    json_t *record = json_pack(
        "{s:s, s:O, s:O, s:s, s:s, s:s, s:s, s:i, s:b}", "command", step->shown, "seconds", seconds,
        "processor_seconds", processor, "date", date, "ramify", rmf_version(), "commit", r->commit,
        "processor", name, "threads", r->threads > 0 ? r->threads : rmf_threads(), "found", found);
    rmf_status s = record_path(e, folders, step, &path);
    if (s == RMF_OK) s = rmf_json_write(path, true, record);
    json_decref(record);
    return s;
}

/* ---- making ---- */

/* A command line's words: argv[0] and then those between blanks. */
static rmf_status split_words(rmf_arena *arena, const char *command, const char *place,
                              char *argv[WORDS], int *count)
{
    static const char *const blanks = " \t\n";
    char *text, *rest = NULL;
    RMF_TRY(rmf_arena_print(arena, &text, "%s", command));
    for (char *word = strtok_r(text, blanks, &rest); word; word = strtok_r(NULL, blanks, &rest)) {
        if (*count == WORDS - 8)
            return rmf_fail(RMF_ERR_USAGE, "%s: more than %d words", place, WORDS - 8);
        argv[(*count)++] = word;
    }
    return RMF_OK;
}

/* The file that a command writes: --out, or else a --report or --plot. */
static const char *output_of(char *const *argv, int count)
{
    static const char *const options[] = {"--out", "-o", "--report", "--plot"};
    for (size_t o = 0; o < sizeof options / sizeof *options; o++)
        for (int i = 0; i + 1 < count; i++)
            if (strcmp(argv[i], options[o]) == 0) return argv[i + 1];
    return NULL;
}

static bool is_there(const char *path)
{
    return !path || rmf_file_exists(path) || rmf_is_folder(path);
}

static void tell(const rmf_progress *progress, const char *position, const char *what,
                 const rmf_step *step)
{
    char note[512];
    snprintf(note, sizeof note, "[%s] %s%s: ramify %s", position, step->name, what, step->run);
    (void)rmf_progress_note(progress, "step", note);
}

static rmf_status end_of(const rmf_process *p, const rmf_step *step)
{
    if (p->code == 0) return RMF_OK;
    if (p->code == 128 + SIGINT || p->code == 128 + SIGTERM)
        return rmf_fail(RMF_ERR_INTERRUPTED, "step \"%s\" was stopped; the same command goes on",
                        step->name);
    return rmf_fail(p->code == 2 ? RMF_ERR_USAGE : RMF_ERR_IO,
                    "%s: step \"%s\" ended with exit code %d; its message stands above; it was: "
                    "ramify %s",
                    step->place, step->name, p->code, step->run);
}

/* Runs the command as often as the step says, and keeps the times. */
static rmf_status run_step(const rmf_reproduction *r, const rmf_experiment *e,
                           const rmf_folders *folders, const rmf_step *step, bool resumed,
                           const rmf_progress *progress)
{
    char *argv[WORDS] = {(char *)"ramify"}, *threads;
    int count = 1;
    RMF_TRY(split_words(e->arena, resumed ? step->resume : step->run, step->place, argv, &count));
    RMF_TRY(rmf_arena_print(e->arena, &threads, "--threads=%d", r->threads));
    if (r->threads > 0) argv[count++] = threads;
    if (!step->resume || r->again) argv[count++] = (char *)"--force";
    if (r->quiet) argv[count++] = (char *)"--quiet";
    rmf_process process = {.program = r->program, .argv = argv, .to = step->to};
    json_t *seconds = json_array(), *processor = json_array();
    rmf_status s = RMF_OK;
    for (int k = 0; s == RMF_OK && k < (resumed ? 1 : step->repeat); k++) {
        s = rmf_process_run(&process, progress);
        if (s == RMF_OK) s = end_of(&process, step);
        json_array_append_new(seconds, json_real(process.seconds));
        json_array_append_new(processor, json_real(process.processor_seconds));
    }
    if (s == RMF_OK) s = write_record(r, e, folders, step, resumed, seconds, processor);
    json_decref(seconds);
    json_decref(processor);
    return s;
}

rmf_status rmf_step_make(const rmf_reproduction *r, const rmf_experiment *e,
                         const rmf_folders *folders, const rmf_step *step, const char *position,
                         const rmf_progress *progress)
{
    char *argv[WORDS] = {NULL}, *path;
    int count = 0;
    RMF_TRY(split_words(e->arena, step->run, step->place, argv, &count));
    const char *output = output_of(argv, count);
    RMF_TRY(record_path(e, folders, step, &path));
    if (!r->again && rmf_file_exists(path) && is_there(output) && is_there(step->to)) {
        tell(progress, position, " (made before)", step);
        return RMF_OK;
    }
    const bool resumed = !r->again && step->resume && output && is_there(output);
    tell(progress, position, resumed ? " (goes on)" : "", step);
    return run_step(r, e, folders, step, resumed, progress);
}
