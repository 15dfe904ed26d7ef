/* app/cmd_show.c – `ramify show PATH`: what a run, recipe, tree, safetensors, npz or npy file
 * holds. */
#include "app/information.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct show_args {
    rmf_usual_args usual;
    rmf_information_args information;
} show_args;

enum { KEY_INFORMATION = 1000, KEY_COUNT, KEY_TIMES };

static const struct argp_option options[] = {
    {"json", RMF_KEY_JSON, NULL, 0, "as JSON", 0},
    {"information", KEY_INFORMATION, NULL, 0,
     "of a run: where below each branch point its classes come apart", 0},
    {"count", KEY_COUNT, "N", 0, "with --information: objects a class (32)", 0},
    {"times", KEY_TIMES, "N", 0, "with --information: times below the first branch point (10)", 0},
    {"out", 'o', "FILE.json", 0, "with --information: write its JSON there", 0},
    {0}};

static void init(void *args)
{
    show_args *a = args;
    a->information = (rmf_information_args){.count = 32, .times = 10};
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    show_args *a = state->input;
    switch (key) {
    case KEY_INFORMATION:
        a->information.wanted = true;
        return 0;
    case KEY_COUNT:
        a->information.told = true;
        return rmf_arg_int("--count", arg, 1, 1000000, &a->information.count);
    case KEY_TIMES:
        a->information.told = true;
        return rmf_arg_int("--times", arg, 2, 10000, &a->information.times);
    case ARGP_KEY_END:
        if ((a->information.told || a->usual.out) && !a->information.wanted)
            return rmf_arg_missing("--information");
        return rmf_parse_usual(key, arg, state);
    default:
        return rmf_parse_usual(key, arg, state);
    }
}

static const struct argp argp = {
    options,
    parse,
    "PATH",
    "Show what a run folder, a recipe, a tree, a safetensors, npz or npy file holds.  With "
    "--information, of a run: how far apart the networks below each branch point are, over time, "
    "on the run's own objects."
    "\vExample:\n  ramify show --json digits",
    rmf_common_child,
    NULL,
    NULL};

/* ---- recipes ---- */

static rmf_status show_recipe(const char *path, json_t **out)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    RMF_TRY(rmf_load_recipe(path, &(rmf_texts){0}, &settings, &base));
    *out = rmf_recipe_json(settings);
    rmf_settings_free(settings);
    rmf_free(base);
    return RMF_OK;
}

/* ---- arrays ---- */

static const char *type_name(rmf_type type)
{
    static const char *const names[] = {"f32", "f64", "bf16", "i8",  "u8",   "i16", "u16",
                                        "i32", "u32", "i64",  "u64", "bool", "text"};
    return names[type];
}

static json_t *arrays_json(const rmf_arrays *arrays)
{
    json_t *all = json_object(), *list = json_object(), *meta = json_object();
    for (size_t i = 0; i < arrays->count; i++) {
        const rmf_array *a = &arrays->array[i];
        json_t *shape = json_array();
        for (int k = 0; k < a->rank; k++)
            json_array_append_new(shape, json_integer(a->shape[k]));
        json_object_set_new(list, a->name && *a->name ? a->name : "(array)",
                            json_pack("{s:s, s:o}", "type", type_name(a->type), "shape", shape));
    }
    for (size_t i = 0; i < arrays->meta_count; i++) {
        json_t *value = json_loads(arrays->meta_value[i], 0, NULL);
        json_object_set_new(meta, arrays->meta_key[i],
                            value ? value : json_string(arrays->meta_value[i]));
    }
    json_object_set_new(all, "arrays", list);
    json_object_set_new(all, "metadata", meta);
    return all;
}

static rmf_status show_arrays(const char *path, rmf_status (*read)(const char *, rmf_arrays *),
                              json_t **out)
{
    rmf_arrays arrays = {0};
    RMF_TRY(read(path, &arrays));
    *out = arrays_json(&arrays);
    rmf_arrays_free(&arrays);
    return RMF_OK;
}

/* ---- trees and runs ---- */

static rmf_status show_tree(const char *path, bool json, json_t **out)
{
    rmf_tree *tree = NULL;
    RMF_TRY(rmf_tree_read(path, &tree));
    rmf_status s;
    if (json) {
        s = rmf_tree_to_json(tree, out);
    } else {
        char *text = NULL;
        s = rmf_tree_to_text(tree, &text);
        if (s == RMF_OK)
            printf("%s%d classes, %d branches, cost %.3f of flat sampling\n", text,
                   rmf_tree_class_count(tree), rmf_tree_branch_count(tree), rmf_tree_cost(tree));
        rmf_free(text);
    }
    rmf_tree_free(tree);
    return s;
}

static rmf_status in_folder(const char *folder, const char *name, json_t **out,
                            rmf_status (*show)(const char *, json_t **))
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(folder, name, &path));
    rmf_status s = rmf_file_exists(path) ? show(path, out) : RMF_OK;
    rmf_free(path);
    return s;
}

