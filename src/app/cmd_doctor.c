/* app/cmd_doctor.c – `ramify doctor`: what this build and machine can do, and what is missing. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct argp argp = {
    rmf_look_options,
    rmf_parse_usual,
    NULL,
    "Say what this build and machine can do.  Exit code 0: training and sampling can run."
    "\vExample:\n  ramify doctor",
    rmf_common_child,
    NULL,
    NULL};

static void add_processor(json_t *facts)
{
    char name[200];
    rmf_processor(name, sizeof name);
    json_object_set_new(facts, "processor", json_string(name));
    json_t *sets = json_array();
    for (int i = 0; rmf_instruction_set(i); i++)
        json_array_append_new(sets, json_string(rmf_instruction_set(i)));
    json_object_set_new(facts, "instruction_sets", sets);
    json_object_set_new(facts, "threads", json_integer(rmf_threads()));
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
    json_object_set_new(facts, "memory_gib", json_real((double)pages * (double)size / (1 << 30)));
}

/* Every back end, and why it can't be used where it can't. */
static bool add_devices(json_t *facts)
{
    json_t *list = json_array();
    bool any = false;
    for (size_t i = 0; rmf_device_registry()[i]; i++) {
        const rmf_device_kind *kind = rmf_device_registry()[i];
        char why[256] = "";
        bool good = !kind->available || kind->available(why, sizeof why);
        rmf_device *dev = NULL;
        if (good && rmf_device_open(kind->name, &dev) != RMF_OK) {
            good = false;
            snprintf(why, sizeof why, "%s", rmf_message());
        }
        if (dev && !any) /* what `auto` takes */
            json_object_set_new(facts, "precision", json_string(dev->bf16 ? "bf16" : "f32"));
        json_t *entry = json_object();
        rmf_device_close(dev);
        any |= good;
        json_object_set_new(entry, "name", json_string(kind->name));
        json_object_set_new(entry, "summary", json_string(kind->summary));
        json_object_set_new(entry, "available", json_boolean(good));
        if (!good) json_object_set_new(entry, "why_not", json_string(why));
        json_array_append_new(list, entry);
    }
    json_object_set_new(facts, "devices", list);
    return any;
}

/* What the build has and lacks. */
static void add_build(json_t *facts)
{
    static const char *const libraries[] = {RMF_LIBRARY_NAMES};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        json_array_append_new(list, json_string(libraries[i]));
    json_object_set_new(facts, "libraries", list);
    json_object_set_new(facts, "gpu", json_string("not in this build"));
    json_object_set_new(facts, "mpi", json_string("not in this build"));
}

static void print_facts(const json_t *facts)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)facts, key, value)
    {
        if (json_is_string(value)) printf("%-18s %s\n", key, json_string_value(value));
        if (json_is_integer(value))
            printf("%-18s %lld\n", key, (long long)json_integer_value(value));
        if (json_is_real(value)) printf("%-18s %.1f\n", key, json_real_value(value));
        if (!json_is_array(value)) continue;
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *e = json_array_get(value, i);
            const char *why = json_string_value(json_object_get(e, "why_not"));
            if (json_is_string(e))
                printf("%-18s %s\n", key, json_string_value(e));
            else
                printf("%-18s %s: %s%s%s\n", key, json_string_value(json_object_get(e, "name")),
                       json_string_value(json_object_get(e, "summary")), why ? "; not here: " : "",
                       why ? why : "");
        }
    }
}

static rmf_status run(const void *args)
{
    const rmf_usual_args *a = args;
    json_t *facts = json_object();
    json_object_set_new(facts, "version", json_string(rmf_version()));
    json_object_set_new(facts, "commit", json_string(rmf_commit()));
    add_processor(facts);
    bool good = add_devices(facts);
    add_build(facts);
    json_object_set_new(
        facts, "data_folder",
        json_string(getenv("RAMIFY_DATA") ? getenv("RAMIFY_DATA") : "RAMIFY_DATA is not set"));
    if (a->json) {
        char *text = json_dumps(facts, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
        printf("%s\n", text ? text : "{}");
        free(text);
    } else {
        print_facts(facts);
        printf("%s\n", good ? "training and sampling can run" : "no back end can run");
    }
    json_decref(facts);
    return good ? RMF_OK
                : rmf_fail(RMF_ERR_UNSUPPORTED, "doctor: no back end can run on this machine");
}

const rmf_command rmf_command_doctor = {
    "doctor", "what this machine can do", &argp, sizeof(rmf_usual_args), NULL, run};
