/* net/paper_tabular.c – the published perceptron for tables: its first two dense layers serve all
 * branches, the last two are banks.  In its label-guided form all layers are shared, and a vector a
 * branch stands beside the first one's input. */
#include "net/layers.h"
#include "net/lists.h"
#include "net/registry.h"

enum { WIDTH = 256, LABEL = 32 };
#define DEVIATION 30.0

enum { BANK_DENSE = 1, BANK_LABEL = 2 };
static const char *const bank_names[] = {"dense", "label", NULL};

static const rmf_option options[] = {
    {"banks", RMF_OPTION_LIST, "dense", 0, 0, NULL,
     "what each branch has of its own: dense (the last two layers), label (a vector beside the "
     "first one's input: the published label-guided network)"},
    {0}};

static rmf_status check(const rmf_settings *settings, const rmf_net_shape *shape)
{
    unsigned banks;
    return rmf_list_banks(settings, bank_names, shape->bank_rows, &banks);
}

static rmf_node *build(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs)
{
    unsigned banks;
    if (rmf_list_banks(settings, bank_names, shape->bank_rows, &banks) != RMF_OK) return NULL;
    const int64_t features = rmf_net_features(shape);
    const rmf_stage root = {.tape = tape, .init = RMF_LAYER_PYTORCH};
    const rmf_stage time = rmf_stage_child(&root, "time"), time1 = rmf_stage_child(&root, "time1"),
                    time2 = rmf_stage_child(&root, "time2"),
                    input = rmf_stage_child(&root, "input"),
                    label = rmf_stage_child(&root, "label");
    rmf_node *e = rmf_layer_fourier(&time, inputs->t, WIDTH / 2, DEVIATION);
    e = rmf_activate(tape, rmf_layer_dense(&time1, e, WIDTH, WIDTH), RMF_SILU);
    e = rmf_layer_dense(&time2, e, WIDTH, WIDTH);

    rmf_node *h = rmf_layer_flatten(tape, inputs->x, shape);
    h = rmf_add(tape, rmf_layer_dense(&input, h, features, WIDTH), e);
    int64_t width = WIDTH;
    if (banks & BANK_LABEL) {
        h = rmf_concat(tape, h, rmf_layer_label(&label, h, LABEL));
        width += LABEL;
    }
    for (int i = 1; i <= 3; i++, width = WIDTH) {
        const bool own = i == 3 && (banks & BANK_DENSE);
        rmf_stage dense = rmf_stage_banked(rmf_stage_child(&root, "dense%d", i), own);
        h = rmf_activate(tape, rmf_layer_dense(&dense, h, width, WIDTH), RMF_RELU);
    }
    rmf_stage last = rmf_stage_banked(rmf_stage_child(&root, "dense4"), banks & BANK_DENSE);
    return rmf_layer_unflatten(tape, rmf_layer_dense(&last, h, WIDTH, features), shape);
}

const rmf_net_ops rmf_net_paper_tabular = {
    .name = "paper-tabular",
    .summary = "the published perceptron for tables, width 256",
    .source = "Tseng et al. 2024, MultitaskTabularNet and LabelGuidedTabularNet",
    .options = options,
    .check = check,
    .build = build};
