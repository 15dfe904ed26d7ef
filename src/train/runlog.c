/* train/runlog.c – log.jsonl: one JSON object a logged step, means since the line before. */
#include "train/train_private.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rmf_runlog {
    char *path;
    FILE *file;
    int branches;
    double loss, gradient_norm;
    int64_t steps;
    double *branch_loss;   /* [branches], sums */
    int64_t *branch_count; /* [branches] */
};

/* Keeps the lines of steps up to `step`: those beyond were written after the checkpoint. */
static rmf_status cut_log(const char *path, int64_t step)
{
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_file_read(path, 0, &text, &size));
    rmf_writer *writer = NULL;
    rmf_status s = rmf_writer_open(path, true, &writer);
    for (char *line = text, *end; s == RMF_OK && (end = strchr(line, '\n')); line = end + 1) {
        json_t *json = json_loadb(line, (size_t)(end - line), 0, NULL);
        bool keep = json && json_integer_value(json_object_get(json, "step")) <= step;
        json_decref(json);
        if (keep) s = rmf_writer_put(writer, line, (size_t)(end - line) + 1);
    }
    s = rmf_writer_end(writer, s);
    rmf_free(text);
    return s;
}

rmf_status rmf_runlog_open(const char *run, int64_t step, int branches, rmf_runlog **out)
{
    rmf_runlog *log = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *log, (void **)&log));
    log->branches = branches;
    rmf_status s = rmf_path_join(run, "log.jsonl", &log->path);
    if (s == RMF_OK)
        s = rmf_alloc((size_t)branches, sizeof *log->branch_loss, (void **)&log->branch_loss);
    if (s == RMF_OK)
        s = rmf_alloc((size_t)branches, sizeof *log->branch_count, (void **)&log->branch_count);
    if (s == RMF_OK && rmf_file_exists(log->path)) s = cut_log(log->path, step);
    if (s == RMF_OK && !(log->file = fopen(log->path, "a")))
        s = rmf_fail(RMF_ERR_IO, "%s: %s; expected a file that can be written", log->path,
                     strerror(errno));
    if (s != RMF_OK) {
        rmf_runlog_close(log);
        return s;
    }
    *out = log;
    return RMF_OK;
}

void rmf_runlog_close(rmf_runlog *log)
{
    if (!log) return;
    if (log->file) fclose(log->file);
    rmf_free(log->branch_loss);
    rmf_free(log->branch_count);
    rmf_free(log->path);
    rmf_free(log);
}

void rmf_runlog_add(rmf_runlog *log, double loss, double gradient_norm, const int *branch,
                    const double *row_loss, int64_t rows)
{
    log->loss += loss;
    log->gradient_norm += gradient_norm;
    log->steps++;
    for (int64_t r = 0; r < rows; r++) {
        log->branch_loss[branch[r]] += row_loss[r];
        log->branch_count[branch[r]]++;
    }
}

/* JSON has no infinities: a number that is not finite becomes null. */
static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *line_json(const rmf_runlog *log, const rmf_runlog_line *line)
{
    json_t *json = json_object(), *per_branch = json_array();
    for (int b = 0; b < log->branches; b++)
        json_array_append_new(per_branch,
                              log->branch_count[b]
                                  ? number(log->branch_loss[b] / (double)log->branch_count[b])
                                  : json_null());
    double steps = (double)log->steps;
    json_object_set_new(json, "step", json_integer(line->step));
    json_object_set_new(json, "epoch", number(line->epoch));
    json_object_set_new(json, "loss", number(log->loss / steps));
    json_object_set_new(json, "grad_norm", number(log->gradient_norm / steps));
    json_object_set_new(json, "lr", number(line->learning_rate));
    json_object_set_new(json, "seconds", number(line->seconds));
    json_object_set_new(json, "samples_per_second", number(line->samples_per_second));
    json_object_set_new(json, "skipped_steps", json_integer(line->skipped));
    json_object_set_new(json, "loss_per_branch", per_branch);
    return json;
}

rmf_status rmf_runlog_write(rmf_runlog *log, const rmf_runlog_line *line, double *loss)
{
    *loss = log->steps ? log->loss / (double)log->steps : NAN;
    json_t *json = line_json(log, line);
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(json);
    if (!text) return rmf_fail(RMF_ERR_MEMORY, "%s: out of memory", log->path);
    bool good = fprintf(log->file, "%s\n", text) > 0 && fflush(log->file) == 0;
    free(text);
    log->loss = log->gradient_norm = 0;
    log->steps = 0;
    memset(log->branch_loss, 0, (size_t)log->branches * sizeof *log->branch_loss);
    memset(log->branch_count, 0, (size_t)log->branches * sizeof *log->branch_count);
    return good ? RMF_OK : rmf_fail(RMF_ERR_IO, "%s: %s", log->path, strerror(errno));
}
