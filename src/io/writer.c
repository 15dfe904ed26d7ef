/**
 * io/writer.c – the one way files come into being.
 *
 * 1. Until commit, all bytes are in a temporary file in the folder of the target.
 * 2. Commit: flush, fsync, then one rename; then fsync of the folder, so that a crash keeps either
 *    the old file or the new one, whole.
 * 3. Without `replace`, the last step fails if somebody else made the file meanwhile.
 * 4. A link stays a link: the file it points to is replaced.  Devices and pipes are refused, since
 * a rename would put a plain file in their place.
 * 5. Standard output gets its bytes at commit, all of them, from memory: what fails before leaves
 * it empty.
 */
#include "io/writer.h"
#include "io/error.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rmf_writer {
    FILE *file;
    char *path;      /* the target, links resolved; NULL when writing to memory or stdout */
    char *temporary; /* NULL when writing to memory */
    char *memory;
    size_t memory_size;
    int error; /* the first errno of a failed write */
    bool replace, to_stdout;
};

const char *rmf_writer_place(const rmf_writer *writer)
{
    return writer->path != NULL ? writer->path : writer->to_stdout ? "standard output" : "memory";
}

/* ---- may we? ------------------------------------------------------------------------------ */

static rmf_status fail_exists(const char *path)
{
    (void)rmf_fail(RMF_ERR_EXISTS, "%s: already exists; expected a new name; --force replaces it",
                   path);
    return RMF_ERR_EXISTS;
}

/** Checks what is at `path` now, and gives the path to write: that behind a link. */
static rmf_status resolve_target(const char *path, bool replace, char **out)
{
    struct stat info;
    size_t length = strlen(path);
    if (length == 0)
        return rmf_fail(RMF_ERR_USAGE, "output: the path is empty; expected the path of a file");
    if (lstat(path, &info) != 0) {
        if (errno != ENOENT) return rmf_fail_system(path, "write", errno);
        if (path[length - 1] == '/') return rmf_fail_system(path, "write", EISDIR);
        return rmf_copy_text(path, out);
    }
    if (S_ISDIR(info.st_mode)) return rmf_fail_system(path, "write", EISDIR);
    if (!replace) return fail_exists(path);
    bool link = S_ISLNK(info.st_mode);
    if (link && stat(path, &info) != 0) return rmf_fail_system(path, "write", errno);
    if (!S_ISREG(info.st_mode))
        return rmf_fail(RMF_ERR_IO,
                        "%s: a device, pipe or folder; expected a regular file or a new name; "
                        "choose another path",
                        path);
    if (!link) return rmf_copy_text(path, out);
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) return rmf_fail_system(path, "write", errno);
    *out = resolved;
    return RMF_OK;
}

static rmf_status check_folder(const char *path, const char *target)
{
    char *folder;
    RMF_TRY(rmf_path_folder(target, &folder));
    rmf_status status = RMF_OK;
    if (!rmf_is_folder(folder))
        status = rmf_fail(RMF_ERR_IO,
                          "%s: the folder %s does not exist; expected an existing folder; make it "
                          "first",
                          path, folder);
    else if (access(folder, W_OK | X_OK) != 0)
        status = rmf_fail_system(path, "write into its folder", errno);
    rmf_free(folder);
    return status;
}

/** All that can be asked before writing; gives the path to write. */
static rmf_status check_target(const char *path, bool replace, char **out)
{
    char *target;
    RMF_TRY(resolve_target(path, replace, &target));
    rmf_status status = check_folder(path, target);
    if (status == RMF_OK)
        *out = target;
    else
        rmf_free(target);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------ */

static void free_writer(rmf_writer *writer)
{
    if (writer->file != NULL) fclose(writer->file);
    rmf_free(writer->path);
    rmf_free(writer->temporary);
    free(writer->memory);
    rmf_free(writer);
}

/** Creates "PATH.tmp-PID-N".  Plain open, not mkstemp, so that the umask gives the permissions. */
static rmf_status open_temporary(rmf_writer *writer)
{
    size_t size = strlen(writer->path) + 48;
    void *name;
    RMF_TRY(rmf_alloc(size, 1, &name));
    writer->temporary = name;
    for (int attempt = 0; attempt < 1000; attempt++) {
        snprintf(name, size, "%s.tmp-%ld-%d", writer->path, (long)getpid(), attempt);
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0) {
            writer->file = fdopen(file, "wb");
            if (writer->file != NULL) return RMF_OK;
            int error = errno;
            close(file);
            unlink(name);
            return rmf_fail_system(writer->path, "write", error);
        }
        if (errno != EEXIST) return rmf_fail_system(writer->path, "write", errno);
    }
    return rmf_fail_system(writer->path, "write", EEXIST);
}

bool rmf_names_stdout(const char *path)
{
    return path[0] == '-' && (path[1] == '\0' || (path[1] == '.' && strchr(path, '/') == NULL));
}

rmf_status rmf_writer_open(const char *path, bool replace, rmf_writer **out)
{
    if (rmf_names_stdout(path)) {
        RMF_TRY(rmf_writer_open_memory(out));
        (*out)->to_stdout = true;
        return RMF_OK;
    }
    void *memory;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_writer), &memory));
    rmf_writer *writer = memory;
    writer->replace = replace;
    rmf_status status = check_target(path, replace, &writer->path);
    if (status == RMF_OK) status = open_temporary(writer);
    if (status != RMF_OK) {
        free_writer(writer);
        return status;
    }
    *out = writer;
    return RMF_OK;
}

