/** report/html.c – text, numbers and pictures of a page. */
#include "report/html.h"

#include <math.h>
#include <string.h>

#include "io/formats.h"
#include "io/xml.h"

enum { TEXT_BYTES = 300, CLASSES_SHOWN = 12 };

rmf_status rmf_html_text(rmf_writer *w, const char *text)
{
    return rmf_xml_text(w, text, TEXT_BYTES);
}

rmf_status rmf_html_short(rmf_writer *w, const char *text, size_t most)
{
    return rmf_xml_text(w, text, most);
}

rmf_status rmf_html_classes(rmf_writer *w, const rmf_tree *tree, const rmf_branch *b)
{
    for (int i = 0; i < b->n_classes && i < CLASSES_SHOWN; i++) {
        PUT(w, "%s", i > 0 ? ", " : "");
        RMF_TRY(rmf_html_text(w, rmf_tree_class_name(tree, b->classes[i])));
    }
    if (b->n_classes > CLASSES_SHOWN) PUT(w, " and %d more", b->n_classes - CLASSES_SHOWN);
    return RMF_OK;
}

rmf_status rmf_html_number(rmf_writer *w, double value)
{
    return isfinite(value) ? rmf_writer_print(w, "%.4g", value) : rmf_writer_print(w, "–");
}

rmf_status rmf_base64_put(rmf_writer *w, const void *data, size_t size)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i += 3) {
        const size_t there = size - i < 3 ? size - i : 3;
        const unsigned bits = (unsigned)byte[i] << 16 |
                              (there > 1 ? (unsigned)byte[i + 1] << 8 : 0) |
                              (there > 2 ? byte[i + 2] : 0);
        const char text[4] = {digit[bits >> 18], digit[bits >> 12 & 63],
                              there > 1 ? digit[bits >> 6 & 63] : '=',
                              there > 2 ? digit[bits & 63] : '='};
        RMF_TRY(rmf_writer_put(w, text, sizeof text));
    }
    return RMF_OK;
}

static rmf_status encode(const rmf_image *image, char **data, size_t *size)
{
    rmf_writer *memory = NULL;
    RMF_TRY(rmf_writer_open_memory(&memory));
    return rmf_writer_take_end(memory, rmf_png_put(memory, image), data, size);
}

static rmf_status put_data(rmf_writer *w, const rmf_image *image)
{
    char *data = NULL;
    size_t size = 0;
    RMF_TRY(encode(image, &data, &size));
    rmf_status status = rmf_writer_print(w, "data:image/png;base64,");
    if (status == RMF_OK) status = rmf_base64_put(w, data, size);
    rmf_free(data);
    return status;
}

rmf_status rmf_html_data(rmf_writer *w, const rmf_grid_args *images)
{
    rmf_image image = {0};
    RMF_TRY(rmf_grid_draw(images, &image));
    rmf_status status = put_data(w, &image);
    rmf_free(image.pixel);
    return status;
}

rmf_status rmf_html_begin_image(rmf_writer *w, const rmf_grid_args *images)
{
    rmf_image image = {0};
    RMF_TRY(rmf_grid_draw(images, &image));
    rmf_status status = rmf_writer_print(w, "<img width=\"%lld\" height=\"%lld\" src=\"",
                                         (long long)image.width, (long long)image.height);
    if (status == RMF_OK) status = put_data(w, &image);
    rmf_free(image.pixel);
    RMF_TRY(status);
    return rmf_writer_print(w, "\" alt=\"");
}

rmf_status rmf_html_end_image(rmf_writer *w)
{
    return rmf_writer_print(w, "\"/>");
}
