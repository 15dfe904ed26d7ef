/** data/csv.h – delimited text to a data set. */
#ifndef RMF_DATA_CSV_H
#define RMF_DATA_CSV_H

#include "ramify/data.h"

/** How to read a table; {0} finds out everything. */
typedef struct rmf_csv_options {
    const char *label;  /* column: 1-based number, first, last or a name; NULL = find it */
    const char *header; /* auto, yes or no; NULL = auto */
    char delimiter;     /* 0 = find it */
} rmf_csv_options;

/** Parses text[0…size), followed by a 0 byte; `place` is the file's name in messages. */
RMF_CHECKED rmf_status rmf_csv_parse(const char *text, size_t size, const char *place,
                                     const rmf_csv_options *options, rmf_dataset *out);

#endif
