/* tools/docs/pages.c – keeps what pages of docs/ repeat from the tree equal to the tree.
 *
 *     docs_pages FOLDER PAGE…            says where a page differs; exit 1 if one does
 *     docs_pages --write FOLDER PAGE…    renews the pages
 *
 * FOLDER is the root of the source tree, and pages and files are named from there.  A page marks
 * what is filled in by a pair of comments, each on a line of its own:
 *
 *     <!-- keys: SECTION [NAME] -->      keys of a recipe section; of one process or network
 *     <!-- list: KIND -->                what a registry holds
 *     <!-- file: PATH -->                a whole file as a block of code
 *     <!-- lines: PATH TEXT -->          the lines of a file that hold TEXT
 *     <!-- part: PATH TEXT -->           from the first line that holds TEXT to a line with } in
 * front
 *     <!-- end -->
 */
#include "ramify/ramify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct page {
    const char *folder, *path;
    int line; /* of the marker, for messages */
    FILE *out;
} page;

static rmf_status fail_at(const page *p, const char *found, const char *expected)
{
    return rmf_fail(RMF_ERR_FORMAT, "%s:%d: %s; expected %s", p->path, p->line, found, expected);
}

/* ---- tables ------------------------------------------------------------------------------ */

/* A table's cells end at "|", so one inside a text is escaped. */
static void put_cell(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

/* 4096, 0.001 and 1e9 rather than 1e+09. */
static void put_number(FILE *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, value < 1e6 ? "%.7g" : "%.3g", value);
    for (const char *c = text; *c; c++)
        if (*c != '+' && !(*c == '0' && c > text && (c[-1] == '+' || c[-1] == '-'))) fputc(*c, out);
}

static void put_range(FILE *out, const rmf_option *o)
{
    if (o->low == 0 && o->high == 0) return;
    fputs(", ", out);
    put_number(out, o->low);
    fputs(" to ", out);
    put_number(out, o->high);
}

static void put_choices(FILE *out, const char *choices)
{
    for (const char *word = choices; *word;) {
        size_t length = strcspn(word, "|");
        bool more = word[length] == '|', next_is_last = more && !strchr(word + length + 1, '|');
        fprintf(out, "`%.*s`%s", (int)length, word, next_is_last ? " or " : more ? ", " : "");
        word += length + more;
    }
}

static void put_type(FILE *out, const rmf_option *o)
{
    switch (o->type) {
    case RMF_OPTION_INT:
        fputs("whole number", out);
        break;
    case RMF_OPTION_REAL:
        fputs("number", out);
        break;
    case RMF_OPTION_BOOL:
        fputs("`true` or `false`", out);
        break;
    case RMF_OPTION_TEXT:
        fputs("text", out);
        break;
    case RMF_OPTION_CHOICE:
        put_choices(out, o->choices);
        return;
    case RMF_OPTION_LIST:
        fputs(o->low == 0 && o->high == 0 ? "list" : "list of numbers", out);
        break;
    }
    put_range(out, o);
}

static void put_options(FILE *out, const char *prefix, const rmf_option *options)
{
    for (const rmf_option *o = options; o->name; o++) {
        if (o->name[strlen(o->name) - 1] == '.') continue; /* a section of its own */
        fprintf(out, "| `%s%s` | ", prefix, o->name);
        put_type(out, o);
        if (o->initial)
            fprintf(out, " | `%s` | ", o->initial);
        else
            fputs(" | unset | ", out);
        put_cell(out, o->help);
        fputs(" |\n", out);
    }
}

/* The keys of one entry of a registry whose rows begin with name, summary, source, options. */
static const rmf_option *options_of(const char *section, const char *name)
{
    if (strcmp(section, "net") == 0) {
        const rmf_net_ops *net = rmf_net_find(name);
        return net ? net->options : NULL;
    }
    for (size_t i = 0; strcmp(section, "sde") == 0 && rmf_sde_registry()[i]; i++)
        if (strcmp(rmf_sde_registry()[i]->name, name) == 0) return rmf_sde_registry()[i]->options;
    return NULL;
}

