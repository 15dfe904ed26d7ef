/* app/report_facts.c – opening a run for a report, and where the run comes from. */
#include "app/report.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FACTS_MOST = 24 };

/* ---- notes ---- */

rmf_status rmf_report_keep(rmf_report_job *job, const char *text, const char **out)
{
    char *copy = NULL;
    RMF_TRY(rmf_arena_alloc(job->arena, strlen(text) + 1, 1, (void **)&copy));
    strcpy(copy, text);
    *out = copy;
    return RMF_OK;
}

rmf_status rmf_report_note(rmf_report_job *job, const char *text)
{
    if (job->page.n_notes == RMF_REPORT_NOTES) return RMF_OK;
    RMF_TRY(rmf_report_keep(job, text, &job->note[job->page.n_notes]));
    job->page.notes = job->note;
    job->page.n_notes++;
    return RMF_OK;
}

rmf_status rmf_report_soften(rmf_report_job *job, rmf_status status, const char *what)
{
    char line[512];
    if (status != RMF_ERR_IO && status != RMF_ERR_FORMAT && status != RMF_ERR_USAGE) return status;
    snprintf(line, sizeof line, "%s (%s)", what, rmf_message());
    return rmf_report_note(job, line);
}

/* ---- the run ---- */

static rmf_status find(const rmf_report_job *job, const char *name, char **path, bool *there)
{
    RMF_TRY(rmf_path_join(job->run, name, path));
    *there = rmf_file_exists(*path);
    return RMF_OK;
}

/* A training that has not saved yet has recipe and tree. */
static rmf_status open_young(rmf_report_job *job)
{
    char *path = NULL, *base = NULL;
    bool there;
    RMF_TRY(find(job, "recipe.yaml", &path, &there));
    rmf_status s = there ? rmf_recipe_load(path, NULL, 0, &job->settings, &base)
                         : rmf_fail(RMF_ERR_FORMAT,
                                    "%s: a folder without recipe.yaml; expected a run", job->run);
    rmf_free(base);
    rmf_free(path);
    path = NULL;
    if (s == RMF_OK) s = find(job, "tree.json", &path, &there);
    if (s == RMF_OK) s = rmf_tree_read(path, &job->tree);
    rmf_free(path);
    RMF_TRY(s);
    job->page.tree = job->tree;
    job->page.features = 1; /* not known, and nothing is shown */
    return rmf_report_note(job, "the run has saved no weights yet, so there are no samples and no "
                                "metrics");
}

static rmf_status open_model(rmf_report_job *job)
{
    bool there;
    char *path = NULL;
    RMF_TRY(rmf_run_check(job->run));
    RMF_TRY(find(job, "model.safetensors", &path, &there));
    rmf_free(path);
    if (!there) return open_young(job);
    RMF_TRY(rmf_model_open(job->run, job->request->weights, job->request->device, &job->model));
    job->page.tree = rmf_model_tree(job->model);
    job->page.rank = rmf_model_shape(job->model, job->page.shape);
    job->page.features = rmf_model_features(job->model);
    return rmf_settings_copy(rmf_model_settings(job->model), &job->settings);
}

rmf_status rmf_report_open(rmf_report_job *job)
{
    bool there;
    char *path = NULL;
    RMF_TRY(rmf_arena_create(&job->arena));
    if (job->eval) RMF_TRY(rmf_json_read(job->eval, &job->evaluation));
    RMF_TRY(open_model(job));
    RMF_TRY(find(job, "log.jsonl", &path, &there));
    rmf_status s = there
                       ? rmf_page_log_read(path, rmf_tree_branch_count(job->page.tree), &job->log)
                       : rmf_report_note(job, "the run has no log.jsonl, so training is not shown");
    rmf_free(path);
    job->page.log = &job->log;
    return s;
}

void rmf_report_close(rmf_report_job *job)
{
    json_decref(job->evaluation);
    rmf_samples_free(&job->shown);
    if (job->model) rmf_real_free(&job->real);
    rmf_page_log_free(&job->log);
    rmf_settings_free(job->settings);
    rmf_tree_free(job->tree);
    rmf_model_free(job->model);
    rmf_arena_free(job->arena);
}

