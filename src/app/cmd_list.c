/* app/cmd_list.c – `ramify list [KIND]`: what this build knows, from its registries. */
#include "app/listing.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const struct argp argp = {
    rmf_look_options,
    rmf_parse_usual,
    "[KIND]",
    "List every process, sampler, network, data format, metric, device, recipe and "
    "recipe key of this build.  With KIND: one of them, with its options."
    "\vExample:\n  ramify list network",
    rmf_common_child,
    NULL,
    NULL};

static void print_entry(void *context, const rmf_entry *e)
{
    bool details = *(const bool *)context;
    printf("  %-20s %s%s%s%s\n", e->name, e->summary, e->source && details ? " (" : "",
           e->source && details ? e->source : "", e->source && details ? ")" : "");
    for (const rmf_option *o = details ? e->options : NULL; o && o->name; o++)
        printf("      %-20s %s%s%s%s%s\n", o->name, o->help, o->initial ? " [" : "",
               o->initial ? o->initial : "", o->initial ? "]" : "", o->choices ? "" : "");
}

static void add_entry(void *context, const rmf_entry *e)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "name", json_string(e->name));
    json_object_set_new(entry, "summary", json_string(e->summary));
    if (e->source) json_object_set_new(entry, "source", json_string(e->source));
    if (e->options) {
        json_t *options_json = json_array();
        for (const rmf_option *o = e->options; o->name; o++) {
            json_t *option = json_object();
            json_object_set_new(option, "name", json_string(o->name));
            json_object_set_new(option, "default",
                                o->initial ? json_string(o->initial) : json_null());
            json_object_set_new(option, "help", json_string(o->help));
            if (o->choices) json_object_set_new(option, "choices", json_string(o->choices));
            json_array_append_new(options_json, option);
        }
        json_object_set_new(entry, "options", options_json);
    }
    json_array_append_new(context, entry);
}

static rmf_status print_json(const rmf_kind *only)
{
    json_t *all = json_object();
    for (const rmf_kind *k = rmf_kinds; k->name; k++) {
        if (only && k != only) continue;
        json_t *list = json_array();
        k->walk(add_entry, list);
        json_object_set_new(all, k->name, list);
    }
    char *text = json_dumps(all, JSON_INDENT(1));
    json_decref(all);
    if (!text) return rmf_fail(RMF_ERR_MEMORY, "list: out of memory");
    printf("%s\n", text);
    free(text);
    return RMF_OK;
}

static rmf_status run(const void *args)
{
    const rmf_usual_args *a = args;
    const rmf_kind *only = a->operand ? rmf_kind_find(a->operand) : NULL;
    if (a->operand && !only) {
        const char *names[32] = {0};
        for (int i = 0; i < 31 && rmf_kinds[i].name; i++)
            names[i] = rmf_kinds[i].name;
        const char *near = rmf_nearest(a->operand, names);
        return rmf_fail(RMF_ERR_USAGE, "unknown kind \"%s\"; %s%s%s", a->operand,
                        near ? "did you mean \"" : "ramify list shows them all", near ? near : "",
                        near ? "\"?" : "");
    }
    if (a->json) return print_json(only);
    bool details = only != NULL;
    for (const rmf_kind *k = rmf_kinds; k->name; k++) {
        if (only && k != only) continue;
        printf("%s – %s\n", k->name, k->summary);
        k->walk(print_entry, &details);
    }
    return RMF_OK;
}

const rmf_command rmf_command_list = {
    "list", "what this build knows", &argp, sizeof(rmf_usual_args), NULL, run};
