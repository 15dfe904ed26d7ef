/**
 * ramify/io.h – files: bounded reading (gzip seen through), atomic writing, arrays (npy, npz,
 * safetensors), PNG, JSON and YAML.  Every size in a file is checked before it is used.
 */
#ifndef RAMIFY_IO_H
#define RAMIFY_IO_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* Jansson */

/* ---- whole files -------------------------------------------------------------------------- */

/**
 * Reads a file into *data (a 0 byte follows the content; free with rmf_free) and its length.
 * A file that starts with the gzip magic is inflated.  `limit` bounds the (inflated) size; 0 = 8
 * GiB.
 */
RMF_API RMF_CHECKED rmf_status rmf_file_read(const char *path, size_t limit, char **data,
                                             size_t *size);
/** A whole file, by the writer below. */
RMF_API RMF_CHECKED rmf_status rmf_file_write(const char *path, bool replace, const void *data,
                                              size_t size);
RMF_API bool rmf_file_exists(const char *path);
RMF_API bool rmf_is_folder(const char *path);
/** mkdir -p. */
RMF_API RMF_CHECKED rmf_status rmf_make_folder(const char *path);
/** rm -rf of a folder that we made; what can't be removed stays. */
RMF_API void rmf_remove_folder(const char *path);
/** "a/b" + "c" → "a/b/c"; "." + "c" → "c"; absolute c stays.  Free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_path_join(const char *folder, const char *name, char **out);

/**
 * One atomic writer serves every file: data go to a temporary file beside `path`; commit does fsync
 * and rename; discard (or a crash) leaves `path` as it was.  With replace false an existing path is
 * refused at open with RMF_ERR_EXISTS ("…; --force replaces it").
 * "-" is standard output, and so is "-.png" where the ending chooses a format ("./-" is a file):
 * commit writes all of it there.
 */
typedef struct rmf_writer rmf_writer;
RMF_API bool rmf_names_stdout(const char *path);
RMF_API RMF_CHECKED rmf_status rmf_writer_open(const char *path, bool replace, rmf_writer **out);
RMF_API RMF_CHECKED rmf_status rmf_writer_put(rmf_writer *writer, const void *data, size_t size);
RMF_API RMF_CHECKED rmf_status rmf_writer_print(rmf_writer *writer, const char *format, ...)
    RMF_PRINTF(2, 3);
/** One field of CSV: with comma, quote or line break it stands in quotes (RFC 4180). */
RMF_API RMF_CHECKED rmf_status rmf_writer_field(rmf_writer *writer, const char *text);
/** Ends the writer, whatever it returns.  On failure nothing is left behind. */
RMF_API RMF_CHECKED rmf_status rmf_writer_commit(rmf_writer *writer);
RMF_API void rmf_writer_discard(rmf_writer *writer); /* NULL is fine */
/** Commits when `status` is RMF_OK, else discards and returns `status`. */
RMF_API RMF_CHECKED rmf_status rmf_writer_end(rmf_writer *writer, rmf_status status);
/** RMF_OK when `path` could be written now: its folder exists and is writable, and nothing is in
 * the way unless `replace`.  Commands ask before long work. */
RMF_API RMF_CHECKED rmf_status rmf_can_write(const char *path, bool replace);

/* ---- named arrays: npy, npz, safetensors -------------------------------------------------- */

#define RMF_ARRAY_RANK 8
typedef struct rmf_array {
    char *name;
    rmf_type type;
    int rank;
    int64_t shape[RMF_ARRAY_RANK];
    size_t item; /* bytes an element (RMF_TEXT: 4·characters) */
    void *data;  /* row-major, native byte order */
} rmf_array;

/** Arrays and text metadata (only safetensors stores the latter).  Owns all it holds. */
typedef struct rmf_arrays {
    rmf_array *array;
    size_t count;
    char **meta_key, **meta_value;
    size_t meta_count;
} rmf_arrays;

RMF_API void
rmf_arrays_free(rmf_arrays *arrays); /* empties it; the struct itself is the caller's */
/** Adds a copy of `data` (shape[rank], type).  Names must differ. */
RMF_API RMF_CHECKED rmf_status rmf_arrays_add(rmf_arrays *arrays, const char *name, rmf_type type,
                                              int rank, const int64_t *shape, const void *data);
