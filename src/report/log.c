/** report/log.c – reading log.jsonl. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/formats.h"
#include "ramify/report.h"

static double number(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void keep(const json_t *line, rmf_page_log *log)
{
    const json_t *per_branch = json_object_get(line, "loss_per_branch");
    log->step[log->n] = number(json_object_get(line, "step"));
    log->loss[log->n] = number(json_object_get(line, "loss"));
    for (int b = 0; b < log->branches; b++)
        log->branch_loss[log->n * log->branches + b] =
            number(json_array_get(per_branch, (size_t)b));
    log->n++;
}

static rmf_status read_line(const char *text, size_t size, const char *place, rmf_page_log *log)
{
    json_t *line = NULL;
    RMF_TRY(rmf_json_parse(text, size, place, &line));
    const bool good = json_is_number(json_object_get(line, "step"));
    if (good) keep(line, log);
    json_decref(line);
    return good ? RMF_OK
                : rmf_fail(RMF_ERR_FORMAT,
                           "%s: no number \"step\"; expected an object a line, as "
                           "ramify train writes them",
                           place);
}

/* Lines end with a line break; what follows the last one was being written. */
static rmf_status read_lines(char *text, const char *path, rmf_page_log *log)
{
    char place[512];
    int64_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    RMF_TRY(rmf_alloc((size_t)lines, sizeof *log->step, (void **)&log->step));
    RMF_TRY(rmf_alloc((size_t)lines, sizeof *log->loss, (void **)&log->loss));
    RMF_TRY(rmf_alloc((size_t)lines, (size_t)log->branches * sizeof *log->branch_loss,
                      (void **)&log->branch_loss));
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        snprintf(place, sizeof place, "%s:%lld", path, (long long)log->n + 1);
        RMF_TRY(read_line(line, (size_t)(end - line), place, log));
    }
    return RMF_OK;
}

rmf_status rmf_page_log_read(const char *path, int branches, rmf_page_log *out)
{
    rmf_page_log log = {.branches = branches};
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_file_read(path, 0, &text, &size));
    rmf_status status = read_lines(text, path, &log);
    rmf_free(text);
    if (status == RMF_OK)
        *out = log;
    else
        rmf_page_log_free(&log);
    return status;
}

void rmf_page_log_free(rmf_page_log *log)
{
    rmf_free(log->step);
    rmf_free(log->loss);
    rmf_free(log->branch_loss);
    *log = (rmf_page_log){0};
}
