/** data/registry.c – the table of data formats and the options that all of them share. */
#include <stddef.h>

#include "data/dataset.h"

#define CHOICE(name) "|" #name

const rmf_option rmf_data_options[] = {
    {.name = "format",
     .type = RMF_OPTION_CHOICE,
     .initial = "auto",
     .choices = "auto" RMF_DATASETS(CHOICE),
     .help = "format of the data; auto: found by name and content"},
    {.name = "path",
     .type = RMF_OPTION_TEXT,
     .help = "file or folder, relative to the recipe or to RAMIFY_DATA; digits: the embedded ones"},
    {.name = "label",
     .type = RMF_OPTION_TEXT,
     .help = "csv: label column (1-based number, first, last or name); npz: array; idx: labels "
             "file"},
    {.name = "classes",
     .type = RMF_OPTION_LIST,
     .help = "use only these classes, by name (unset: all)"},
    {.name = "normalise",
     .type = RMF_OPTION_CHOICE,
     .initial = "auto",
     .choices = "auto|none|range|standard",
     .help = "range: to [-1, 1]; standard: mean 0, variance 1; auto: range for images, standard "
             "for tables"},
    {.name = "held_out",
     .type = RMF_OPTION_REAL,
     .initial = "0.1",
     .low = 0,
     .high = 0.9,
     .help = "share of each class that training never sees"},
    {.name = "max_per_class",
     .type = RMF_OPTION_INT,
     .initial = "0",
     .low = 0,
     .high = 1e9,
     .help = "use only the first so many objects of each class; 0: all"},
    {.name = "header",
     .type = RMF_OPTION_CHOICE,
     .initial = "auto",
     .choices = "auto|yes|no",
     .help = "csv: whether the first line holds names"},
    {.name = "delimiter",
     .type = RMF_OPTION_TEXT,
     .initial = "auto",
     .help = "csv: auto, tab or one character"},
    {.name = "shape",
     .type = RMF_OPTION_LIST,
     .low = 1,
     .high = 65536,
     .help = "height,width or height,width,channels: the rows of a table are images"},
    {.name = "low",
     .type = RMF_OPTION_REAL,
     .help = "smallest possible value, with high: the range that normalise: range maps to [-1, 1]"},
    {.name = "high", .type = RMF_OPTION_REAL, .help = "largest possible value"},
    {0},
};

const rmf_dataset_ops *const *rmf_dataset_registry(void)
{
    static const rmf_dataset_ops *const table[] = {
#define ENTRY(name) &rmf_dataset_##name##_ops,
        RMF_DATASETS(ENTRY)
#undef ENTRY
            NULL};
    return table;
}
