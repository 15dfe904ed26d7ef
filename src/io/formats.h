/**
 * io/formats.h – the formats on bytes in memory: what the functions of ramify/io.h do once a file
 * is read, or before it is committed.  Archives embed them, and tests feed them damaged bytes.
 */
#ifndef RMF_IO_FORMATS_H
#define RMF_IO_FORMATS_H

#include "io/writer.h"
#include "ramify/io.h"

/** `place` starts messages.  out->data is the caller's; out->name stays NULL. */
RMF_CHECKED rmf_status rmf_npy_parse(const char *data, size_t size, const char *place,
                                     rmf_array *out);
RMF_CHECKED rmf_status rmf_npz_parse(const char *data, size_t size, const char *place,
                                     rmf_arrays *out);
RMF_CHECKED rmf_status rmf_safetensors_parse(const char *data, size_t size, const char *place,
                                             rmf_arrays *out);
RMF_CHECKED rmf_status rmf_png_parse(const char *data, size_t size, const char *place,
                                     rmf_image *out);
RMF_CHECKED rmf_status rmf_json_parse(const char *data, size_t size, const char *place,
                                      struct json_t **out);

RMF_CHECKED rmf_status rmf_npy_put(rmf_writer *writer, const rmf_array *array);
RMF_CHECKED rmf_status rmf_npz_put(rmf_writer *writer, const rmf_arrays *arrays);
RMF_CHECKED rmf_status rmf_safetensors_put(rmf_writer *writer, const rmf_arrays *arrays);
RMF_CHECKED rmf_status rmf_png_put(rmf_writer *writer, const rmf_image *image);
RMF_CHECKED rmf_status rmf_json_put(rmf_writer *writer, const struct json_t *value);
RMF_CHECKED rmf_status rmf_yaml_put(rmf_writer *writer, const rmf_settings *settings);

#endif
