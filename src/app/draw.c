/* app/draw.c – sampling as commands ask for it: the model's recipe, with what options say on top.
 */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

rmf_status rmf_choose_class(const rmf_tree *tree, const char *option, const char *name, int *out)
{
    *out = rmf_tree_class_index(tree, name);
    if (*out >= 0) return RMF_OK;
    int n = rmf_tree_class_count(tree);
    const char **names = NULL;
    RMF_TRY(rmf_alloc((size_t)n + 1, sizeof *names, (void **)&names));
    for (int c = 0; c < n; c++)
        names[c] = rmf_tree_class_name(tree, c);
    const char *near = rmf_nearest(name, names);
    rmf_status s = rmf_fail(RMF_ERR_USAGE,
                            "%s: unknown class \"%s\"; expected one of the model's %d, "
                            "such as \"%s\"",
                            option, name, n, near ? near : names[0]);
    rmf_free(names);
    return s;
}

static rmf_status parse_classes(const rmf_tree *tree, char *list, int *chosen, int *count)
{
    char *rest = NULL;
    *count = 0;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*count == rmf_tree_class_count(tree))
            return rmf_fail(RMF_ERR_USAGE, "--classes: more names than the model has classes");
        RMF_TRY(rmf_choose_class(tree, "--classes", name, &chosen[*count]));
        for (int i = 0; i < *count; i++)
            if (chosen[i] == chosen[*count])
                return rmf_fail(RMF_ERR_USAGE, "--classes: \"%s\" is named twice", name);
        (*count)++;
    }
    return *count > 0 ? RMF_OK
                      : rmf_fail(RMF_ERR_USAGE, "--classes: no name; expected all or a,b,…");
}

rmf_status rmf_choose_classes(const rmf_tree *tree, const char *text, int **chosen, int *count)
{
    int n = rmf_tree_class_count(tree), found = n, *list = NULL;
    RMF_TRY(rmf_alloc((size_t)n, sizeof *list, (void **)&list));
    rmf_status s = RMF_OK;
    if (!text || strcmp(text, "all") == 0) {
        for (int c = 0; c < n; c++)
            list[c] = c;
    } else {
        char *copy = NULL;
        s = rmf_copy_text(text, &copy);
        if (s == RMF_OK) s = parse_classes(tree, copy, list, &found);
        rmf_free(copy);
    }
    if (s != RMF_OK) {
        rmf_free(list);
        return s;
    }
    *chosen = list;
    *count = found;
    return RMF_OK;
}

