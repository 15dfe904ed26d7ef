/* app/listing.c – everything that is registered, in one shape: for `list`, `show` and `doctor`. */
#include "app/listing.h"

#include <string.h>

/* Registries of pointers to tables that begin with name and summary differ only in type. */
#define VISIT_POINTERS(registry, with_source)                                                      \
    for (size_t i = 0; (registry)()[i]; i++)                                                       \
    visit(context, &(rmf_entry){.name = (registry)()[i]->name,                                     \
                                .summary = (registry)()[i]->summary,                               \
                                .source = with_source,                                             \
                                .options = NULL})

static void visit_sdes(rmf_visit visit, void *context)
{
    for (size_t i = 0; rmf_sde_registry()[i]; i++) {
        const rmf_sde_ops *o = rmf_sde_registry()[i];
        visit(context, &(rmf_entry){o->name, o->summary, o->source, o->options});
    }
}

static void visit_samplers(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_sampler_registry, rmf_sampler_registry()[i]->source);
}

static void visit_networks(rmf_visit visit, void *context)
{
    for (size_t i = 0; rmf_net_registry()[i]; i++) {
        const rmf_net_ops *o = rmf_net_registry()[i];
        visit(context, &(rmf_entry){o->name, o->summary, o->source, o->options});
    }
}

static void visit_formats(rmf_visit visit, void *context)
{
    for (size_t i = 0; rmf_dataset_registry()[i]; i++) {
        const rmf_dataset_ops *o = rmf_dataset_registry()[i];
        visit(context, &(rmf_entry){o->name, o->summary, o->source, o->options});
    }
}

static void visit_metrics(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_metric_registry, rmf_metric_registry()[i]->source);
}

static void visit_criteria(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_criterion_registry, rmf_criterion_registry()[i]->source);
}

static void visit_parametrisations(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_parametrisation_registry, rmf_parametrisation_registry()[i]->source);
}

static void visit_weights(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_weight_registry, rmf_weight_registry()[i]->source);
}

static void visit_devices(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_device_registry, NULL);
}

static void visit_benchmarks(rmf_visit visit, void *context)
{
    VISIT_POINTERS(rmf_bench_registry, NULL);
}

static void visit_recipes(rmf_visit visit, void *context)
{
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    for (size_t i = 0; i < count; i++)
        visit(context, &(rmf_entry){recipe[i].name, recipe[i].summary, NULL, NULL});
}

static void visit_experiments(rmf_visit visit, void *context)
{
    size_t count;
    const rmf_experiment_text *experiment = rmf_experiment_registry(&count);
    for (size_t i = 0; i < count; i++)
        visit(context, &(rmf_entry){experiment[i].name, experiment[i].summary, NULL, NULL});
}

static void visit_keys(rmf_visit visit, void *context)
{
    static const struct {
        const char *name, *summary;
        const rmf_option *options;
    } sections[] = {{"(top)", "keys without a section", rmf_recipe_options},
                    {"data", "what is read", rmf_data_options},
                    {"tree", "where branches part", rmf_tree_options},
                    {"train", "how training goes", rmf_train_options},
                    {"sample", "how samples are drawn", rmf_sampling_options},
                    {"eval", "how samples are judged", rmf_evaluation_options}};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        visit(context,
              &(rmf_entry){sections[i].name, sections[i].summary, NULL, sections[i].options});
}

const rmf_kind rmf_kinds[] = {
    {"sde", "forward processes", visit_sdes},
    {"sampler", "ways to integrate the reverse process", visit_samplers},
    {"network", "score networks", visit_networks},
    {"data-format", "what can be read", visit_formats},
    {"metric", "measures of quality", visit_metrics},
    {"criterion", "what tells classes apart in discovery", visit_criteria},
    {"parametrisation", "what a network predicts", visit_parametrisations},
    {"weight", "loss weights", visit_weights},
    {"device", "back ends", visit_devices},
    {"benchmark", "what can be measured", visit_benchmarks},
    {"recipe", "recipes that ramify carries", visit_recipes},
    {"experiment", "published experiments, for reproduce", visit_experiments},
    {"recipe-key", "sections of a recipe and their keys", visit_keys},
    {NULL, NULL, NULL},
};

const rmf_kind *rmf_kind_find(const char *name)
{
    for (const rmf_kind *k = rmf_kinds; k->name; k++) {
        size_t n = strlen(k->name);
        if (strcmp(k->name, name) == 0 ||
            (strncmp(k->name, name, n) == 0 && strcmp(name + n, "s") == 0))
            return k;
    }
    return NULL;
}
