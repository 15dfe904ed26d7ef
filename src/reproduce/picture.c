/** reproduce/picture.c – pictures that steps wrote, kept beside the tables. */
#include "reproduce/result.h"

#include "ramify/io.h"

#include <jansson.h>
#include <string.h>

static rmf_status copy_file(const char *from, const char *to)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(from, 0, &data, &size));
    const rmf_status s = rmf_file_write(to, true, data, size);
    rmf_free(data);
    return s;
}

static rmf_status take(const rmf_cells *cells, const char *name, json_t *figures)
{
    const rmf_experiment *e = cells->experiment;
    char *key, *from, *to;
    RMF_TRY(rmf_arena_print(e->arena, &key, "pictures.%s", name));
    RMF_TRY(rmf_arena_print(e->arena, &from, "%s/%s", cells->folders->out, name));
    RMF_TRY(rmf_arena_print(e->arena, &to, "%s/%s", cells->folders->result, name));
    RMF_TRY(copy_file(from, to));
    json_array_append_new(figures, json_pack("{s:s, s:s}", "title",
                                             rmf_settings_text(e->settings, key), "file", name));
    return RMF_OK;
}

rmf_status rmf_pictures_take(const rmf_cells *cells, json_t *result)
{
    for (size_t i = 0; i < cells->experiment->pictures.count; i++)
        RMF_TRY(
            take(cells, cells->experiment->pictures.name[i], json_object_get(result, "figures")));
    return RMF_OK;
}
