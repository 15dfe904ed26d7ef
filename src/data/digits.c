/**
 * data/digits.c – the digits that the library carries: 1,797 images of 8×8 pixels with values from
 * 0 to 16, 10 classes (Alpaydin and Kaynak 1998, UCI 80, CC BY 4.0; see data/digits/README.md).
 */
#include <stdio.h>
#include <string.h>

#include "data/csv.h"
#include "data/dataset.h"
#include "io/inflate.h"

/* Defined in digits.S. */
extern const char rmf_digits_begin[], rmf_digits_end[];

static const char place[] = "embedded digits";

rmf_status rmf_dataset_digits(rmf_dataset *out)
{
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_gunzip(rmf_digits_begin, (size_t)(rmf_digits_end - rmf_digits_begin), 1 << 20,
                       place, &text, &size));
    rmf_dataset data = {0};
    const rmf_csv_options options = {.label = "last", .header = "no", .delimiter = ','};
    rmf_status status = rmf_csv_parse(text, size, place, &options, &data);
    rmf_free(text);
    RMF_TRY(status);
    data.rank = 3;
    data.shape[0] = data.shape[1] = 8;
    data.high = 16;
    snprintf(data.source, sizeof data.source, "%s",
             "embedded digits: UCI optical recognition of handwritten digits, CC BY 4.0");
    *out = data;
    return RMF_OK;
}

static bool accepts(const char *path)
{
    return strcmp(path, "digits") == 0;
}

static rmf_status read(const char *path, const rmf_settings *settings, rmf_dataset *out)
{
    (void)path;
    (void)settings;
    return rmf_dataset_digits(out);
}

const rmf_dataset_ops rmf_dataset_digits_ops = {
    .name = "digits",
    .summary = "the embedded digits: 1,797 images 8×8, 10 classes; needs no file",
    .source = "Alpaydin and Kaynak 1998, UCI 80",
    .accepts = accepts,
    .read = read,
};
