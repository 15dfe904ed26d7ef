/* eval/pairs.c – choosing the objects to compare; the rules are in pairs.h. */
#include "eval/pairs.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

rmf_status rmf_eval_judge(rmf_eval_data *data, const rmf_progress *progress)
{
    if (data->judge.classifier) return RMF_OK;
    return rmf_judge_train(data->options, &data->real, data->train_apart ? &data->train : NULL,
                           progress, &data->judge);
}

rmf_status rmf_comparison_hits(const rmf_hits *hits, int class, const char *kind, rmf_arena *arena,
                               rmf_comparison *out)
{
    float *hit = NULL;
    *out = (rmf_comparison){.kind = kind};
    RMF_TRY(rmf_arena_alloc(arena, (size_t)hits->n, sizeof *hit, (void **)&hit));
    for (int64_t i = 0; i < hits->n; i++)
        if (hits->class[i] == class) hit[out->pair.a.n++] = hits->hit[i];
    out->pair.hit = hit;
    return RMF_OK;
}

static rmf_status take_train(const rmf_eval_data *data, int class, rmf_arena *arena, rmf_pair *pair)
{
    return rmf_classes_take(&data->train, class, 0, rmf_classes_size(&data->train, class), arena,
                            &pair->train);
}

rmf_status rmf_comparison_value(const rmf_eval_data *data, int class, enum rmf_metric_needs needs,
                                rmf_arena *arena, rmf_comparison *out)
{
    int64_t n =
        least(rmf_classes_size(&data->generated, class), rmf_classes_size(&data->real, class));
    *out = (rmf_comparison){.kind = "generated against real"};
    RMF_TRY(rmf_classes_take(&data->generated, class, 0, n, arena, &out->pair.a));
    RMF_TRY(rmf_classes_take(&data->real, class, 0, n, arena, &out->pair.b));
    return needs == RMF_NEEDS_TRAIN ? take_train(data, class, arena, &out->pair) : RMF_OK;
}

static rmf_status take_halves(const rmf_eval_data *data, int class, int64_t n, rmf_arena *arena,
                              rmf_comparison *out)
{
    int64_t half = least(n, rmf_classes_size(&data->real, class) / 2);
    out->kind = "halves of real";
    RMF_TRY(rmf_classes_take(&data->real, class, 0, half, arena, &out->pair.a));
    return rmf_classes_take(&data->real, class, half, half, arena, &out->pair.b);
}

rmf_status rmf_comparison_floor(const rmf_eval_data *data, int class, enum rmf_metric_needs needs,
                                rmf_arena *arena, rmf_comparison *out)
{
    int64_t real = rmf_classes_size(&data->real, class);
    int64_t n = least(rmf_classes_size(&data->generated, class), real);
    int64_t train = least(rmf_classes_size(&data->train, class), n);
    *out = (rmf_comparison){0};
    if (needs == RMF_NEEDS_TRAIN) {
        RMF_TRY(take_halves(data, class, n, arena, out));
        return take_train(data, class, arena, &out->pair);
    }
    if (!data->train_apart || data->train_known || train < 2)
        return take_halves(data, class, n, arena, out);
    out->kind = "train against real";
    RMF_TRY(rmf_classes_take(&data->train, class, 0, train, arena, &out->pair.a));
    return rmf_classes_take(&data->real, class, 0, train, arena, &out->pair.b);
}
