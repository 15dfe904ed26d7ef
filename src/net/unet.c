/* net/unet.c – residual U-Net for images of any size and number of channels, conditioned on noise
 * level and branch.
 *
 * Level l works on ⌈side / 2^l⌉ pixels with net.widths[l] channels.  Two things keep it cheap: the
 * step up narrows the channels *before* it repeats the pixels, where a product costs a quarter, and
 * net.patch lets the whole network run on a coarser grid than the image.  Odd sides round up on the
 * way down; on the way up a kernel of two pixels without padding takes off the one that is too
 * much.
 */
#include "net/layers.h"
#include "net/lists.h"
#include "net/registry.h"

#include <inttypes.h>

enum { LEVELS = 8, SMALLEST_SIDE = 2, SMALLEST_IMAGE = 4 };
enum { BANK_FILM = 1, BANK_HEAD = 2, BANK_LAST = 4, BANK_DECODER = 8 };
static const char *const bank_names[] = {"film", "head", "last", "decoder", NULL};

static const rmf_option options[] = {
    {"widths", RMF_OPTION_LIST, "32,64,96", 4, 2048, NULL,
     "channels of each level; every level has half the side of the one before"},
    {"blocks", RMF_OPTION_INT, "1", 1, 16, NULL, "residual blocks a level, down and up each"},
    {"attention", RMF_OPTION_LIST, NULL, 0, LEVELS - 1, NULL,
     "levels (0 = finest) with self-attention; unset: none"},
    {"heads", RMF_OPTION_INT, "4", 1, 64, NULL, "heads of each self-attention"},
    {"patch", RMF_OPTION_CHOICE, "1", 0, 0, "1|2|4",
     "pixels a side that become one on the finest level"},
    {"conditioning", RMF_OPTION_CHOICE, "film", 0, 0, "film|shift",
     "film: scale and shift after the norm; shift: before it (cheaper)"},
    {"skips", RMF_OPTION_CHOICE, "concat", 0, 0, "concat|add",
     "how the way up meets the way down; add: fewer channels to convolve"},
    RMF_EMBEDDING_OPTIONS,
    {"banks", RMF_OPTION_LIST, "film,head", 0, 0, NULL,
     "what each branch has of its own: film (a vector added to the noise embedding), head (last "
     "norm and convolution), last (also the finest level's way up), decoder (all of the way up)"},
    {0}};

typedef struct unet {
    int64_t width[LEVELS], height[LEVELS], breadth[LEVELS]; /* a level: channels, pixels */
    int64_t channels, embedding, heads;
    int levels, blocks, patch;
    unsigned attention, banks; /* bit l: level l */
    bool film, concat;
    rmf_stage root;
    rmf_node *condition;
} unet;

static rmf_status read_settings(const rmf_settings *settings, const rmf_net_shape *shape, unet *u)
{
    const rmf_number_list widths = {"net.widths", 4, 2048, LEVELS};
    const rmf_number_list attention = {"net.attention", 0, LEVELS - 1, LEVELS};
    int64_t level[LEVELS];
    int listed;
    *u = (unet){.channels = shape->shape[2],
                .embedding = rmf_settings_int(settings, "net.embedding", 0),
                .heads = rmf_settings_int(settings, "net.heads", 1),
                .blocks = (int)rmf_settings_int(settings, "net.blocks", 1),
                .patch = rmf_settings_text(settings, "net.patch")[0] - '0',
                .film = rmf_settings_text(settings, "net.conditioning")[0] == 'f',
                .concat = rmf_settings_text(settings, "net.skips")[0] == 'c'};
    RMF_TRY(rmf_list_numbers(settings, &widths, u->width, &u->levels));
    RMF_TRY(rmf_list_numbers(settings, &attention, level, &listed));
    RMF_TRY(rmf_list_banks(settings, bank_names, shape->bank_rows, &u->banks));
    for (int i = 0; i < listed; i++)
        u->attention |= 1u << level[i];
    for (int l = 0; l < u->levels; l++) {
        u->height[l] = l ? (u->height[l - 1] + 1) / 2 : shape->shape[0] / u->patch;
        u->breadth[l] = l ? (u->breadth[l - 1] + 1) / 2 : shape->shape[1] / u->patch;
    }
    return RMF_OK;
}

static rmf_status check_attention(const unet *u)
{
    for (int l = 0; l < LEVELS; l++) {
        if (!(u->attention & 1u << l)) continue;
        if (l >= u->levels)
            return rmf_fail(RMF_ERR_USAGE,
                            "net.attention names level %d; net.widths has only levels 0 to %d", l,
                            u->levels - 1);
        if (u->width[l] % u->heads != 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "net.heads is %" PRId64 ", the width of level %d is %" PRId64
                            "; expected a divisor of it",
                            u->heads, l, u->width[l]);
    }
    return RMF_OK;
}

