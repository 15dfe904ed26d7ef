/* tree/file.c – trees as files: JSON, or Newick by the name's ending or the first character. */
#include <jansson.h>
#include <string.h>

#include "ramify/io.h"
#include "tree/internal.h"

/* More than any tree that fits in memory as one. */
#define LARGEST_FILE ((size_t)1 << 30)

static bool is_newick_name(const char *path)
{
    return rmf_ends_with(path, ".nwk") || rmf_ends_with(path, ".newick");
}

/* The text of a Newick file (rmf_free), or NULL if the file is none. */
RMF_CHECKED static rmf_status read_newick(const char *path, char **out)
{
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_file_read(path, LARGEST_FILE, &text, &size));
    const size_t length = strlen(text);
    *out = NULL;
    if (!is_newick_name(path) && text[strspn(text, " \t\r\n\f\v")] != '(') {
        rmf_free(text);
        return RMF_OK;
    }
    if (length == size) {
        *out = text;
        return RMF_OK;
    }
    rmf_free(text);
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: a zero byte at %zu; expected Newick text; the file is damaged", path,
                    length);
}

rmf_status rmf_topology_read(const char *path, rmf_topology **out)
{
    char *text = NULL;
    rmf_tree *tree = NULL;
    RMF_TRY(read_newick(path, &text));
    if (text != NULL) {
        rmf_status status = rmf_topology_from_newick(text, path, out);
        rmf_free(text);
        return status;
    }
    RMF_TRY(rmf_tree_read(path, &tree));
    rmf_status status = rmf_topology_of_tree(tree, path, out);
    rmf_tree_free(tree);
    return status;
}

rmf_status rmf_tree_read(const char *path, rmf_tree **out)
{
    char *text = NULL;
    RMF_TRY(read_newick(path, &text));
    if (text != NULL) {
        rmf_status status = rmf_tree_from_newick(text, path, out);
        rmf_free(text);
        return status;
    }
    json_t *value = NULL;
    RMF_TRY(rmf_json_read(path, &value));
    rmf_status status = rmf_tree_from_json(value, out);
    json_decref(value);
    return status == RMF_OK ? RMF_OK : rmf_fail_in(status, path);
}

rmf_status rmf_tree_write(const rmf_tree *tree, const char *path, bool replace)
{
    rmf_status status;
    if (is_newick_name(path)) {
        char *text = NULL;
        RMF_TRY(rmf_tree_to_newick(tree, &text));
        status = rmf_file_write(path, replace, text, strlen(text));
        rmf_free(text);
        return status;
    }
    json_t *value = NULL;
    RMF_TRY(rmf_tree_to_json(tree, &value));
    status = rmf_json_write(path, replace, value);
    json_decref(value);
    return status;
}