/** Adds a one-dimensional array of texts (UTF-8 in, UCS-4 inside). */
RMF_API RMF_CHECKED rmf_status rmf_arrays_add_texts(rmf_arrays *arrays, const char *name,
                                                    const char *const *texts, size_t count);
RMF_API RMF_CHECKED rmf_status rmf_arrays_add_meta(rmf_arrays *arrays, const char *key,
                                                   const char *value);
RMF_API const rmf_array *rmf_arrays_find(const rmf_arrays *arrays, const char *name);
RMF_API const char *rmf_arrays_meta(const rmf_arrays *arrays, const char *key);
RMF_API int64_t rmf_array_count(const rmf_array *array);
/** All elements as float / int64 (any numeric type; range-checked).  Free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_array_floats(const rmf_array *array, float **out);
RMF_API RMF_CHECKED rmf_status rmf_array_ints(const rmf_array *array, int64_t **out);
/** Element `index` of an RMF_TEXT array as UTF-8; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_array_text(const rmf_array *array, int64_t index, char **out);

/** .npz: a zip of .npy files, stored or deflated; Fortran order and big-endian are converted. */
RMF_API RMF_CHECKED rmf_status rmf_npz_read(const char *path, rmf_arrays *out);
RMF_API RMF_CHECKED rmf_status rmf_npz_write(const char *path, bool replace,
                                             const rmf_arrays *arrays);
/** .npy: one array; its name becomes "". */
RMF_API RMF_CHECKED rmf_status rmf_npy_read(const char *path, rmf_arrays *out);
RMF_API RMF_CHECKED rmf_status rmf_npy_write(const char *path, bool replace,
                                             const rmf_array *array);
RMF_API RMF_CHECKED rmf_status rmf_safetensors_read(const char *path, rmf_arrays *out);
RMF_API RMF_CHECKED rmf_status rmf_safetensors_write(const char *path, bool replace,
                                                     const rmf_arrays *arrays);

/* ---- PNG ---------------------------------------------------------------------------------- */

/** 8-bit image, channels 1 (grey), 2 (grey+alpha), 3 (RGB) or 4 (RGBA), row by row, channels last.
 */
typedef struct rmf_image {
    int64_t height, width;
    int channels;
    uint8_t *pixel; /* owned: rmf_free */
} rmf_image;
RMF_API RMF_CHECKED rmf_status rmf_png_read(const char *path, rmf_image *out);
RMF_API RMF_CHECKED rmf_status rmf_png_write(const char *path, bool replace,
                                             const rmf_image *image);

/* ---- JSON and YAML ------------------------------------------------------------------------ */

/** Messages carry file:line.  *out is a new reference (json_decref). */
RMF_API RMF_CHECKED rmf_status rmf_json_read(const char *path, struct json_t **out);
RMF_API RMF_CHECKED rmf_status rmf_json_write(const char *path, bool replace,
                                              const struct json_t *value);
/** The value as text (free with rmf_free), for callers without Jansson: drops their reference to
 * it, whatever this returns. */
RMF_API RMF_CHECKED rmf_status rmf_json_take_text(struct json_t *value, char **out);
/**
 * Reads a YAML mapping of scalars, sequences of scalars (joined by commas) and nested mappings into
 * dotted keys; the place of each key is "path:line".  Twice the same key, anchors, tags and several
 * documents are refused with file:line.
 */
RMF_API RMF_CHECKED rmf_status rmf_yaml_read(const char *path, rmf_settings *settings);
/** The same from memory; `place` stands for the path. */
RMF_API RMF_CHECKED rmf_status rmf_yaml_parse(const char *text, size_t size, const char *place,
                                              rmf_settings *settings);
/** Writes all settings as YAML that rmf_yaml_read() reads back to the same keys and texts. */
RMF_API RMF_CHECKED rmf_status rmf_yaml_write(const char *path, bool replace,
                                              const rmf_settings *settings);

#ifdef __cplusplus
}
#endif
#endif
