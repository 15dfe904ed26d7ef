/* app/labelled.c – objects of a run's held-out part or of DATA, as `likelihood` and `classify` take
 * them. */
#include "app/labelled.h"

#include <math.h>
#include <string.h>

enum { EXACT_FEATURES = 64, USUAL_PROBES = 4, ASK_BLOCK = 64 };

error_t rmf_parse_ask(int key, char *arg, struct argp_state *state, rmf_ask_args *args)
{
    switch (key) {
    case RMF_KEY_DATA:
        args->data = arg;
        return 0;
    case RMF_KEY_LABEL:
        args->label = arg;
        return 0;
    case RMF_KEY_ASK_CLASSES:
        args->request.classes = arg;
        return 0;
    case RMF_KEY_COUNT:
        return rmf_arg_int("--count", arg, 1, INT64_C(1000000000), &args->count);
    case RMF_KEY_PROBES:
        return rmf_arg_int("--probes", arg, 0, 10000, &args->probes);
    case RMF_KEY_DEQUANTISE:
        args->dequantise = arg;
        return rmf_arg_choice("--dequantise", arg, "auto|none|uniform");
    default:
        return rmf_parse_draw(key, arg, state, &args->request);
    }
}

const char *rmf_dequantisation_name(const rmf_asked *asked)
{
    return asked->dequantised ? "uniform" : "none";
}

/* ---- which objects ---- */

static rmf_status read_objects(const rmf_ask_args *args, bool needs_run, rmf_asked *a)
{
    if (!args->data || needs_run) RMF_TRY(rmf_real_read_model(a->model, &a->real));
    if (args->data) {
        const rmf_data_args from = {.data = args->data, .label = args->label};
        RMF_TRY(rmf_data_read(&from, &a->data));
    } else {
        rmf_dataset *part = a->real.held_out.n > 0 ? &a->real.held_out : &a->real.train;
        if (part == &a->real.train)
            return rmf_fail(RMF_ERR_USAGE,
                            "the run held nothing out; expected --data DATA with objects that it "
                            "has not seen (its own: --data %s)",
                            part->source);
        a->data = *part;
        *part = (rmf_dataset){0};
    }
    if (a->data.features != rmf_model_features(a->model))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: objects have %lld features but those of the model %lld; expected the "
                        "same",
                        a->data.source, (long long)a->data.features,
                        (long long)rmf_model_features(a->model));
    return RMF_OK;
}

int rmf_asked_place(const rmf_asked *asked, const char *name)
{
    for (int i = 0; i < asked->n_classes; i++)
        if (strcmp(asked->name[i], name) == 0) return i;
    return -1;
}

/* Labels by the model's classes; of each class the first `count` objects stay. */
static rmf_status choose_objects(rmf_asked *a, int64_t count)
{
    rmf_dataset *data = &a->data;
    const size_t row = (size_t)data->features * sizeof *data->x;
    const int all = rmf_tree_class_count(a->sampling.tree);
    int64_t *seen = NULL, kept = 0, known = 0;
    RMF_TRY(rmf_alloc((size_t)data->n_classes, sizeof *seen, (void **)&seen));
    rmf_status status = rmf_alloc((size_t)data->n, sizeof *a->label, (void **)&a->label);
    for (int64_t i = 0; status == RMF_OK && i < data->n; i++) {
        if (count > 0 && seen[data->label[i]]++ >= count) continue;
        a->label[kept] = rmf_asked_place(a, data->class_name[data->label[i]]);
        if (a->label[kept] < 0 && a->n_classes < all) continue; /* not asked for */
        known += a->label[kept] >= 0;
        memmove(data->x + kept * data->features, data->x + i * data->features, row);
        data->label[kept++] = data->label[i];
    }
    rmf_free(seen);
    RMF_TRY(status);
    data->n = kept;
    return known > 0 ? RMF_OK
                     : rmf_fail(RMF_ERR_FORMAT,
                                "%s: no object of a class that is asked for, such as \"%s\"; "
                                "expected some: check the labels",
                                data->source, a->name[0]);
}

/* ---- in which units ---- */

static bool whole_numbers(const rmf_dataset *data)
{
    for (int64_t i = 0; i < data->n * data->features; i++)
        if (data->x[i] != rintf(data->x[i])) return false;
    return true;
}

static rmf_status choose_units(const char *wish, rmf_asked *a)
{
    rmf_dataset *data = &a->data;
    const bool whole = whole_numbers(data);
    if (strcmp(wish, "uniform") == 0 && !whole)
        return rmf_fail(RMF_ERR_USAGE,
                        "--dequantise uniform: %s holds numbers that are not whole; expected none",
                        data->source);
    a->dequantised =
        strcmp(wish, "none") != 0 && whole && (data->rank == 3 || strcmp(wish, "uniform") == 0);
    if (a->dequantised) rmf_dequantise(data->x, data->n, data->features, a->sampling.seed);
    a->volume = rmf_normalisation_log_volume(rmf_model_normalisation(a->model), data->features);
    return RMF_OK;
}

/* ---- the whole ---- */

static rmf_status open_model(const rmf_ask_args *args, rmf_asked *a)
{
    rmf_sample_request request = args->request;
    if (!request.sampler) request.sampler = "rk23";
    RMF_TRY(rmf_model_open(request.run, request.weights, request.device, &a->model));
    const rmf_tree *tree = rmf_model_tree(a->model);
    RMF_TRY(rmf_request_sampling(&request, rmf_model_settings(a->model), &a->sampling));
    RMF_TRY(rmf_choose_classes(tree, request.classes, &a->classes, &a->n_classes));
    RMF_TRY(rmf_alloc((size_t)a->n_classes, sizeof *a->name, (void **)&a->name));
    for (int i = 0; i < a->n_classes; i++)
        a->name[i] = rmf_tree_class_name(tree, a->classes[i]);
    RMF_TRY(rmf_model_pullback_score(a->model, ASK_BLOCK, &a->score));
    a->sampling.tree = tree;
    a->sampling.sde = rmf_model_sde(a->model);
    a->sampling.score = &a->score.score;
    a->sampling.guidance = 0;
    a->sampling.classes = a->classes;
    a->sampling.n_classes = a->n_classes;
    return RMF_OK;
}

static rmf_status open_all(const rmf_ask_args *args, bool needs_run, rmf_asked *a)
{
    RMF_TRY(open_model(args, a));
    RMF_TRY(read_objects(args, needs_run, a));
    RMF_TRY(choose_objects(a, args->count));
    RMF_TRY(choose_units(args->dequantise, a));
    rmf_normalisation_apply(rmf_model_normalisation(a->model), a->data.x, a->data.n,
                            a->data.features);
    a->probes = args->probes >= 0                    ? (int)args->probes
                : a->data.features <= EXACT_FEATURES ? 0
                                                     : USUAL_PROBES;
    return RMF_OK;
}

/* The sampling points into the struct, so it is filled in place. */
rmf_status rmf_asked_open(const rmf_ask_args *args, bool needs_run, rmf_asked *out)
{
    *out = (rmf_asked){0};
    rmf_status status = open_all(args, needs_run, out);
    if (status != RMF_OK) rmf_asked_free(out);
    return status;
}

void rmf_asked_free(rmf_asked *asked)
{
    rmf_real_free(&asked->real);
    rmf_dataset_free(&asked->data);
    rmf_free(asked->label);
    rmf_free(asked->classes);
    rmf_free(asked->name);
    rmf_model_free(asked->model);
    *asked = (rmf_asked){0};
}
