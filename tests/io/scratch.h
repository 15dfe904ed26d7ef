/** tests/io/scratch.h – a folder for a test program's files, and bytes that end where they should.
 */
#ifndef RMF_TESTS_IO_SCRATCH_H
#define RMF_TESTS_IO_SCRATCH_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ramify/io.h"

typedef struct scratch {
    char folder[64];
    char *path[4]; /* the last four paths made */
    unsigned next;
} scratch;

/** "FOLDER/name", good until the fourth call after this one. */
static inline const char *scratch_path(scratch *s, const char *name)
{
    char **path = &s->path[s->next++ % 4];
    free(*path);
    if (rmf_path_join(s->folder, name, path) != RMF_OK) abort();
    return *path;
}

static inline int scratch_make(void **state)
{
    scratch *s = calloc(1, sizeof *s);
    if (s == NULL) return -1;
    *state = s;
    strcpy(s->folder, "/tmp/ramify-io-XXXXXX");
    return mkdtemp(s->folder) != NULL ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *info, int flag,
                                     struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

static inline int scratch_remove(void **state)
{
    scratch *s = *state;
    int result = nftw(s->folder, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < 4; i++)
        free(s->path[i]);
    free(s);
    return result;
}

/** Writes a file without the library. */
static inline bool scratch_write(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) return false;
    bool good = fwrite(data, 1, size, file) == size;
    return fclose(file) == 0 && good;
}

/** Entries of a folder that are no dot files: nothing may be left behind. */
static inline size_t scratch_count(const char *folder)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL) abort();
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

#endif