error_t rmf_parse_request(int key, char *arg, rmf_sample_request *request)
{
    double unused;
    switch (key) {
    case RMF_KEY_WEIGHTS:
        request->weights = arg;
        return rmf_arg_choice("--weights", arg, "ema|raw");
    case RMF_KEY_DEVICE:
        request->device = arg;
        return 0;
    case RMF_KEY_SAMPLER:
        request->sampler = arg;
        return 0;
    case RMF_KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, 1000000, &request->steps);
    case RMF_KEY_GUIDANCE:
        request->guidance = arg;
        return rmf_arg_real("--guidance", arg, -1, 100, &unused);
    case RMF_KEY_SAMPLE_SET:
        return rmf_arg_append("--set", arg, &request->set);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

error_t rmf_parse_draw(int key, char *arg, struct argp_state *state, rmf_sample_request *request)
{
    const rmf_usual_args *usual = state->input;
    error_t error;
    switch (key) {
    case RMF_KEY_DRAW_CLASSES:
        request->classes = arg;
        return 0;
    case RMF_KEY_DRAW_COUNT:
        return rmf_arg_int("--count", arg, 1, INT64_C(1000000000), &request->count);
    case RMF_KEY_INDEPENDENT:
        request->shared = 0;
        return 0;
    case RMF_KEY_ROUTED:
        request->routed = true;
        return 0;
    case ARGP_KEY_END:
        request->run = usual->operand;
        request->seed = usual->common.seed;
        return rmf_parse_usual(key, arg, state);
    default:
        error = rmf_parse_request(key, arg, request);
        return error == ARGP_ERR_UNKNOWN ? rmf_parse_usual(key, arg, state) : error;
    }
}

/* One text of --set; draws know the keys of sampling only. */
static rmf_status put_override(const char *text, rmf_settings *settings)
{
    if (strncmp(text, "sample.", 7) != 0 || !strchr(text, '='))
        return rmf_fail(RMF_ERR_USAGE, "--set: found \"%s\"; expected sample.KEY=VALUE", text);
    return rmf_settings_assign(settings, text, "--set");
}

static rmf_status put_request(const rmf_sample_request *request, rmf_settings *over)
{
    if (request->sampler)
        RMF_TRY(rmf_settings_put(over, "sample.sampler", request->sampler, "--sampler"));
    if (request->guidance)
        RMF_TRY(rmf_settings_put(over, "sample.guidance", request->guidance, "--guidance"));
    for (size_t i = 0; i < request->set.count; i++)
        RMF_TRY(put_override(request->set.text[i], over));
    return RMF_OK;
}

rmf_status rmf_request_sampling(const rmf_sample_request *request, const rmf_settings *recipe,
                                rmf_sampling *sampling)
{
    rmf_settings *over = NULL;
    RMF_TRY(rmf_settings_create(&over));
    rmf_status s = put_request(request, over);
    if (s == RMF_OK) s = rmf_sampling_over(recipe, over, sampling);
    rmf_settings_free(over);
    RMF_TRY(s);
    if (request->steps > 0) sampling->steps = (int)request->steps;
    if (request->count > 0) sampling->count = request->count;
    if (request->seed >= 0) sampling->seed = (uint64_t)request->seed;
    if (request->shared >= 0) sampling->shared = request->shared;
    sampling->recorder = request->recorder;
    return RMF_OK;
}

static rmf_status draw_routed(rmf_model *model, const rmf_sample_request *request,
                              const rmf_sampling *sampling, const rmf_progress *progress,
                              rmf_samples *out, rmf_sampling_report *report)
{
    rmf_heads *heads = NULL;
    char *path = NULL;
    if (request->classes && strcmp(request->classes, "all") != 0)
        return rmf_fail(RMF_ERR_USAGE,
                        "--classes is %s with --routed; expected all: where a sample goes is not "
                        "chosen",
                        request->classes);
    if (request->shared == 0)
        return rmf_fail(RMF_ERR_USAGE, "--independent and --routed are both given; expected one: "
                                       "routed samples are independent");
    if (request->recorder)
        return rmf_fail(RMF_ERR_USAGE, "--trajectory and --routed are both given; expected one: "
                                       "samples are put in order when all have arrived");
    RMF_TRY(rmf_heads_path(request->run, &path));
    rmf_status s = rmf_heads_read(path, model, &heads);
    if (s == RMF_OK) s = rmf_model_sample_routed(model, heads, sampling, progress, out, report);
    rmf_heads_free(heads);
    rmf_free(path);
    return s;
}

rmf_status rmf_draw(rmf_model *model, const rmf_sample_request *request,
                    const rmf_progress *progress, rmf_samples *out, rmf_sampling_report *report)
{
    rmf_sampling sampling = {0};
    int *classes = NULL;
    RMF_TRY(rmf_request_sampling(request, rmf_model_settings(model), &sampling));
    if (request->routed) return draw_routed(model, request, &sampling, progress, out, report);
    RMF_TRY(
        rmf_choose_classes(rmf_model_tree(model), request->classes, &classes, &sampling.n_classes));
    sampling.classes = classes;
    rmf_status s = rmf_model_sample(model, &sampling, progress, out, report);
    rmf_free(classes);
    return s;
}

rmf_status rmf_draw_compared(rmf_model *model, const rmf_real *real,
                             const rmf_sample_request *request, const rmf_progress *progress,
                             rmf_samples *out)
{
    rmf_sample_request counted = *request;
    rmf_sampling_report report;
    if (counted.count == 0) counted.count = rmf_settings_int(real->settings, "eval.count", 0);
    if (counted.count == 0) RMF_TRY(rmf_real_count(real, &counted.count));
    return rmf_draw(model, &counted, progress, out, &report);
}
