/* train/checkpoint.c – saving and resuming.
 *
 * optimizer.safetensors is the checkpoint: values, EMA, moments, counters and state in one file, so
 * that one rename makes it valid and a kill between two files can't mix two steps.
 * model.safetensors, ema.safetensors and state.json are exports of it for everybody else. */
#include "train/train_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static rmf_status in_run(const char *run, const char *name, char **path)
{
    return rmf_path_join(run, name, path);
}

#define CHECKPOINT_FORMAT "1"
enum { RUN_VERSION = 1 };

static rmf_status pack_state(const rmf_state *state, rmf_arrays *arrays)
{
    char text[256];
    snprintf(text, sizeof text, "%" PRId64 " %.17g %" PRIu64 " %" PRIu64 " %d %d", state->step,
             state->seconds, state->seed, state->fingerprint, state->threads, state->done);
    RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.format", CHECKPOINT_FORMAT));
    return rmf_arrays_add_meta(arrays, "ramify.state", text);
}

static rmf_status write_checkpoint_file(const char *run, const rmf_model *model,
                                        rmf_optimizer *optimizer, const rmf_state *state)
{
    rmf_arrays arrays = {0};
    char *path = NULL;
    const float *ema = rmf_optimizer_ema(optimizer);
    int64_t counters = rmf_optimizer_counter_count(optimizer);
    rmf_status s = in_run(run, "optimizer.safetensors", &path);
    if (s == RMF_OK) s = pack_state(state, &arrays);
    if (s == RMF_OK)
        s = rmf_params_pack(model->params, rmf_params_values(model->params), "value.", &arrays);
    if (s == RMF_OK)
        s = rmf_params_pack(model->params, rmf_optimizer_moment(optimizer, 0), "m.", &arrays);
    if (s == RMF_OK)
        s = rmf_params_pack(model->params, rmf_optimizer_moment(optimizer, 1), "v.", &arrays);
    if (s == RMF_OK && ema) s = rmf_params_pack(model->params, ema, "ema.", &arrays);
    if (s == RMF_OK)
        s = rmf_arrays_add(&arrays, "counters", RMF_F64, 1, &counters,
                           rmf_optimizer_counters(optimizer));
    if (s == RMF_OK) s = rmf_safetensors_write(path, true, &arrays);
    rmf_free(path);
    rmf_arrays_free(&arrays);
    return s;
}

static rmf_status write_state_file(const char *run, rmf_optimizer *optimizer,
                                   const rmf_state *state)
{
    char *path = NULL;
    RMF_TRY(in_run(run, "state.json", &path));
    json_t *json =
        json_pack("{s:s, s:i, s:I, s:I, s:i, s:f, s:I, s:b}", "format", "ramify-run", "version",
                  RUN_VERSION, "step", (json_int_t)state->step, "seed", (json_int_t)state->seed,
                  "threads", state->threads, "seconds", state->seconds, "skipped_steps",
                  (json_int_t)rmf_optimizer_skipped(optimizer), "done", state->done);
    rmf_status s = json ? rmf_json_write(path, true, json)
                        : rmf_fail(RMF_ERR_MEMORY, "%s: out of memory", path);
    json_decref(json);
    rmf_free(path);
    return s;
}

static rmf_status check_version(const json_t *state, const char *path)
{
    const json_t *version = json_object_get(state, "version");
    const char *format = json_string_value(json_object_get(state, "format"));
    if (!format || strcmp(format, "ramify-run") != 0 || !json_is_integer(version))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: no format \"ramify-run\" with a version; expected the state of a run; "
                        "train it anew",
                        path);
    if (json_integer_value(version) == RUN_VERSION) return RMF_OK;
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: version %" JSON_INTEGER_FORMAT
                    " of the run folder; expected %d; use the ramify that made it, or train anew",
                    path, json_integer_value(version), RUN_VERSION);
}

rmf_status rmf_run_check(const char *run)
{
    char *path = NULL;
    json_t *state = NULL;
    RMF_TRY(in_run(run, "state.json", &path));
    rmf_status s = RMF_OK;
    if (rmf_file_exists(path)) { /* none: killed before the first checkpoint */
        s = rmf_json_read(path, &state);
        if (s == RMF_OK) s = check_version(state, path);
        json_decref(state);
    }
    rmf_free(path);
    return s;
}

static rmf_status write_model_file(const char *run, const char *name, const rmf_model *model,
                                   const float *values)
{
    char *path = NULL;
    RMF_TRY(in_run(run, name, &path));
    rmf_status s = rmf_model_write(model, values, path);
    rmf_free(path);
    return s;
}

