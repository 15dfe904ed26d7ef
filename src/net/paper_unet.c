/* net/paper_unet.c – the published image U-Net (28×28×1): time as channels beside every layer's
 * input, encoder shared, decoder a bank.
 *
 * A layer sees concat(x, e tiled over all pixels).  Its convolution is linear, so it is the sum of
 * one over x and one over the tiled e; without padding the latter is the same at every pixel, and a
 * 3×3 tile of e gives that one value.  The encoder does it this way: the same numbers as with the
 * whole image tiled (up to rounding), at half the multiply-adds.  In the decoder's transposed
 * convolutions it would hold only away from borders, so there e is really tiled.
 *
 * In the label-guided form everything is shared, and e has a vector of the branch beside that of
 * time.
 */
#include "net/layers.h"
#include "net/lists.h"
#include "net/registry.h"

#include <inttypes.h>

enum { SIDE = 28, TIME = 32, LABEL = 32, KERNEL = 3 };

enum { BANK_DECODER = 1, BANK_LABEL = 2 };
static const char *const bank_names[] = {"decoder", "label", NULL};

static const rmf_option options[] = {
    {"banks", RMF_OPTION_LIST, "decoder", 0, 0, NULL,
     "what each branch has of its own: decoder (all of it), label (a vector beside time: the "
     "published label-guided network)"},
    {0}};

/* What every layer is told beside its input. */
typedef struct beside {
    rmf_node *time, *label; /* label: NULL if there is none */
    int64_t channels;
} beside;

/* One row a layer. */
typedef struct unet_layer {
    int64_t in, out, groups;
    int stride, output_padding;
} unet_layer;

static const unet_layer encoder[] = {
    {1, 32, 4, 1, 0}, {32, 64, 32, 2, 0}, {64, 128, 32, 2, 0}, {128, 256, 32, 2, 0}};
/* The input of all but the first has the encoder's output of the same side beside it. */
static const unet_layer decoder[] = {
    {256, 128, 32, 2, 0}, {256, 64, 32, 2, 1}, {128, 32, 32, 2, 1}, {64, 1, 0, 1, 0}};

static rmf_status check(const rmf_settings *settings, const rmf_net_shape *shape)
{
    const int64_t *s = shape->shape;
    unsigned banks;
    if (shape->rank == 3 && s[0] == SIDE && s[1] == SIDE && s[2] == 1)
        return rmf_list_banks(settings, bank_names, shape->bank_rows, &banks);
    if (shape->rank == 1)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "paper-unet: objects are tables of %" PRId64
                        " features; expected images of 28×28×1; use net.name tabular",
                        s[0]);
    return rmf_fail(RMF_ERR_UNSUPPORTED,
                    "paper-unet: images are %" PRId64 "×%" PRId64 "×%" PRId64
                    "; expected 28×28×1; use net.name unet",
                    s[0], s[1], s[2]);
}

/* A stage's own 32 numbers of time, and 32 of the label. */
static rmf_node *beside_channels(const rmf_stage *stage, const beside *e)
{
    const rmf_stage time = rmf_stage_child(stage, "time"), label = rmf_stage_child(stage, "label");
    rmf_node *channels = rmf_layer_dense(&time, e->time, 2, TIME);
    if (!e->label) return channels;
    return rmf_concat(stage->tape, channels, rmf_layer_dense(&label, e->label, LABEL, LABEL));
}

static rmf_node *encode(const rmf_stage *stage, rmf_node *x, const beside *e, const unet_layer *l)
{
    rmf_tape *tape = stage->tape;
    const int64_t fan_in = KERNEL * KERNEL * (l->in + e->channels);
    rmf_node *w =
        rmf_layer_weight(stage, "weight", 4, (int64_t[]){KERNEL, KERNEL, l->in, l->out}, fan_in);
    rmf_node *w_beside = rmf_layer_weight(stage, "time_weight", 4,
                                          (int64_t[]){KERNEL, KERNEL, e->channels, l->out}, fan_in);
    rmf_node *shift = rmf_tile(tape, beside_channels(stage, e), KERNEL, KERNEL);
    shift = rmf_conv2d(tape, shift, w_beside, NULL, (rmf_conv_options){.stride = 1});
    shift = rmf_pixel_mean(tape, shift); /* of its single pixel */
    x = rmf_conv2d(tape, x, w, NULL, (rmf_conv_options){.stride = l->stride});
    rmf_stage norm = rmf_stage_child(stage, "norm");
    return rmf_layer_norm_film(
        &norm, x, l->out,
        (rmf_norm_film){.groups = l->groups, .activation = RMF_SILU, .offset = shift});
}

/* What a decoder's convolution sees in all but the last layer; `skip` is NULL in the first. */
static rmf_node *joined(const rmf_stage *stage, rmf_node *x, rmf_node *skip, rmf_node *channels)
{
    return skip ? rmf_concat_three(stage->tape, x, skip, channels)
                : rmf_concat(stage->tape, x, channels);
}

static rmf_node *decode(const rmf_stage *stage, rmf_node *x, rmf_node *skip, const beside *e,
                        const unet_layer *l)
{
    const bool last = l->groups == 0; /* neither time, label nor norm, but a bias */
    if (!last) x = joined(stage, x, skip, beside_channels(stage, e));
    x = rmf_layer_conv(
        stage, x,
        &(rmf_layer_kernel){.height = KERNEL,
                            .width = KERNEL,
                            .in = last ? l->in : l->in + e->channels,
                            .out = l->out,
                            .transposed = true,
                            .no_bias = !last,
                            .options = {.stride = l->stride, .output_padding = l->output_padding},
                            .beside = last ? skip : NULL});
    if (last) return x;
    rmf_stage norm = rmf_stage_child(stage, "norm");
    return rmf_layer_norm(&norm, x, l->out, l->groups, RMF_SILU);
}

static rmf_node *build(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs)
{
    unsigned banks;
    if (rmf_list_banks(settings, bank_names, shape->bank_rows, &banks) != RMF_OK) return NULL;
    const rmf_stage root = {.tape = tape, .init = RMF_LAYER_PYTORCH};
    const rmf_stage time = rmf_stage_child(&root, "time"), label = rmf_stage_child(&root, "label");
    beside e = {.time = rmf_layer_fourier(&time, inputs->t, 1, 0), .channels = TIME};
    if (banks & BANK_LABEL) {
        e.label = rmf_layer_label(&label, inputs->x, LABEL);
        e.channels += LABEL;
    }
    rmf_node *h = inputs->x, *level[4];
    for (int i = 0; i < 4; i++) {
        rmf_stage stage = rmf_stage_child(&root, "encoder%d", i + 1);
        h = level[i] = encode(&stage, h, &e, &encoder[i]);
    }
    for (int i = 0; i < 4; i++) {
        rmf_stage stage =
            rmf_stage_banked(rmf_stage_child(&root, "decoder%d", i + 1), banks & BANK_DECODER);
        h = decode(&stage, h, i > 0 ? level[3 - i] : NULL, &e, &decoder[i]);
    }
    return h;
}

const rmf_net_ops rmf_net_paper_unet = {
    .name = "paper-unet",
    .summary = "the published U-Net for 28x28 grey images, a decoder a branch",
    .source = "Tseng et al. 2024, MultitaskMNISTUNetTimeConcat and LabelGuidedMNISTUNetTimeConcat",
    .options = options,
    .check = check,
    .build = build};
