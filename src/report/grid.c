/**
 * report/grid.c – a picture of samples, one row a class:
 *
 *     gap | label | gap | image | gap | image | gap …
 *
 * White paper and black letters; a small image is magnified, each value a square.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ramify/report.h"
#include "report/font.h"

enum { PAPER = 255, INK = 0, NOTHING = 232, MAX_LABEL = 24, WELL_SEEN = 48 };
#define MAX_PIXELS ((int64_t)1 << 28)

typedef struct layout {
    int64_t scale, gap;
    int64_t cell_height, cell_width; /* of an image, magnified */
    int64_t row_height;              /* of an image or its label */
    int64_t label_width;             /* with the gap behind it; 0 = none */
    int64_t margin;                  /* around all; a gap, or nothing */
    int font;                        /* pixels of a font's dot */
} layout;

static rmf_status check(const rmf_grid_args *args)
{
    const int64_t *shape = args->shape, most = 1 << 16;
    if (args->rows < 1 || args->columns < 1 || args->rows > most || args->columns > most)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "grid of %" PRId64 "×%" PRId64 " images; expected 1 to "
                        "65536 each way",
                        args->rows, args->columns);
    if (shape[0] < 1 || shape[1] < 1 || shape[0] > most || shape[1] > most ||
        (shape[2] != 1 && shape[2] != 3))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "grid of images %" PRId64 "×%" PRId64 " of %" PRId64 " channels; expected "
                        "sides from 1 to 65536 and 1 or 3 channels",
                        shape[0], shape[1], shape[2]);
    if (!(args->low < args->high) || !isfinite(args->high - args->low))
        return rmf_fail(RMF_ERR_ARGUMENT, "grid with black %g and white %g; expected low < high",
                        args->low, args->high);
    if (args->scale < 0 || args->scale > 64)
        return rmf_fail(RMF_ERR_ARGUMENT, "grid magnified %d times; expected 0 to 64", args->scale);
    if (args->clear && args->labels != NULL)
        return rmf_fail(RMF_ERR_ARGUMENT, "grid on clear paper with labels; expected one of both");
    return RMF_OK;
}

static layout arrange(const rmf_grid_args *args)
{
    layout l = {.scale = args->scale};
    int64_t side = args->shape[0] < args->shape[1] ? args->shape[0] : args->shape[1];
    if (l.scale == 0) l.scale = side >= WELL_SEEN ? 1 : (WELL_SEEN + side - 1) / side;
    l.cell_height = args->shape[0] * l.scale;
    l.cell_width = args->shape[1] * l.scale;
    l.gap = l.cell_height >= 32 ? 4 : 2;
    l.margin = args->clear ? 0 : l.gap;
    l.font = l.cell_height >= 6 * RMF_FONT_HEIGHT ? 2 : 1;
    l.row_height = l.cell_height;
    size_t longest = 0;
    for (int64_t r = 0; args->labels != NULL && r < args->rows; r++) {
        size_t length = rmf_font_length(args->labels[r]);
        if (length > longest) longest = length;
    }
    if (longest == 0) return l;
    if (longest > MAX_LABEL) longest = MAX_LABEL;
    l.label_width = (int64_t)longest * (RMF_FONT_WIDTH + 1) * l.font + l.gap;
    if (l.row_height < RMF_FONT_HEIGHT * l.font) l.row_height = RMF_FONT_HEIGHT * l.font;
    return l;
}

static void set_dot(void *context, int64_t row, int64_t column)
{
    rmf_image *image = context;
    memset(image->pixel + (row * image->width + column) * image->channels, INK,
           (size_t)image->channels);
}

static void draw_label(const rmf_grid_args *args, const layout *l, int64_t row, rmf_image *out)
{
    rmf_font_pen pen = {.dot = set_dot, .context = out, .column = l->margin};
    pen.row = l->margin + row * (l->row_height + l->gap);
    pen.row += (l->row_height - RMF_FONT_HEIGHT * l->font) / 2;
    rmf_font_draw(args->labels[row], MAX_LABEL, l->font, &pen);
}

static uint8_t shade(const rmf_grid_args *args, float value)
{
    if (isnan(value)) return NOTHING;
    double share = (value - args->low) / (args->high - args->low);
    return (uint8_t)(255 * fmin(fmax(share, 0), 1) + 0.5);
}

static void draw_cell(const rmf_grid_args *args, const layout *l, int64_t cell, rmf_image *out)
{
    const int64_t channels = args->shape[2];
    const float *x = args->x + cell * args->shape[0] * args->shape[1] * channels;
    int64_t top = l->margin + cell / args->columns * (l->row_height + l->gap);
    int64_t left = l->margin + l->label_width + cell % args->columns * (l->cell_width + l->gap);
    top += (l->row_height - l->cell_height) / 2;
    for (int64_t i = 0; i < l->cell_height; i++)
        for (int64_t j = 0; j < l->cell_width; j++) {
            const float *value = x + (i / l->scale * args->shape[1] + j / l->scale) * channels;
            uint8_t *pixel = out->pixel + ((top + i) * out->width + left + j) * out->channels;
            for (int64_t c = 0; c < channels; c++)
                pixel[c] = shade(args, value[c]);
            if (args->clear) pixel[channels] = 255;
        }
}

rmf_status rmf_grid_draw(const rmf_grid_args *args, rmf_image *out)
{
    RMF_TRY(check(args));
    layout l = arrange(args);
    rmf_image image = {.channels = (int)args->shape[2] + args->clear};
    image.height = 2 * l.margin - l.gap + args->rows * (l.row_height + l.gap);
    image.width = 2 * l.margin - l.gap + l.label_width + args->columns * (l.cell_width + l.gap);
    if (image.height > MAX_PIXELS / image.width)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "grid of %" PRId64 "×%" PRId64 " pixels; expected at most 2^28 in all: "
                        "show fewer images or magnify less",
                        image.height, image.width);
    size_t size = (size_t)(image.height * image.width * image.channels);
    void *pixel = NULL;
    RMF_TRY(rmf_alloc(size, 1, &pixel));
    image.pixel = pixel;
    memset(pixel, args->clear ? 0 : PAPER, size);
    for (int64_t row = 0; args->labels != NULL && row < args->rows; row++)
        draw_label(args, &l, row, &image);
    for (int64_t cell = 0; cell < args->rows * args->columns; cell++)
        draw_cell(args, &l, cell, &image);
    *out = image;
    return RMF_OK;
}

rmf_status rmf_grid_write(const char *path, bool replace, const rmf_grid_args *args)
{
    rmf_image image = {0};
    RMF_TRY(rmf_grid_draw(args, &image));
    rmf_status status = rmf_png_write(path, replace, &image);
    rmf_free(image.pixel);
    return status;
}