static rmf_status check(const rmf_settings *settings, const rmf_net_shape *shape)
{
    const int64_t *s = shape->shape;
    if (shape->rank != 3)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "unet: objects are tables of %" PRId64
                        " features; expected images; use net.name tabular",
                        s[0]);
    if (s[0] < SMALLEST_IMAGE || s[1] < SMALLEST_IMAGE)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "unet: images are %" PRId64 "×%" PRId64
                        "; expected at least 4×4; use net.name tabular",
                        s[0], s[1]);
    unet u;
    RMF_TRY(read_settings(settings, shape, &u));
    if (u.levels == 0)
        return rmf_fail(RMF_ERR_USAGE, "net.widths is empty; expected one width a level, as 32,64");
    if (s[0] % u.patch != 0 || s[1] % u.patch != 0)
        return rmf_fail(RMF_ERR_USAGE,
                        "net.patch is %d, which does not divide images of %" PRId64 "×%" PRId64
                        "; use 1",
                        u.patch, s[0], s[1]);
    for (int l = 0; l < u.levels; l++)
        if (u.height[l] < SMALLEST_SIDE || u.breadth[l] < SMALLEST_SIDE)
            return rmf_fail(RMF_ERR_USAGE,
                            "net.widths has %d levels; images of %" PRId64 "×%" PRId64
                            " with net.patch %d allow at most %d",
                            u.levels, s[0], s[1], u.patch, l);
    return check_attention(&u);
}

/* Two convolutions around the condition.  The last starts at zero, so a block starts as identity.
 */
static rmf_node *residual(const unet *u, const rmf_stage *stage, rmf_node *x, int64_t in,
                          int64_t out)
{
    rmf_tape *tape = stage->tape;
    const rmf_stage norm1 = rmf_stage_child(stage, "norm1"),
                    norm2 = rmf_stage_child(stage, "norm2"),
                    conv1 = rmf_stage_child(stage, "conv1"),
                    conv2 = rmf_stage_zero(rmf_stage_child(stage, "conv2")),
                    film = rmf_stage_child(stage, "film"), skip = rmf_stage_child(stage, "skip");
    rmf_node *h = rmf_layer_norm(&norm1, x, in, rmf_layer_groups(in), RMF_SILU);
    h = rmf_layer_conv3(&conv1, h, in, out);
    if (u->film) {
        rmf_modulation m = rmf_layer_modulation(&film, u->condition, u->embedding, out);
        h = rmf_layer_norm_film(&norm2, h, out,
                                (rmf_norm_film){.groups = rmf_layer_groups(out),
                                                .activation = RMF_SILU,
                                                .scale = m.scale,
                                                .shift = m.shift});
    } else {
        h = rmf_modulate(tape, h, NULL, rmf_layer_dense(&film, u->condition, u->embedding, out));
        h = rmf_layer_norm(&norm2, h, out, rmf_layer_groups(out), RMF_SILU);
    }
    h = rmf_layer_conv3(&conv2, h, out, out);
    return rmf_add(tape, in == out ? x : rmf_layer_dense(&skip, x, in, out), h);
}

static rmf_node *attend(const unet *u, const rmf_stage *stage, rmf_node *x, int64_t width)
{
    const rmf_stage norm = rmf_stage_child(stage, "norm"), qkv = rmf_stage_child(stage, "qkv"),
                    last = rmf_stage_zero(rmf_stage_child(stage, "projection"));
    rmf_node *h = rmf_layer_norm(&norm, x, width, rmf_layer_groups(width), RMF_IDENTITY);
    h = rmf_attention(stage->tape, rmf_layer_dense(&qkv, h, width, 3 * width), u->heads);
    return rmf_add(stage->tape, x, rmf_layer_dense(&last, h, width, width));
}

/* The blocks of one level on one way; `in` channels come in, width[level] go out. */
static rmf_node *blocks(const unet *u, const rmf_stage *stage, rmf_node *x, int64_t in, int level)
{
    const int64_t width = u->width[level];
    for (int i = 0; i < u->blocks; i++) {
        rmf_stage block = rmf_stage_child(stage, "block%d", i);
        x = residual(u, &block, x, i == 0 ? in : width, width);
        rmf_stage attention = rmf_stage_child(stage, "attention%d", i);
        if (u->attention & 1u << level) x = attend(u, &attention, x, width);
    }
    return x;
}

