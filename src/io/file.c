/** io/file.c – whole files, bounded and with gzip seen through; folders and paths. */
#include "io/file.h"
#include "io/error.h"
#include "io/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_LIMIT ((size_t)8 << 30)

typedef struct growing {
    char *data;
    size_t used, capacity;
} growing;

static rmf_status fail_too_long(const char *path, size_t limit)
{
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: longer than %zu bytes; expected at most that; use smaller files", path,
                    limit);
}

/** Room for at least one more byte beyond `used`, and the 0 byte behind. */
static rmf_status reserve(growing *g, size_t capacity)
{
    void *grown;
    RMF_TRY(rmf_alloc(capacity + 1, 1, &grown));
    if (g->used > 0) memcpy(grown, g->data, g->used);
    rmf_free(g->data);
    g->data = grown;
    g->capacity = capacity;
    return RMF_OK;
}

/** Reads until the end.  The size the system states is only a first guess: files may grow. */
static rmf_status read_to_end(int file, const char *path, size_t limit, growing *g)
{
    for (;;) {
        if (g->used == g->capacity) {
            char probe;
            ssize_t more = read(file, &probe, 1);
            if (more == 0) return RMF_OK;
            if (more < 0 && errno != EINTR) return rmf_fail_system(path, "read", errno);
            if (more < 0) continue;
            if (g->used >= limit) return fail_too_long(path, limit);
            size_t capacity = g->capacity < limit / 2 ? 2 * g->capacity + 4096 : limit;
            RMF_TRY(reserve(g, capacity < limit ? capacity : limit));
            g->data[g->used++] = probe;
            continue;
        }
        ssize_t got = read(file, g->data + g->used, g->capacity - g->used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return rmf_fail_system(path, "read", errno);
        if (got == 0) return RMF_OK;
        g->used += (size_t)got;
    }
}

static rmf_status read_raw(const char *path, size_t limit, growing *g)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return rmf_fail_system(path, "open", errno);
    struct stat info;
    rmf_status status = RMF_OK;
    if (fstat(file, &info) != 0)
        status = rmf_fail_system(path, "read", errno);
    else if (S_ISDIR(info.st_mode))
        status = rmf_fail_system(path, "read", EISDIR);
    else if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > limit)
        status = fail_too_long(path, limit);
    if (status == RMF_OK) status = reserve(g, S_ISREG(info.st_mode) ? (size_t)info.st_size : 0);
    if (status == RMF_OK) status = read_to_end(file, path, limit, g);
    close(file);
    return status;
}

rmf_status rmf_file_read(const char *path, size_t limit, char **data, size_t *size)
{
    if (limit == 0 || limit > DEFAULT_LIMIT) limit = DEFAULT_LIMIT;
    growing g = {0};
    rmf_status status = read_raw(path, limit, &g);
    if (status == RMF_OK && g.used >= 2 && memcmp(g.data, "\x1f\x8b", 2) == 0) {
        status = rmf_gunzip(g.data, g.used, limit, path, data, size);
        rmf_free(g.data);
        return status;
    }
    if (status != RMF_OK) {
        rmf_free(g.data);
        return status;
    }
    g.data[g.used] = '\0';
    *data = g.data;
    *size = g.used;
    return RMF_OK;
}

bool rmf_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool rmf_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/** Makes one folder of a path, if it is not there. */
static rmf_status make_one(const char *path)
{
    if (mkdir(path, 0777) == 0) return RMF_OK;
    int error = errno;
    /* Systems differ in the error they give for "/" or a read-only place: ask what is there. */
    return rmf_is_folder(path) ? RMF_OK : rmf_fail_system(path, "make the folder", error);
}

rmf_status rmf_make_folder(const char *path)
{
    char *part;
    RMF_TRY(rmf_copy_text(path, &part));
    rmf_status status = RMF_OK;
    for (char *slash = strchr(part + (part[0] != '\0'), '/'); slash != NULL && status == RMF_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(part);
        *slash = '/';
    }
    if (status == RMF_OK) status = make_one(part);
    rmf_free(part);
    return status;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

void rmf_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

rmf_status rmf_path_join(const char *folder, const char *name, char **out)
{
    size_t length = strlen(folder);
    /* "./x" would be right too, but messages should name files as people do. */
    if (name[0] == '/' || length == 0 || strcmp(folder, ".") == 0) return rmf_copy_text(name, out);
    size_t size = length + 1 + strlen(name) + 1;
    void *path;
    RMF_TRY(rmf_alloc(size, 1, &path));
    snprintf(path, size, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
    *out = path;
    return RMF_OK;
}

rmf_status rmf_path_folder(const char *path, char **out)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return rmf_copy_text(".", out);
    RMF_TRY(rmf_copy_text(path, out));
    (*out)[slash == path ? 1 : slash - path] = '\0';
    return RMF_OK;
}
