/** io/json.c – JSON by Jansson, with file:line:column in messages. */
#include "io/formats.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define JSON_LIMIT ((size_t)1 << 30)

rmf_status rmf_json_parse(const char *data, size_t size, const char *place, json_t **out)
{
    json_error_t error;
    json_t *value = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL)
        return rmf_fail(RMF_ERR_FORMAT, "%s:%d:%d: %s; expected valid JSON; correct it there",
                        place, error.line > 0 ? error.line : 1, error.column > 0 ? error.column : 1,
                        error.text);
    *out = value;
    return RMF_OK;
}

rmf_status rmf_json_put(rmf_writer *writer, const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2));
    if (text == NULL)
        return rmf_fail(RMF_ERR_ARGUMENT, "%s: no JSON array or object; expected one of them",
                        rmf_writer_place(writer));
    rmf_status status = rmf_writer_put(writer, text, strlen(text));
    if (status == RMF_OK) status = rmf_writer_put(writer, "\n", 1);
    free(text);
    return status;
}

rmf_status rmf_json_read(const char *path, json_t **out)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(path, JSON_LIMIT, &data, &size));
    rmf_status status = rmf_json_parse(data, size, path, out);
    rmf_free(data);
    return status;
}

rmf_status rmf_json_write(const char *path, bool replace, const json_t *value)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_json_put(writer, value));
}

rmf_status rmf_json_take_text(json_t *value, char **out)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    json_decref(value);
    if (text == NULL) return rmf_fail(RMF_ERR_MEMORY, "JSON: out of memory");
    *out = text; /* Jansson's allocator is malloc, as ours */
    return RMF_OK;
}
