/** io/npz.c – .npz: a zip archive of .npy files, one an array. */
#include "io/arrays.h"
#include "io/formats.h"
#include "io/npy.h"
#include "io/zip.h"

#include <stdio.h>
#include <string.h>

static const char ending[] = ".npy";
enum { ENDING = sizeof ending - 1 };

/** Reads one member into the set; `place` names file and member. */
static rmf_status read_member(const rmf_zip_entry *entry, const char *place, rmf_arrays *out)
{
    char *content;
    RMF_TRY(rmf_zip_extract(entry, place, &content));
    rmf_array array;
    rmf_status status = rmf_npy_parse(content, entry->size, place, &array);
    rmf_free(content);
    if (status != RMF_OK) return status;
    char *name = entry->name;
    name[strlen(name) - ENDING] = '\0';
    status = rmf_arrays_take(out, name, &array);
    if (status != RMF_OK) {
        rmf_free(array.data);
        return rmf_fail_in(status, place);
    }
    return RMF_OK;
}

/** Members that are no arrays are passed over, as NumPy does until they are asked for. */
static bool is_array(const rmf_zip_entry *entry)
{
    size_t length = strlen(entry->name);
    return length >= ENDING && strcmp(entry->name + length - ENDING, ending) == 0;
}

rmf_status rmf_npz_parse(const char *data, size_t size, const char *place, rmf_arrays *out)
{
    rmf_zip zip;
    RMF_TRY(rmf_zip_open(data, size, place, &zip));
    rmf_arrays fresh = {0};
    rmf_status status = RMF_OK;
    for (size_t i = 0; i < zip.count && status == RMF_OK; i++) {
        char member[512];
        snprintf(member, sizeof member, "%s: %s", place, zip.entry[i].name);
        if (is_array(&zip.entry[i])) status = read_member(&zip.entry[i], member, &fresh);
    }
    rmf_zip_free(&zip);
    if (status != RMF_OK) {
        rmf_arrays_free(&fresh);
        return status;
    }
    *out = fresh;
    return RMF_OK;
}

static rmf_status add_array(rmf_zip_writer *zip, const rmf_array *array)
{
    char header[RMF_NPY_HEADER_MOST];
    size_t header_size, bytes, name_size = strlen(array->name) + sizeof ending;
    RMF_TRY(rmf_npy_header_make(array, header, &header_size));
    if (!rmf_shape_bytes(array->rank, array->shape, array->item, &bytes))
        return rmf_fail(RMF_ERR_ARGUMENT, "array \"%s\": impossible shape", array->name);
    void *name;
    RMF_TRY(rmf_alloc(name_size, 1, &name));
    snprintf(name, name_size, "%s%s", array->name, ending);
    rmf_status status = rmf_zip_writer_add(
        zip, name, (const rmf_piece[2]){{header, header_size}, {array->data, bytes}});
    rmf_free(name);
    return status;
}

rmf_status rmf_npz_put(rmf_writer *writer, const rmf_arrays *arrays)
{
    rmf_zip_writer *zip;
    RMF_TRY(rmf_zip_writer_open(writer, &zip));
    rmf_status status = RMF_OK;
    for (size_t i = 0; i < arrays->count && status == RMF_OK; i++)
        status = add_array(zip, &arrays->array[i]);
    if (status == RMF_OK) status = rmf_zip_writer_finish(zip);
    rmf_zip_writer_free(zip);
    return status;
}

rmf_status rmf_npz_read(const char *path, rmf_arrays *out)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(path, 0, &data, &size));
    rmf_status status = rmf_npz_parse(data, size, path, out);
    rmf_free(data);
    return status;
}

rmf_status rmf_npz_write(const char *path, bool replace, const rmf_arrays *arrays)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_npz_put(writer, arrays));
}
