/* plan/study_files.c – the folder of a study; study.json comes last and makes it one. */
#include <jansson.h>
#include <stdio.h>

#include "plan/study.h"

RMF_CHECKED static rmf_status write_file(const rmf_study *study, const char *path, bool replace,
                                         rmf_status (*put)(const rmf_study *, rmf_writer *))
{
    rmf_writer *out = NULL;
    RMF_TRY(rmf_writer_open(path, replace, &out));
    rmf_status status = put(study, out);
    if (status == RMF_OK) return rmf_writer_commit(out);
    rmf_writer_discard(out);
    return status;
}

RMF_CHECKED static rmf_status write_texts(const rmf_study *study, const char *folder, bool replace)
{
    static const struct {
        const char *name;
        rmf_status (*put)(const rmf_study *, rmf_writer *);
    } files[] = {{"trees.nwk", rmf_study_put_newick},
                 {"distances.csv", rmf_study_put_distances},
                 {"distances.svg", rmf_study_put_svg}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
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
