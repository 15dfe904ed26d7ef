/** reproduce/run.c – an experiment from its steps to its result. */
#include "reproduce/result.h"

#include "ramify/io.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static rmf_status make_folders(const rmf_reproduction *r, const rmf_experiment *e, rmf_folders *out)
{
    const char *name = rmf_settings_text(e->settings, "name"), *quick = r->quick ? "-quick" : "";
    RMF_TRY(rmf_arena_print(e->arena, &out->out, "%s/%s%s", r->out, name, quick));
    out->short_out = out->out + strlen(r->out) + 1;
    out->short_runs = r->quick ? "runs-quick" : "runs";
    RMF_TRY(r->runs ? rmf_arena_print(e->arena, &out->runs, "%s", r->runs)
                    : rmf_arena_print(e->arena, &out->runs, "%s/runs%s", r->out, quick));
    RMF_TRY(rmf_arena_print(e->arena, &out->records, "%s/records", r->out));
    RMF_TRY(rmf_arena_print(e->arena, &out->result, "%s/result", out->out));
    RMF_TRY(rmf_make_folder(out->runs));
    RMF_TRY(rmf_make_folder(out->records));
    return rmf_make_folder(out->result);
}

static rmf_status make_steps(const rmf_reproduction *r, const rmf_cells *cells,
                             const rmf_progress *progress)
{
    for (size_t i = 0; i < cells->n_steps; i++) {
        char position[48];
        snprintf(position, sizeof position, "%zu/%zu", i + 1, cells->n_steps);
        RMF_TRY(rmf_step_make(r, cells->experiment, cells->folders, &cells->steps[i], position,
                              progress));
    }
    return RMF_OK;
}

static rmf_status write_result(const rmf_folders *folders, const json_t *result)
{
    char *path, *table;
    RMF_TRY(rmf_path_join(folders->result, "result.json", &path));
    rmf_status s = rmf_json_write(path, true, result);
    rmf_free(path);
    if (s != RMF_OK) return s;
    RMF_TRY(rmf_path_join(folders->result, "table.md", &path));
    s = rmf_result_tables(result, &table);
    if (s == RMF_OK) {
        s = rmf_file_write(path, true, table, strlen(table));
        rmf_free(table);
    }
    rmf_free(path);
    return s;
}

static rmf_status reproduce(const rmf_reproduction *r, const rmf_experiment *e,
                            const rmf_progress *progress, json_t **result)
{
    rmf_folders folders;
    rmf_step *steps;
    rmf_cells cells = {.experiment = e, .folders = &folders};
    RMF_TRY(make_folders(r, e, &folders));
    RMF_TRY(rmf_steps_of(e, &folders, r->quick, &steps, &cells.n_steps));
    cells.steps = steps;
    RMF_TRY(make_steps(r, &cells, progress));
    RMF_TRY(rmf_result_of(&cells, r->quick, result));
    rmf_status s = rmf_figures_draw(&cells, *result, progress);
    if (s == RMF_OK) s = rmf_pictures_take(&cells, *result);
    if (s == RMF_OK) s = write_result(&folders, *result);
    if (s == RMF_OK) return RMF_OK;
    json_decref(*result);
    *result = NULL;
    return s;
}

rmf_status rmf_reproduce(const rmf_reproduction *reproduction, const rmf_progress *progress,
                         json_t **result)
{
    rmf_experiment experiment;
    *result = NULL;
    RMF_TRY(rmf_experiment_open(reproduction->experiment, &experiment));
    rmf_status s = reproduce(reproduction, &experiment, progress, result);
    rmf_experiment_close(&experiment);
    return s;
}
