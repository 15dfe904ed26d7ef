/* net/paper_tabular.c – the published perceptron for tables: its first two dense layers serve all
 * branches, the last two are banks. */
#include "net/layers.h"
#include "net/registry.h"

enum { WIDTH = 256 };
#define DEVIATION 30.0

static const rmf_option options[] = {{0}};

static rmf_node *build(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs)
{
    (void)settings;
    const int64_t features = rmf_net_features(shape);
    const rmf_stage root = {.tape = tape, .init = RMF_LAYER_PYTORCH};
    const rmf_stage time = rmf_stage_child(&root, "time"), time1 = rmf_stage_child(&root, "time1"),
                    time2 = rmf_stage_child(&root, "time2"),
                    input = rmf_stage_child(&root, "input");
    rmf_node *e = rmf_layer_fourier(&time, inputs->t, WIDTH / 2, DEVIATION);
    e = rmf_activate(tape, rmf_layer_dense(&time1, e, WIDTH, WIDTH), RMF_SILU);
    e = rmf_layer_dense(&time2, e, WIDTH, WIDTH);

    rmf_node *h = rmf_layer_flatten(tape, inputs->x, shape);
    h = rmf_add(tape, rmf_layer_dense(&input, h, features, WIDTH), e);
    for (int i = 1; i <= 3; i++) {
        rmf_stage dense = rmf_stage_banked(rmf_stage_child(&root, "dense%d", i), i == 3);
        h = rmf_activate(tape, rmf_layer_dense(&dense, h, WIDTH, WIDTH), RMF_RELU);
    }
    rmf_stage last = rmf_stage_banked(rmf_stage_child(&root, "dense4"), true);
    return rmf_layer_unflatten(tape, rmf_layer_dense(&last, h, WIDTH, features), shape);
}

const rmf_net_ops rmf_net_paper_tabular = {.name = "paper-tabular",
                                           .summary =
                                               "the published perceptron for tables, width 256",
                                           .source = "Tseng et al. 2024, MultitaskTabularNet",
                                           .options = options,
                                           .build = build};