/** Tries it: permissions, read-only file systems and full ones cannot be told otherwise. */
rmf_status rmf_can_write(const char *path, bool replace)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    rmf_writer_discard(writer);
    return RMF_OK;
}

rmf_status rmf_writer_open_memory(rmf_writer **out)
{
    void *memory;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_writer), &memory));
    rmf_writer *writer = memory;
    writer->file = open_memstream(&writer->memory, &writer->memory_size);
    if (writer->file == NULL) {
        free_writer(writer);
        return rmf_fail(RMF_ERR_MEMORY, "memory: a buffer cannot be opened; free some memory");
    }
    *out = writer;
    return RMF_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static rmf_status note_failure(rmf_writer *writer)
{
    if (writer->error == 0) writer->error = errno != 0 ? errno : EIO;
    return rmf_fail_system(rmf_writer_place(writer), "write", writer->error);
}

rmf_status rmf_writer_put(rmf_writer *writer, const void *data, size_t size)
{
    if (size == 0) return RMF_OK;
    errno = 0;
    return fwrite(data, 1, size, writer->file) == size ? RMF_OK : note_failure(writer);
}

rmf_status rmf_writer_print(rmf_writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    errno = 0;
    int written = vfprintf(writer->file, format, arguments);
    va_end(arguments);
    return written >= 0 ? RMF_OK : note_failure(writer);
}

/* ---- ending ------------------------------------------------------------------------------- */

/** Renames only if nothing is at `to`; 0 or an errno. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != ENOSYS && errno != EINVAL) return errno;
    /* This file system cannot do it in one step; a hard link refuses an existing name as well. */
    if (link(from, to) != 0) return errno;
    unlink(from);
    return 0;
}

/** The file is in place and whole by now, so nothing here is a failure of the write. */
static void sync_folder(const char *path)
{
    char *folder;
    if (rmf_path_folder(path, &folder) != RMF_OK) return;
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rmf_free(folder);
    if (file < 0) return;
    (void)fsync(file); /* some file systems cannot sync folders */
    close(file);
}

/** All bytes to the disk, then the file closed. */
static rmf_status flush(rmf_writer *writer)
{
    if (writer->error != 0) return note_failure(writer);
    errno = 0;
    if (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0) return note_failure(writer);
    int closed = fclose(writer->file);
    writer->file = NULL;
    return closed == 0 ? RMF_OK : note_failure(writer);
}

static rmf_status put_in_place(rmf_writer *writer)
{
    int error = writer->replace ? (rename(writer->temporary, writer->path) == 0 ? 0 : errno)
                                : rename_new(writer->temporary, writer->path);
    if (error == EEXIST) return fail_exists(writer->path);
    if (error != 0) return rmf_fail_system(writer->path, "write", error);
    sync_folder(writer->path);
    return RMF_OK;
}

static rmf_status put_on_stdout(rmf_writer *writer)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_writer_take(writer, &data, &size));
    errno = 0;
    const bool whole = fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0;
    free(data);
    if (whole) return RMF_OK;
    return rmf_fail_system("standard output", "write", errno != 0 ? errno : EIO);
}

rmf_status rmf_writer_field(rmf_writer *w, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) return rmf_writer_print(w, "%s", text);
    RMF_TRY(rmf_writer_print(w, "\""));
    for (; *text; text++)
        RMF_TRY(rmf_writer_print(w, *text == '"' ? "\"\"" : "%c", *text));
    return rmf_writer_print(w, "\"");
}

rmf_status rmf_writer_commit(rmf_writer *writer)
{
    if (writer->to_stdout) return put_on_stdout(writer);
    rmf_status status = flush(writer);
    if (status == RMF_OK) status = put_in_place(writer);
    if (status != RMF_OK) unlink(writer->temporary);
    free_writer(writer);
    return status;
}

void rmf_writer_discard(rmf_writer *writer)
{
    if (writer == NULL) return;
    if (writer->temporary != NULL) unlink(writer->temporary);
    free_writer(writer);
}

rmf_status rmf_writer_take(rmf_writer *writer, char **data, size_t *size)
{
    errno = 0;
    int closed = writer->error == 0 ? fclose(writer->file) : EOF;
    if (writer->error == 0) writer->file = NULL;
    rmf_status status = closed == 0 ? RMF_OK : note_failure(writer);
    if (status == RMF_OK) {
        *data = writer->memory;
        *size = writer->memory_size;
        writer->memory = NULL;
    }
    free_writer(writer);
    return status;
}

rmf_status rmf_writer_take_end(rmf_writer *writer, rmf_status status, char **data, size_t *size)
{
    if (status == RMF_OK) return rmf_writer_take(writer, data, size);
    rmf_writer_discard(writer);
    return status;
}

rmf_status rmf_writer_end(rmf_writer *writer, rmf_status status)
{
    if (status == RMF_OK) return rmf_writer_commit(writer);
    rmf_writer_discard(writer);
    return status;
}

rmf_status rmf_file_write(const char *path, bool replace, const void *data, size_t size)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_writer_put(writer, data, size));
}