/* ---- facts ---- */

typedef struct facts {
    rmf_report_job *job;
    rmf_page_fact *fact;
    size_t n;
} facts;

static rmf_status add(facts *f, const char *name, const char *format, ...) RMF_PRINTF(3, 4);
static rmf_status add(facts *f, const char *name, const char *format, ...)
{
    char text[512];
    va_list list;
    if (f->n == FACTS_MOST) return RMF_OK;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    RMF_TRY(rmf_report_keep(f->job, text, &f->fact[f->n].value));
    f->fact[f->n++].name = name;
    return RMF_OK;
}

static rmf_status add_time(facts *f, const char *name, time_t when)
{
    struct tm utc;
    char text[64] = "unknown";
    if (gmtime_r(&when, &utc)) strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
    return add(f, name, "%s", text);
}

/* What state.json says; a file that is gone or damaged leaves a note. */
static rmf_status add_state(facts *f, const char *path)
{
    json_t *state = NULL;
    struct stat seen;
    rmf_status s = rmf_json_read(path, &state);
    if (s != RMF_OK) return rmf_report_soften(f->job, s, "the state of the training is not known");
    const json_int_t step = json_integer_value(json_object_get(state, "step"));
    const double seconds = json_number_value(json_object_get(state, "seconds"));
    const bool done = json_is_true(json_object_get(state, "done"));
    s = add(f, "steps", "%lld of %s%s", (long long)step,
            rmf_settings_text(f->job->settings, "train.steps"), done ? "" : ", not finished");
    if (s == RMF_OK)
        s = add(f, "training time", "%.0f s; threads: %lld", seconds,
                (long long)json_integer_value(json_object_get(state, "threads")));
    if (s == RMF_OK)
        s = add(f, "steps left out", "%lld",
                (long long)json_integer_value(json_object_get(state, "skipped_steps")));
    if (s == RMF_OK && stat(path, &seen) == 0) s = add_time(f, "last saved", seen.st_mtime);
    json_decref(state);
    if (s == RMF_OK && !done) s = rmf_report_note(f->job, "the training is not finished");
    return s;
}

/* The version that wrote the weights. */
static rmf_status add_version(facts *f, const char *path)
{
    rmf_arrays arrays = {0};
    RMF_TRY(rmf_safetensors_read(path, &arrays));
    const char *version = rmf_arrays_meta(&arrays, "ramify.version");
    rmf_status s = add(f, "trained by", "ramify %s", version ? version : "of an unknown version");
    rmf_arrays_free(&arrays);
    return s;
}

static rmf_status add_extension(facts *f, const char *path)
{
    json_t *json = NULL, *one, *class;
    size_t i, k;
    RMF_TRY(rmf_json_read(path, &json));
    rmf_status s = RMF_OK;
    json_array_foreach(json_object_get(json, "extensions"), i, one)
        json_array_foreach(json_object_get(one, "classes"), k, class)
    {
        const char *name = json_string_value(json_object_get(class, "name"));
        if (s == RMF_OK)
            s = add(f, "class added later", "%s, at time %.4g", name ? name : "?",
                    json_number_value(json_object_get(class, "time")));
    }
    json_decref(json);
    return s;
}

static rmf_status add_from(facts *f, const char *name, rmf_status (*read)(facts *, const char *))
{
    char *path = NULL;
    bool there;
    RMF_TRY(find(f->job, name, &path, &there));
    rmf_status s = there ? read(f, path) : RMF_OK;
    rmf_free(path);
    return s;
}

