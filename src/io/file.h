/** io/file.h – parts of paths, shared by reader and writer. */
#ifndef RMF_IO_FILE_H
#define RMF_IO_FILE_H

#include "ramify/io.h"

/** The folder a path lies in ("." for a bare name); free with rmf_free(). */
RMF_CHECKED rmf_status rmf_path_folder(const char *path, char **out);

#endif
