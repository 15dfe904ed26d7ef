/** data/png_folder.h – the PNG files below a folder, each with the class that its folder stands
 * for. */
#ifndef RMF_DATA_PNG_FOLDER_H
#define RMF_DATA_PNG_FOLDER_H

#include "ramify/core.h"

typedef struct rmf_png_files {
    char **path;  /* [count] sorted by class, then by name */
    char **klass; /* [count] folder relative to the root: "a" or "a/b" */
    size_t count, room;
} rmf_png_files;

/**
 * Lists root/CLASS/….png, classes in nested folders included.  Hidden files and other endings are
 * passed over.  Refuses files beside folders (such a folder would be a class and a group at once),
 * files in the root and folders nested deeper than 16.
 */
RMF_CHECKED rmf_status rmf_png_files_list(const char *root, rmf_png_files *out);
void rmf_png_files_free(rmf_png_files *files);

#endif
