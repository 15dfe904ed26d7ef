/* transmute/stroke.c – slant, thickness and ink of a drawn stroke, without thresholds. */
#include "ramify/transmute.h"

#include <math.h>

static double clipped(const float *ink, int64_t height, int64_t width, int64_t y, int64_t x)
{
    if (y < 0 || y >= height || x < 0 || x >= width) return 0; /* paper all around */
    double v = ink[y * width + x];
    return v > 0 ? (v < 1 ? v : 1) : 0;
}

/* Σ‖∇ink‖ over the corners between four pixels each: the length of the outline, soft edges too. */
static double perimeter(const float *ink, int64_t height, int64_t width)
{
    double sum = 0;
    for (int64_t y = -1; y < height; y++)
        for (int64_t x = -1; x < width; x++) {
            double a = clipped(ink, height, width, y, x), b = clipped(ink, height, width, y, x + 1);
            double c = clipped(ink, height, width, y + 1, x);
            double d = clipped(ink, height, width, y + 1, x + 1);
            sum += hypot(0.5 * (b + d - a - c), 0.5 * (c + d - a - b));
        }
    return sum;
}

rmf_stroke rmf_stroke_measure(const float *ink, int64_t height, int64_t width)
{
    double m = 0, mx = 0, my = 0, mxy = 0, myy = 0;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const double v = clipped(ink, height, width, y, x);
            m += v;
            mx += v * (double)x;
            my += v * (double)y;
            mxy += v * (double)x * (double)y;
            myy += v * (double)y * (double)y;
        }
    rmf_stroke stroke = {NAN, NAN, m};
    if (!(m > 0)) return stroke;
    const double vertical = myy - my * my / m;
    /* Rows count downwards; a stroke in one row has no slant. */
    if (vertical > 1e-9 * m) stroke.slant = -(mxy - mx * my / m) / vertical;
    stroke.thickness = 2 * m / perimeter(ink, height, width);
    return stroke;
}
