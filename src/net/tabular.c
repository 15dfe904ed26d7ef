/* net/tabular.c – residual perceptron for tables, conditioned on noise level and branch. */
#include "net/layers.h"
#include "net/lists.h"
#include "net/registry.h"

enum { BANK_FILM = 1, BANK_ADAPTER = 2, BANK_BLOCK = 4, BANK_HEAD = 8 };
static const char *const bank_names[] = {"film", "adapter", "block", "head", NULL};

static const rmf_option options[] = {
    {"width", RMF_OPTION_INT, "512", 4, 16384, NULL, "units of every layer"},
    {"blocks", RMF_OPTION_INT, "3", 1, 64, NULL, "residual blocks of two layers"},
    RMF_EMBEDDING_OPTIONS,
    {"banks", RMF_OPTION_LIST, "film,head", 0, 0, NULL,
     "what each branch has of its own: film (a vector added to the noise embedding), adapter (a "
     "small residual block), block (the last residual block), head (the last layer)"},
    {"adapter", RMF_OPTION_INT, "32", 1, 4096, NULL, "hidden units of a branch's adapter"},
    {0}};

static rmf_status check(const rmf_settings *settings, const rmf_net_shape *shape)
{
    unsigned banks;
    return rmf_list_banks(settings, bank_names, shape->bank_rows, &banks);
}

typedef struct block_sizes {
    int64_t width, hidden, embedding;
} block_sizes;

/* x + W2·silu(W1·modulate(x)).  There is no norm inside a block, only before the head: on Letters
 * (26 classes, width 256, equal steps) the held-out denoising error at σ = 0.7 was 0.399 without
 * and 0.407 with it, and a norm loses the size of x, which carries information in few dimensions.
 */
static rmf_node *residual(const rmf_stage *stage, rmf_node *x, rmf_node *condition,
                          const block_sizes *size)
{
    rmf_tape *tape = stage->tape;
    const rmf_stage film = rmf_stage_child(stage, "film"), first = rmf_stage_child(stage, "dense1"),
                    second = rmf_stage_zero(rmf_stage_child(stage, "dense2"));
    rmf_modulation m = rmf_layer_modulation(&film, condition, size->embedding, size->width);
    rmf_node *h = rmf_modulate(tape, x, m.scale, m.shift);
    h = rmf_layer_dense(&first, h, size->width, size->hidden);
    h = rmf_layer_dense(&second, rmf_activate(tape, h, RMF_SILU), size->hidden, size->width);
    return rmf_add(tape, x, h);
}

/* The same with the branch's own narrow layers and no condition: linear in size, not square. */
static rmf_node *adapt(const rmf_stage *stage, rmf_node *x, int64_t width, int64_t hidden)
{
    const rmf_stage first = rmf_stage_child(stage, "dense1"),
                    second = rmf_stage_zero(rmf_stage_child(stage, "dense2"));
    rmf_node *h = rmf_layer_dense(&first, x, width, hidden);
    h = rmf_layer_dense(&second, rmf_activate(stage->tape, h, RMF_SILU), hidden, width);
    return rmf_add(stage->tape, x, h);
}

static rmf_node *build(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs)
{
    unsigned banks;
    if (rmf_list_banks(settings, bank_names, shape->bank_rows, &banks) != RMF_OK) return NULL;
    const int64_t width = rmf_settings_int(settings, "net.width", 0),
                  blocks = rmf_settings_int(settings, "net.blocks", 0),
                  features = rmf_net_features(shape);
    const block_sizes size = {width, width, rmf_settings_int(settings, "net.embedding", 0)};
    const rmf_stage root = {.tape = tape, .init = RMF_LAYER_SCALED};
    const rmf_stage embedding = rmf_stage_child(&root, "condition"),
                    input = rmf_stage_child(&root, "input");
    rmf_node *condition =
        rmf_layer_condition(&embedding, settings, inputs->noise, banks & BANK_FILM);
    rmf_node *h = rmf_layer_flatten(tape, inputs->x, shape);
    h = rmf_layer_dense(&input, h, features, width);
    for (int64_t i = 0; i < blocks; i++) {
        const bool own = i == blocks - 1 && (banks & BANK_BLOCK);
        rmf_stage block = rmf_stage_banked(rmf_stage_child(&root, "block%d", (int)i), own);
        h = residual(&block, h, condition, &size);
    }
    if (banks & BANK_ADAPTER) {
        rmf_stage adapter = rmf_stage_banked(rmf_stage_child(&root, "adapter"), true);
        h = adapt(&adapter, h, width, rmf_settings_int(settings, "net.adapter", 0));
    }
    rmf_stage head = rmf_stage_banked(rmf_stage_child(&root, "head"), banks & BANK_HEAD);
    rmf_stage norm = rmf_stage_child(&head, "norm"),
              last = rmf_stage_zero(rmf_stage_child(&head, "dense"));
    h = rmf_layer_norm(&norm, h, width, 1, RMF_SILU);
    return rmf_layer_unflatten(tape, rmf_layer_dense(&last, h, width, features), shape);
}

const rmf_net_ops rmf_net_tabular = {
    .name = "tabular",
    .summary = "residual perceptron for tables",
    .source = "own design: residual layers (He et al. 2016), conditioning of Perez et al. "
              "2018",
    .options = options,
    .check = check,
    .build = build};
