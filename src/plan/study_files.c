/* plan/study_files.c – the folder of a study; study.json comes last and makes it one. */
#include <jansson.h>
#include <stdio.h>

#include "plan/study.h"

RMF_CHECKED static rmf_status write_file(const rmf_study *study, const char *path, bool replace,
                                         rmf_status (*put)(const rmf_study *, rmf_writer *))
{
    rmf_writer *out = NULL;
    RMF_TRY(rmf_writer_open(path, replace, &out));
    return rmf_writer_end(out, put(study, out));
}

RMF_CHECKED static rmf_status write_texts(const rmf_study *study, const char *folder, bool replace)
{
    static const struct {
        const char *name;
        rmf_status (*put)(const rmf_study *, rmf_writer *);
    } files[] = {{"trees.nwk", rmf_study_put_newick},
                 {"distances.csv", rmf_study_put_distances},
                 {"distances.svg", rmf_study_put_svg},
                 {"models.svg", rmf_study_put_models_svg}}; /* last: of models alone */
    const size_t n = sizeof files / sizeof *files - (study->n_models == 0);
    for (size_t i = 0; i < n; i++) {
        char *path = NULL;
        RMF_TRY(rmf_path_join(folder, files[i].name, &path));
        rmf_status status = write_file(study, path, replace, files[i].put);
        rmf_free(path);
        RMF_TRY(status);
    }
    return RMF_OK;
}

/* Of the first tree of each group. */
RMF_CHECKED static rmf_status draw_trees(const rmf_study *study, const char *folder, bool replace)
{
    for (int i = 0; i < study->n_trees; i++) {
        const rmf_study_tree *t = &study->tree[i];
        char name[64], *path = NULL;
        if (i > 0 && study->tree[i - 1].group == t->group) continue;
        snprintf(name, sizeof name, "%s.svg", rmf_study_group_name((int)t->group));
        RMF_TRY(rmf_path_join(folder, name, &path));
        rmf_status status = rmf_tree_write_svg(t->tree, path, replace, t->name);
        rmf_free(path);
        RMF_TRY(status);
    }
    return RMF_OK;
}

rmf_status rmf_study_write(const rmf_study *study, const char *folder, bool replace)
{
    json_t *value = NULL;
    char *path = NULL;
    RMF_TRY(rmf_make_folder(folder));
    RMF_TRY(write_texts(study, folder, replace));
    RMF_TRY(draw_trees(study, folder, replace));
    RMF_TRY(rmf_study_to_json(study, &value));
    rmf_status status = rmf_path_join(folder, RMF_STUDY_FILE, &path);
    if (status == RMF_OK) status = rmf_json_write(path, replace, value);
    rmf_free(path);
    json_decref(value);
    return status;
}

/* ---- the same study again ---- */

RMF_CHECKED static rmf_status compare_trees(const json_t *there, const json_t *here,
                                            const char *path)
{
    if (!json_is_array(there))
        return rmf_fail(RMF_ERR_FORMAT, "%s: no list \"trees\"; expected a study", path);
    size_t i = 0;
    while (i < json_array_size(there) &&
           json_equal(json_array_get(there, i), json_array_get(here, i)))
        i++;
    if (i == json_array_size(here) && i == json_array_size(there)) return RMF_OK;
    const char *name = json_string_value(json_object_get(json_array_get(here, i), "name"));
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: its trees are not those of this command: tree %zu, here \"%s\", differs; "
                    "expected the data and options that it was made with",
                    path, i + 1, name ? name : "none");
}

rmf_status rmf_study_compare(const rmf_study *study, const char *folder, bool *found)
{
    char *path = NULL;
    json_t *there = NULL, *here = NULL;
    RMF_TRY(rmf_path_join(folder, RMF_STUDY_FILE, &path));
    rmf_status status = RMF_OK;
    *found = rmf_file_exists(path);
    if (*found) status = rmf_json_read(path, &there);
    if (*found && status == RMF_OK) status = rmf_study_to_json(study, &here);
    if (*found && status == RMF_OK)
        status =
            compare_trees(json_object_get(there, "trees"), json_object_get(here, "trees"), path);
    json_decref(here);
    json_decref(there);
    rmf_free(path);
    return status;
}