/* From level + 1 to `level`: narrow, repeat pixels, and drop the odd row or column. */
static rmf_node *step_up(const unet *u, const rmf_stage *stage, rmf_node *x, int level)
{
    const rmf_layer_kernel kernel = {.height = 1 + 2 * u->height[level + 1] - u->height[level],
                                     .width = 1 + 2 * u->breadth[level + 1] - u->breadth[level],
                                     .in = u->width[level + 1],
                                     .out = u->width[level],
                                     .options = {.stride = 1}};
    if (kernel.height == 1 && kernel.width == 1)
        return rmf_upsample2(stage->tape, rmf_layer_dense(stage, x, kernel.in, kernel.out));
    return rmf_layer_conv(stage, rmf_upsample2(stage->tape, x), &kernel);
}

/* Between image and finest level: 3×3, or for patches kernels of twice their size. */
static rmf_layer_kernel patch_kernel(const unet *u, int64_t in, int64_t out)
{
    const int side = u->patch == 1 ? 3 : 2 * u->patch;
    return (rmf_layer_kernel){
        .height = side,
        .width = side,
        .in = in,
        .out = out,
        .options = {.stride = u->patch, .pad = u->patch == 1 ? 1 : u->patch / 2}};
}

static rmf_node *head(const unet *u, rmf_node *x)
{
    const bool own = u->banks & (BANK_HEAD | BANK_LAST | BANK_DECODER);
    const rmf_stage stage = rmf_stage_banked(rmf_stage_child(&u->root, "head"), own);
    const rmf_stage norm = rmf_stage_child(&stage, "norm"),
                    last = rmf_stage_zero(rmf_stage_child(&stage, "conv"));
    rmf_layer_kernel kernel = patch_kernel(u, u->width[0], u->channels);
    kernel.transposed = u->patch > 1;
    x = rmf_layer_norm(&norm, x, u->width[0], rmf_layer_groups(u->width[0]), RMF_SILU);
    return rmf_layer_conv(&last, x, &kernel);
}

static rmf_node *down(const unet *u, rmf_node *x, rmf_node *skip[LEVELS])
{
    const rmf_stage input = rmf_stage_child(&u->root, "input");
    const rmf_layer_kernel first = patch_kernel(u, u->channels, u->width[0]);
    x = rmf_layer_conv(&input, x, &first);
    for (int l = 0; l < u->levels; l++) {
        const rmf_stage level = rmf_stage_child(&u->root, "down%d", l),
                        shrink = rmf_stage_child(&level, "shrink");
        if (l > 0)
            x = rmf_layer_conv(&shrink, x,
                               &(rmf_layer_kernel){.height = 3,
                                                   .width = 3,
                                                   .in = u->width[l - 1],
                                                   .out = u->width[l],
                                                   .options = {.stride = 2, .pad = 1}});
        x = skip[l] = blocks(u, &level, x, u->width[l], l);
    }
    return x;
}

static rmf_node *up(const unet *u, rmf_node *x, rmf_node *const skip[LEVELS])
{
    for (int l = u->levels - 2; l >= 0; l--) {
        const bool all = u->banks & BANK_DECODER, last = l == 0 && (u->banks & BANK_LAST);
        rmf_stage level = rmf_stage_child(&u->root, "up%d", l);
        level.bank = all;
        const rmf_stage grow = rmf_stage_child(&level, "grow");
        level.bank = all || last;
        x = step_up(u, &grow, x, l);
        x = u->concat ? rmf_concat(level.tape, x, skip[l]) : rmf_add(level.tape, x, skip[l]);
        x = blocks(u, &level, x, u->concat ? 2 * u->width[l] : u->width[l], l);
    }
    return x;
}

static rmf_node *build(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs)
{
    unet u;
    rmf_node *skip[LEVELS];
    if (read_settings(settings, shape, &u) != RMF_OK) return NULL;
    u.root = (rmf_stage){.tape = tape, .init = RMF_LAYER_SCALED};
    const rmf_stage embedding = rmf_stage_child(&u.root, "condition"),
                    middle = rmf_stage_child(&u.root, "middle");
    u.condition = rmf_layer_condition(&embedding, settings, inputs->noise, u.banks & BANK_FILM);
    rmf_node *h = down(&u, inputs->x, skip);
    h = residual(&u, &middle, h, u.width[u.levels - 1], u.width[u.levels - 1]);
    return head(&u, up(&u, h, skip));
}

const rmf_net_ops rmf_net_unet = {.name = "unet",
                                  .summary = "residual U-Net for images of any size",
                                  .source =
                                      "own design after Ho et al. 2020 and Karras et al. 2022",
                                  .options = options,
                                  .check = check,
                                  .build = build};
