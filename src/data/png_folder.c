/** data/png_folder.c – walks folders of PNG files in the order of their names. */
#include "data/png_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "io/error.h"
#include "ramify/io.h"

enum { MAX_DEPTH = 16 };

void rmf_png_files_free(rmf_png_files *files)
{
    rmf_texts_free(files->path, (int64_t)files->count);
    rmf_texts_free(files->klass, (int64_t)files->count);
    *files = (rmf_png_files){0};
}

static rmf_status grow(rmf_png_files *files)
{
    size_t room = files->room == 0 ? 256 : files->room * 2;
    void *path = NULL, *klass = NULL;
    RMF_TRY(rmf_alloc(room, sizeof(char *), &path));
    rmf_status status = rmf_alloc(room, sizeof(char *), &klass);
    if (status != RMF_OK) {
        rmf_free(path);
        return status;
    }
    if (files->count > 0) {
        memcpy(path, files->path, files->count * sizeof(char *));
        memcpy(klass, files->klass, files->count * sizeof(char *));
    }
    rmf_free(files->path);
    rmf_free(files->klass);
    files->path = path;
    files->klass = klass;
    files->room = room;
    return RMF_OK;
}

static rmf_status add(rmf_png_files *files, const char *path, const char *klass)
{
    if (files->count == files->room) RMF_TRY(grow(files));
    RMF_TRY(rmf_copy_text(path, &files->path[files->count]));
    rmf_status status = rmf_copy_text(klass, &files->klass[files->count]);
    if (status != RMF_OK) {
        rmf_free(files->path[files->count]);
        return status;
    }
    files->count++;
    return RMF_OK;
}

/** Byte order, unlike alphasort(), whose order depends on the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static rmf_status walk(const char *folder, const char *klass, int depth, rmf_png_files *files);

/** A file or a folder within `folder`. */
static rmf_status visit(const char *folder, const char *klass, const char *name, int depth,
                        bool *has_files, bool *has_folders, rmf_png_files *files)
{
    char *path = NULL, *inner = NULL;
    RMF_TRY(rmf_path_join(folder, name, &path));
    rmf_status status = RMF_OK;
    if (rmf_is_folder(path)) {
        size_t before = files->count;
        status =
            klass[0] == '\0' ? rmf_copy_text(name, &inner) : rmf_path_join(klass, name, &inner);
        if (status == RMF_OK) status = walk(path, inner, depth + 1, files);
        if (status == RMF_OK && files->count == before)
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s: no PNG files in this class folder; expected at least two (or "
                              "move the folder away)",
                              path);
        *has_folders = true;
    } else if (rmf_has_ending(name, ".png")) {
        *has_files = true;
        if (klass[0] == '\0')
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s: a PNG file outside any class; expected one folder a class in %s",
                              path, folder);
        if (status == RMF_OK) status = add(files, path, klass);
    }
    rmf_free(inner);
    rmf_free(path);
    return status;
}

static rmf_status walk(const char *folder, const char *klass, int depth, rmf_png_files *files)
{
    if (depth > MAX_DEPTH)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: folders nested deeper than %d; expected class folders (is a link "
                        "pointing upwards?)",
                        folder, MAX_DEPTH);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, by_bytes);
    if (count < 0) return rmf_fail_system(folder, "list", errno);
    rmf_status status = RMF_OK;
    bool has_files = false, has_folders = false;
    for (int i = 0; i < count; i++) {
        if (status == RMF_OK)
            status =
                visit(folder, klass, entries[i]->d_name, depth, &has_files, &has_folders, files);
        free(entries[i]);
    }
    free(entries);
    if (status == RMF_OK && has_files && has_folders)
        status = rmf_fail(RMF_ERR_FORMAT,
                          "%s: holds both PNG files and folders of them; expected a class (files) "
                          "or a group of classes (folders)",
                          folder);
    return status;
}

rmf_status rmf_png_files_list(const char *root, rmf_png_files *out)
{
    rmf_png_files files = {0};
    rmf_status status = walk(root, "", 0, &files);
    if (status == RMF_OK && files.count == 0)
        status =
            rmf_fail(RMF_ERR_FORMAT,
                     "%s: no PNG files in it; expected one folder of them for each class", root);
    if (status != RMF_OK) {
        rmf_png_files_free(&files);
        return status;
    }
    *out = files;
    return RMF_OK;
}