static rmf_status put_keys(const page *p, const char *argument)
{
    static const struct {
        const char *name, *prefix;
        const rmf_option *options;
    } sections[] = {{"top", "", rmf_recipe_options},
                    {"data", "data.", rmf_data_options},
                    {"sde", "sde.", rmf_sde_options},
                    {"tree", "tree.", rmf_tree_options},
                    {"net", "net.", rmf_net_options},
                    {"train", "train.", rmf_train_options},
                    {"sample", "sample.", rmf_sampling_options},
                    {"eval", "eval.", rmf_evaluation_options}};
    char section[32] = "", name[64] = "";
    sscanf(argument, "%31s %63s", section, name);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (strcmp(sections[i].name, section) != 0) continue;
        const rmf_option *options = name[0] ? options_of(section, name) : sections[i].options;
        if (!options) break;
        fputs("| key | type | default | meaning |\n|---|---|---|---|\n", p->out);
        put_options(p->out, sections[i].prefix, options);
        return RMF_OK;
    }
    return fail_at(p, argument, "a section of a recipe, or sde or net with a name");
}

static void put_row(FILE *out, const char *name, const char *summary, const char *source)
{
    fprintf(out, "| `%s` | ", name);
    put_cell(out, summary);
    if (source) {
        fputs(" | ", out);
        put_cell(out, source);
    }
    fputs(" |\n", out);
}

static void put_head(FILE *out, bool with_source)
{
    fputs(with_source ? "| name | what it is | source |\n|---|---|---|\n"
                      : "| name | what it is |\n|---|---|\n",
          out);
}

/* Registries of pointers to tables that begin with name, summary and source differ only in type. */
#define PUT_REGISTRY(out, registry)                                                                \
    do {                                                                                           \
        put_head(out, true);                                                                       \
        for (size_t i = 0; (registry)()[i]; i++)                                                   \
            put_row(out, (registry)()[i]->name, (registry)()[i]->summary,                          \
                    (registry)()[i]->source);                                                      \
    } while (0)

static void put_devices(FILE *out)
{
    put_head(out, false);
    for (size_t i = 0; rmf_device_registry()[i]; i++)
        put_row(out, rmf_device_registry()[i]->name, rmf_device_registry()[i]->summary, NULL);
}

static void put_recipes(FILE *out)
{
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    put_head(out, false);
    for (size_t i = 0; i < count; i++)
        put_row(out, recipe[i].name, recipe[i].summary, NULL);
}

static rmf_status put_list(const page *p, const char *kind)
{
    if (strcmp(kind, "sde") == 0)
        PUT_REGISTRY(p->out, rmf_sde_registry);
    else if (strcmp(kind, "sampler") == 0)
        PUT_REGISTRY(p->out, rmf_sampler_registry);
    else if (strcmp(kind, "network") == 0)
        PUT_REGISTRY(p->out, rmf_net_registry);
    else if (strcmp(kind, "data-format") == 0)
        PUT_REGISTRY(p->out, rmf_dataset_registry);
    else if (strcmp(kind, "metric") == 0)
        PUT_REGISTRY(p->out, rmf_metric_registry);
    else if (strcmp(kind, "parametrisation") == 0)
        PUT_REGISTRY(p->out, rmf_parametrisation_registry);
    else if (strcmp(kind, "weight") == 0)
        PUT_REGISTRY(p->out, rmf_weight_registry);
    else if (strcmp(kind, "device") == 0)
        put_devices(p->out);
    else if (strcmp(kind, "recipe") == 0)
        put_recipes(p->out);
    else
        return fail_at(p, kind, "a kind that `ramify list` knows");
    return RMF_OK;
}

/* ---- files ------------------------------------------------------------------------------- */

static const char *language(const char *path)
{
    static const char *const known[][2] = {
        {".c", "c"}, {".h", "c"}, {".py", "python"}, {".yaml", "yaml"}, {".txt", "cmake"}};
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof known / sizeof *known; i++)
        if (strcmp(ending, known[i][0]) == 0) return known[i][1];
    return "text";
}

static rmf_status read_source(const page *p, const char *path, char **text, size_t *size)
{
    char *full = NULL;
    RMF_TRY(rmf_path_join(p->folder, path, &full));
    rmf_status s = rmf_file_read(full, 0, text, size);
    rmf_free(full);
    return s;
}

static rmf_status put_file(const page *p, const char *path)
{
    char *text = NULL;
    size_t size;
    RMF_TRY(read_source(p, path, &text, &size));
    fprintf(p->out, "```%s\n%s```\n", language(path), text);
    rmf_free(text);
    return RMF_OK;
}

/* Every line that holds `text`; or (part) from the first that does to the next that begins with }.
 */
static int put_matching(FILE *out, char *file, const char *text, bool part)
{
    int found = 0;
    for (char *line = file, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        bool matches = strstr(line, text) != NULL;
        if (!matches && !(part && found > 0)) continue;
        fprintf(out, "%s\n", line);
        found++;
        if (part && line[0] == '}') break;
    }
    return found;
}