static rmf_status add_model(facts *f)
{
    char sde[64];
    rmf_report_job *job = f->job;
    if (!job->model) return RMF_OK;
    rmf_sde_print(rmf_model_sde(job->model), sde, sizeof sde);
    RMF_TRY(add(f, "process", "%s", sde));
    RMF_TRY(add(f, "units", "%s", rmf_model_normalisation(job->model)->kind));
    if (job->has_real)
        RMF_TRY(add(f, "data", "%s: %lld objects for training, %lld held out",
                    job->real.train.source, (long long)job->real.train.n,
                    (long long)job->real.held_out.n));
    return add(f, "samples shown", "%s", job->sampling);
}

static rmf_status add_machine(facts *f)
{
    char processor[128], sets[128] = "";
    rmf_processor(processor, sizeof processor);
    for (int i = 0; rmf_instruction_set(i); i++) {
        const size_t length = strlen(sets);
        snprintf(sets + length, sizeof sets - length, " %s", rmf_instruction_set(i));
    }
    RMF_TRY(add(f, "page made by", "ramify %s", rmf_version()));
    RMF_TRY(add(f, "on", "%s,%s; threads: %d", processor, sets, rmf_threads()));
    return add_time(f, "page made at", time(NULL));
}

/* ---- recipe keys ---- */

/* "1e5" and "100000" are the same setting. */
static bool same(const char *a, const char *b)
{
    char *end_a, *end_b;
    const double x = strtod(a, &end_a), y = strtod(b, &end_b);
    if (strcmp(a, b) == 0) return true;
    return end_a != a && end_b != b && !*end_a && !*end_b && x == y;
}

static rmf_status find_settings(rmf_report_job *job)
{
    const rmf_settings *settings = job->settings;
    const size_t count = rmf_settings_count(settings);
    rmf_page_fact *fact = NULL;
    size_t n = 0;
    RMF_TRY(rmf_arena_alloc(job->arena, count, sizeof *fact, (void **)&fact));
    for (size_t i = 0; i < count; i++) {
        const char *key = rmf_settings_key(settings, i), *text = rmf_settings_text(settings, key);
        const rmf_option *option = rmf_recipe_option(settings, key);
        const char *usual = option && option->initial ? option->initial : "";
        if (!same(text, usual)) fact[n++] = (rmf_page_fact){key, text, usual};
    }
    job->page.settings = (rmf_page_facts){fact, n};
    return RMF_OK;
}

static rmf_status put_titles(rmf_report_job *job)
{
    char about[256], kind[64] = "";
    const rmf_page *page = &job->page;
    const char *name = rmf_settings_text(job->settings, "name");
    int64_t shared, flat;
    const double cost = rmf_page_cost(page, &shared, &flat) ? (double)shared / (double)flat
                                                            : rmf_tree_cost(page->tree);
    if (job->model && page->rank == 3)
        snprintf(kind, sizeof kind, ", images of %lld×%lld×%lld", (long long)page->shape[0],
                 (long long)page->shape[1], (long long)page->shape[2]);
    else if (job->model)
        snprintf(kind, sizeof kind, ", %lld features", (long long)page->features);
    snprintf(about, sizeof about, "%d classes%s; sampling along the tree costs %.0f %% of flat",
             rmf_tree_class_count(page->tree), kind, 100 * cost);
    job->page.title = name && strcmp(name, "unnamed") != 0 ? name : job->run;
    return rmf_report_keep(job, about, &job->page.about);
}

rmf_status rmf_report_facts(rmf_report_job *job)
{
    facts f = {.job = job};
    RMF_TRY(rmf_arena_alloc(job->arena, FACTS_MOST, sizeof *f.fact, (void **)&f.fact));
    RMF_TRY(add(&f, "folder", "%s", job->run));
    RMF_TRY(add(&f, "seed", "%s", rmf_settings_text(job->settings, "seed")));
    RMF_TRY(add_from(&f, "state.json", add_state));
    RMF_TRY(add_from(&f, "model.safetensors", add_version));
    RMF_TRY(add_model(&f));
    RMF_TRY(add_from(&f, "extension.json", add_extension));
    RMF_TRY(add_machine(&f));
    job->page.run = (rmf_page_facts){f.fact, f.n};
    RMF_TRY(find_settings(job));
    return put_titles(job);
}
