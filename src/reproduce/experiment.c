/** reproduce/experiment.c – reading and checking an experiment. */
#include "reproduce/experiment.h"

#include "ramify/io.h"

#include <string.h>

static const rmf_option top_options[] = {
    {"name", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "of its folder and in messages"},
    {"title", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "heading of its part of a page"},
    {"summary", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "one line"},
    {"source", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "where the published figures stand"},
    {"notes", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "prose below the tables: how to read them"},
    {"lists.", RMF_OPTION_LIST, NULL, 0, 0, NULL, "values that several `for` share, as $NAME"},
    {"steps.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "commands"},
    {"tables.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "of their results"},
    {"figures.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "curves of tables"},
    {"pictures.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "PNG and SVG files that steps write"},
    {0}};

static const rmf_option step_options[] = {
    {"run", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "a command line without \"ramify\""},
    {"quick", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "added to it with --quick"},
    {"resume", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "the command instead where --out is there"},
    {"to", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "file that gets its standard output"},
    {"repeat", RMF_OPTION_INT, "1", 1, 99, NULL, "times that it is made; the median time counts"},
    {"for.", RMF_OPTION_LIST, NULL, 0, 0, NULL, "variables and their values"},
    {0}};

static const rmf_option table_options[] = {
    {"title", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "line above it"},
    {"for.", RMF_OPTION_LIST, NULL, 0, 0, NULL, "a row for each combination of values"},
    {"columns.", RMF_OPTION_LIST, NULL, 0, 0, NULL, "a cell for all rows, or a list of them"},
    {0}};

static const rmf_option figure_options[] = {
    {"title", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "line below it"},
    {"table", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "what it draws"},
    {"x", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "column"},
    {"y", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "column"},
    {"by", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "column; a curve for each of its values"},
    {"level", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "column drawn as a dotted line, as a floor"},
    {"most", RMF_OPTION_REAL, NULL, 0, 0, NULL, "upper end of the y axis; what is above is cut"},
    {"log", RMF_OPTION_CHOICE, "none", 0, 0, "none|x|y|xy", "logarithmic axes"},
    {0}};

/* ---- reading ---- */

static rmf_status read_settings(const char *name, rmf_settings *settings)
{
    size_t count;
    const rmf_experiment_text *known = rmf_experiment_registry(&count);
    const char *names[64] = {0};
    for (size_t i = 0; i < count; i++) {
        if (i < 63) names[i] = known[i].name;
        if (strcmp(known[i].name, name) == 0)
            return rmf_yaml_parse(known[i].yaml, strlen(known[i].yaml), name, settings);
    }
    if (rmf_file_exists(name)) return rmf_yaml_read(name, settings);
    const char *near = rmf_nearest(name, names);
    return rmf_fail(RMF_ERR_USAGE,
                    "\"%s\" is no experiment and no file; %s%s%sramify list experiment shows all",
                    name, near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "");
}

/* The distinct parts of keys between "SECTION." and the next dot (the end, where `whole`). */
static rmf_status name_parts(rmf_experiment *e, const char *section, bool whole, rmf_names *out)
{
    const size_t keys = rmf_settings_count(e->settings), prefix = strlen(section) + 1;
    void *names;
    RMF_TRY(rmf_arena_alloc(e->arena, keys, sizeof(char *), &names));
    *out = (rmf_names){names, 0};
    for (size_t i = 0; i < keys; i++) {
        const char *key = rmf_settings_key(e->settings, i);
        if (strncmp(key, section, prefix - 1) != 0 || key[prefix - 1] != '.') continue;
        const size_t length = whole ? strlen(key + prefix) : strcspn(key + prefix, ".");
        const char *last = out->count ? out->name[out->count - 1] : "";
        if (strncmp(last, key + prefix, length) == 0 && last[length] == '\0') continue;
        RMF_TRY(
            rmf_arena_print(e->arena, &out->name[out->count++], "%.*s", (int)length, key + prefix));
    }
    return RMF_OK;
}

const char *rmf_experiment_place(const rmf_experiment *e, const char *section, const char *name,
                                 const char *key)
{
    char *full;
    if (rmf_arena_print(e->arena, &full, "%s.%s.%s", section, name, key) != RMF_OK) return "";
    const char *place = rmf_settings_place(e->settings, full);
    return place ? place : full;
}

const char *rmf_experiment_text_of(const rmf_experiment *e, const char *section, const char *name,
                                   const char *key)
{
    char *full;
    if (rmf_arena_print(e->arena, &full, "%s.%s.%s", section, name, key) != RMF_OK) return NULL;
    return rmf_settings_text(e->settings, full);
}

/* ---- checking ---- */

static rmf_status need(const rmf_experiment *e, const char *section, const char *name,
                       const char *key)
{
    if (rmf_experiment_text_of(e, section, name, key)) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: %s.%s has no key \"%s\"; expected one",
                    rmf_settings_place(e->settings, rmf_settings_key(e->settings, 0)), section,
                    name, key);
}

static rmf_status check_parts(const rmf_experiment *e, const char *section, const rmf_names *names,
                              const rmf_option *options, const char *const *needed)
{
    for (size_t i = 0; i < names->count; i++) {
        char *prefix;
        RMF_TRY(rmf_arena_print(e->arena, &prefix, "%s.%s.", section, names->name[i]));
        RMF_TRY(rmf_settings_check(e->settings, prefix, options, NULL));
        for (const char *const *key = needed; *key; key++)
            RMF_TRY(need(e, section, names->name[i], *key));
    }
    return RMF_OK;
}

/* Figures name a table and its columns. */
static rmf_status check_figure(const rmf_experiment *e, const char *figure)
{
    static const char *const columns[] = {"x", "y", "by", "level"};
    const char *table = rmf_experiment_text_of(e, "figures", figure, "table");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *column = rmf_experiment_text_of(e, "figures", figure, columns[i]);
        char *key;
        if (!column) continue;
        RMF_TRY(rmf_arena_print(e->arena, &key, "columns.%s", column));
        if (!rmf_experiment_text_of(e, "tables", table, key))
            return rmf_fail(RMF_ERR_USAGE, "%s: table \"%s\" has no column \"%s\"",
                            rmf_experiment_place(e, "figures", figure, columns[i]), table, column);
    }
    return RMF_OK;
}

/* A name that becomes a file or folder within ours, and no way out of it. */
static rmf_status check_name(const char *name, const char *place)
{
    if (name[0] != '\0' && name[0] != '.' && !strpbrk(name, "/'\n")) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: name is \"%s\"; expected a name for a file or folder",
                    place, name);
}

static rmf_status check_names(const rmf_experiment *e)
{
    RMF_TRY(check_name(rmf_settings_text(e->settings, "name"),
                       rmf_settings_place(e->settings, "name")));
    for (size_t i = 0; i < e->figures.count; i++)
        RMF_TRY(check_name(e->figures.name[i],
                           rmf_experiment_place(e, "figures", e->figures.name[i], "table")));
    for (size_t i = 0; i < e->pictures.count; i++) {
        char *key;
        RMF_TRY(rmf_arena_print(e->arena, &key, "pictures.%s", e->pictures.name[i]));
        RMF_TRY(check_name(e->pictures.name[i], rmf_settings_place(e->settings, key)));
    }
    return RMF_OK;
}

static rmf_status check(rmf_experiment *e)
{
    static const char *const of_step[] = {"run", NULL}, *const of_table[] = {NULL},
                             *const of_figure[] = {"table", "x", "y", NULL};
    if (rmf_settings_count(e->settings) == 0)
        return rmf_fail(RMF_ERR_USAGE, "no key; expected name, steps and tables");
    RMF_TRY(rmf_settings_check(e->settings, "", top_options, NULL));
    if (!rmf_settings_text(e->settings, "name") || e->steps.count == 0)
        return rmf_fail(RMF_ERR_USAGE, "%s: an experiment needs a name and steps",
                        rmf_settings_place(e->settings, rmf_settings_key(e->settings, 0)));
    RMF_TRY(check_parts(e, "steps", &e->steps, step_options, of_step));
    RMF_TRY(check_parts(e, "tables", &e->tables, table_options, of_table));
    RMF_TRY(check_parts(e, "figures", &e->figures, figure_options, of_figure));
    for (size_t i = 0; i < e->figures.count; i++)
        RMF_TRY(check_figure(e, e->figures.name[i]));
    return check_names(e);
}

rmf_status rmf_experiment_open(const char *name, rmf_experiment *out)
{
    *out = (rmf_experiment){0};
    rmf_status s = rmf_arena_create(&out->arena);
    if (s == RMF_OK) s = rmf_settings_create(&out->settings);
    if (s == RMF_OK) s = read_settings(name, out->settings);
    if (s == RMF_OK) s = name_parts(out, "steps", false, &out->steps);
    if (s == RMF_OK) s = name_parts(out, "tables", false, &out->tables);
    if (s == RMF_OK) s = name_parts(out, "figures", false, &out->figures);
    if (s == RMF_OK) s = name_parts(out, "pictures", true, &out->pictures);
    if (s == RMF_OK) s = check(out);
    if (s != RMF_OK) rmf_experiment_close(out);
    return s;
}

void rmf_experiment_close(rmf_experiment *experiment)
{
    rmf_settings_free(experiment->settings);
    rmf_arena_free(experiment->arena);
    *experiment = (rmf_experiment){0};
}