static rmf_status show_state(const char *path, json_t **out)
{
    return rmf_json_read(path, out);
}
static rmf_status tree_json(const char *path, json_t **out)
{
    return show_tree(path, true, out);
}
static rmf_status weights_json(const char *path, json_t **out)
{
    RMF_TRY(show_arrays(path, rmf_safetensors_read, out));
    json_object_del(*out, "metadata"); /* it repeats recipe and tree */
    return RMF_OK;
}

/* What was added to the run that all began with. */
static rmf_status extensions_json(const char *path, json_t **out)
{
    json_t *json = NULL;
    RMF_TRY(rmf_json_read(path, &json));
    *out = json_incref(json_object_get(json, "extensions"));
    json_decref(json);
    return RMF_OK;
}

static rmf_status show_run(const char *path, json_t **out)
{
    json_t *state = NULL, *recipe = NULL, *tree = NULL, *weights = NULL, *extensions = NULL;
    RMF_TRY(rmf_run_check(path));
    rmf_status s = in_folder(path, "recipe.yaml", &recipe, show_recipe);
    if (s == RMF_OK && !recipe)
        s = rmf_fail(RMF_ERR_FORMAT, "%s: a folder without recipe.yaml; expected a run", path);
    if (s == RMF_OK) s = in_folder(path, "state.json", &state, show_state);
    if (s == RMF_OK) s = in_folder(path, "tree.json", &tree, tree_json);
    if (s == RMF_OK) s = in_folder(path, "extension.json", &extensions, extensions_json);
    if (s == RMF_OK) s = in_folder(path, "model.safetensors", &weights, weights_json);
    *out = json_object();
    json_object_set_new(*out, "state", state ? state : json_null());
    json_object_set_new(*out, "recipe", recipe ? recipe : json_null());
    json_object_set_new(*out, "tree", tree ? tree : json_null());
    if (extensions) json_object_set_new(*out, "extensions", extensions);
    json_object_set_new(*out, "model", weights ? weights : json_null());
    return s;
}

/* ---- printing ---- */

enum { LINE_BYTES = 160 };

/* Cuts a long text, and not inside a character. */
static void shorten(char *text)
{
    size_t end = LINE_BYTES - 4;
    if (strlen(text) <= LINE_BYTES) return;
    while (((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    strcpy(text + end, "...");
}

static void print_line(const char *key, const json_t *value, int depth)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    if (text) shorten(text);
    printf("%*s%-24s %s\n", 2 * depth, "", key, text ? text : "");
    free(text);
}

/* Nested objects as indented "key: value" lines; an array's type and shape on one line. */
static void print_value(const char *key, const json_t *value, int depth)
{
    const char *type = json_string_value(json_object_get(value, "type")), *name;
    const json_t *shape = json_object_get(value, "shape");
    json_t *item;
    if (type && shape) {
        char *text = json_dumps(shape, 0);
        printf("%*s%-24s %s %s\n", 2 * depth, "", key, type, text ? text : "");
        free(text);
    } else if (!json_is_object(value) || depth >= 2) {
        print_line(key, value, depth);
    } else if (json_object_size(value) > 0) {
        printf("%*s%s:\n", 2 * depth, "", key);
        json_object_foreach((json_t *)value, name, item) print_value(name, item, depth + 1);
    }
}

static rmf_status look(const rmf_usual_args *a, json_t **out)
{
    if (rmf_is_folder(a->operand)) return show_run(a->operand, out);
    if (rmf_names_recipe(a->operand)) return show_recipe(a->operand, out);
    if (rmf_ends_with(a->operand, ".safetensors"))
        return show_arrays(a->operand, rmf_safetensors_read, out);
    if (rmf_ends_with(a->operand, ".npz")) return show_arrays(a->operand, rmf_npz_read, out);
    if (rmf_ends_with(a->operand, ".npy")) return show_arrays(a->operand, rmf_npy_read, out);
    if (rmf_ends_with(a->operand, ".json") || rmf_ends_with(a->operand, ".nwk") ||
        rmf_ends_with(a->operand, ".newick"))
        return show_tree(a->operand, a->json, out);
    if (!rmf_file_exists(a->operand))
        return rmf_fail(RMF_ERR_IO, "%s: no such file or folder, and no recipe of that name",
                        a->operand);
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: unknown kind of file; expected a run folder, .yaml, .json, .nwk, "
                    ".safetensors, .npz or .npy",
                    a->operand);
}

static rmf_status run(const void *args)
{
    const show_args *all = args;
    const rmf_usual_args *a = &all->usual;
    json_t *result = NULL;
    if (all->information.wanted) return rmf_show_information(a, &all->information);
    rmf_status s = look(a, &result);
    if (s == RMF_OK && result && a->json) {
        char *text = json_dumps(result, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
        printf("%s\n", text ? text : "null");
        free(text);
    } else if (s == RMF_OK && result) {
        const char *key;
        json_t *value;
        json_object_foreach(result, key, value) print_value(key, value, 0);
    }
    json_decref(result);
    return s;
}

const rmf_command rmf_command_show = {
    "show", "what a run, recipe, tree or file holds", &argp, sizeof(show_args), init, run};