static rmf_status put_lines(const page *p, const char *argument, bool part)
{
    char path[256] = "", *text = NULL;
    size_t size;
    int used = 0;
    if (sscanf(argument, "%255s %n", path, &used) != 1 || !argument[used])
        return fail_at(p, argument, "a path and a text");
    RMF_TRY(read_source(p, path, &text, &size));
    fprintf(p->out, "```%s\n", language(path));
    int found = put_matching(p->out, text, argument + used, part);
    fputs("```\n", p->out);
    rmf_free(text);
    return found > 0 ? RMF_OK : fail_at(p, argument, "a text that the file holds");
}

/* ---- pages ------------------------------------------------------------------------------- */

static rmf_status fill(const page *p, const char *kind, const char *argument)
{
    if (strcmp(kind, "keys") == 0) return put_keys(p, argument);
    if (strcmp(kind, "list") == 0) return put_list(p, argument);
    if (strcmp(kind, "file") == 0) return put_file(p, argument);
    if (strcmp(kind, "lines") == 0) return put_lines(p, argument, false);
    if (strcmp(kind, "part") == 0) return put_lines(p, argument, true);
    return fail_at(p, kind, "keys, list, file, lines or part");
}

/* "<!-- kind: argument -->" on a line of its own. */
static bool is_marker(const char *line, char kind[16], char argument[256])
{
    if (sscanf(line, "<!-- %15[a-z]: %255[^>]", kind, argument) != 2) return false;
    size_t length = strlen(argument); /* it still ends in " --" */
    while (length > 0 && (argument[length - 1] == '-' || argument[length - 1] == ' '))
        argument[--length] = '\0';
    return true;
}

/* Copies a page, with every marked block filled anew. */
static rmf_status renew(page *p, char *text)
{
    bool inside = false;
    for (char *line = text, *end; *line; line = end) {
        char kind[16] = "", argument[256] = "";
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        p->line += !inside;
        if (inside) {
            inside = strncmp(line, "<!-- end -->", 12) != 0;
            if (inside) continue;
        }
        fwrite(line, 1, (size_t)(end - line), p->out);
        if (!is_marker(line, kind, argument)) continue;
        fputc('\n', p->out);
        RMF_TRY(fill(p, kind, argument));
        fputc('\n', p->out);
        inside = true;
    }
    return inside ? fail_at(p, "a block without an end", "<!-- end -->") : RMF_OK;
}

static rmf_status say_difference(const page *p, const char *old, const char *renewed)
{
    int line = 1;
    for (; *old && *old == *renewed; old++, renewed++)
        line += *old == '\n';
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s:%d: not what the tree says now; renew it with: docs_pages --write %s %s",
                    p->path, line, p->folder, p->path);
}

static rmf_status write_page(const char *path, const char *text, size_t size)
{
    rmf_writer *writer = NULL;
    RMF_TRY(rmf_writer_open(path, true, &writer));
    rmf_status s = rmf_writer_put(writer, text, size);
    if (s == RMF_OK) return rmf_writer_commit(writer);
    rmf_writer_discard(writer);
    return s;
}

static rmf_status run_page(const char *folder, const char *name, bool write)
{
    page p = {.folder = folder, .path = name};
    char *path = NULL, *text = NULL, *copy = NULL, *renewed = NULL;
    size_t size, length = 0;
    RMF_TRY(rmf_path_join(folder, name, &path));
    rmf_status s = rmf_file_read(path, 0, &text, &size);
    if (s == RMF_OK) s = rmf_copy_text(text, &copy);
    p.out = open_memstream(&renewed, &length);
    if (s == RMF_OK) s = p.out ? renew(&p, copy) : rmf_fail(RMF_ERR_MEMORY, "out of memory");
    if (p.out) fclose(p.out);
    bool same = s == RMF_OK && strcmp(text, renewed) == 0;
    if (s == RMF_OK && !same)
        s = write ? write_page(path, renewed, length) : say_difference(&p, text, renewed);
    free(renewed);
    rmf_free(copy);
    rmf_free(text);
    rmf_free(path);
    return s;
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    int first = write ? 2 : 1, failed = argc < first + 2;
    if (failed) fprintf(stderr, "usage: docs_pages [--write] FOLDER PAGE...\n");
    for (int i = first + 1; i < argc; i++) {
        if (run_page(argv[first], argv[i], write) == RMF_OK) continue;
        fprintf(stderr, "%s\n", rmf_message());
        failed = 1;
    }
    return failed;
}