/* The average with every row caught up, in memory of its own: when checkpoints are made must not
 * reach the training. */
static rmf_status write_ema_file(const char *run, const rmf_model *model, rmf_optimizer *optimizer)
{
    float *ema = NULL;
    RMF_TRY(rmf_alloc((size_t)rmf_params_elements(model->params), sizeof *ema, (void **)&ema));
    rmf_status s = rmf_optimizer_read_ema(optimizer, ema);
    if (s == RMF_OK) s = write_model_file(run, "ema.safetensors", model, ema);
    rmf_free(ema);
    return s;
}

rmf_status rmf_checkpoint_write(const char *run, const rmf_model *model, rmf_optimizer *optimizer,
                                const rmf_state *state, const float *values)
{
    RMF_TRY(write_checkpoint_file(run, model, optimizer, state));
    return rmf_checkpoint_export(run, model, optimizer, state, values);
}

rmf_status rmf_checkpoint_export(const char *run, const rmf_model *model, rmf_optimizer *optimizer,
                                 const rmf_state *state, const float *values)
{
    if (!values) values = rmf_params_values(model->params);
    RMF_TRY(write_model_file(run, "model.safetensors", model, values));
    if (rmf_optimizer_ema(optimizer)) RMF_TRY(write_ema_file(run, model, optimizer));
    return write_state_file(run, optimizer, state);
}

static rmf_status unpack_state(const rmf_arrays *arrays, const char *path, rmf_state *state)
{
    const char *text = rmf_arrays_meta(arrays, "ramify.state");
    const char *format = rmf_arrays_meta(arrays, "ramify.format");
    int done = 0;
    if (!format || strcmp(format, CHECKPOINT_FORMAT) != 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: ramify.format is \"%s\"; expected \"" CHECKPOINT_FORMAT
                        "\", a checkpoint of this version; use the ramify that made it",
                        path, format ? format : "missing");
    if (!text ||
        sscanf(text, "%" SCNd64 " %lf %" SCNu64 " %" SCNu64 " %d %d", &state->step, &state->seconds,
               &state->seed, &state->fingerprint, &state->threads, &done) != 6 ||
        state->step < 0 || !(state->seconds >= 0))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: metadata \"ramify.state\" is \"%s\"; expected a checkpoint "
                        "written by this version",
                        path, text ? text : "missing");
    state->done = done != 0;
    return RMF_OK;
}

static rmf_status unpack_counters(const rmf_arrays *arrays, const char *path,
                                  rmf_optimizer *optimizer)
{
    const rmf_array *a = rmf_arrays_find(arrays, "counters");
    int64_t expected = rmf_optimizer_counter_count(optimizer);
    if (!a || a->type != RMF_F64 || rmf_array_count(a) != expected)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: \"counters\" is missing or of another size; expected %" PRId64
                        " numbers",
                        path, expected);
    memcpy(rmf_optimizer_counters(optimizer), a->data, (size_t)expected * sizeof(double));
    return RMF_OK;
}

rmf_status rmf_checkpoint_read(const char *run, rmf_model *model, rmf_optimizer *optimizer,
                               rmf_state *state, bool *found)
{
    char *path = NULL;
    RMF_TRY(in_run(run, "optimizer.safetensors", &path));
    *found = rmf_file_exists(path);
    if (!*found) {
        rmf_free(path);
        return RMF_OK;
    }
    rmf_arrays arrays = {0};
    const rmf_params *params = model->params;
    float *ema = rmf_optimizer_ema(optimizer);
    rmf_status s = rmf_safetensors_read(path, &arrays);
    if (s == RMF_OK) s = unpack_state(&arrays, path, state);
    if (s == RMF_OK)
        s = rmf_params_unpack(params, &arrays, "value.", path, rmf_params_values(model->params));
    if (s == RMF_OK)
        s = rmf_params_unpack(params, &arrays, "m.", path, rmf_optimizer_moment(optimizer, 0));
    if (s == RMF_OK)
        s = rmf_params_unpack(params, &arrays, "v.", path, rmf_optimizer_moment(optimizer, 1));
    if (s == RMF_OK && ema) s = rmf_params_unpack(params, &arrays, "ema.", path, ema);
    if (s == RMF_OK) s = unpack_counters(&arrays, path, optimizer);
    rmf_arrays_free(&arrays);
    rmf_free(path);
    return s;
}
