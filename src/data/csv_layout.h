/** data/csv_layout.h – what a table looks like: its size, its first line, its label column. */
#ifndef RMF_DATA_CSV_LAYOUT_H
#define RMF_DATA_CSV_LAYOUT_H

#include "data/csv.h"
#include "data/csv_cursor.h"

typedef struct rmf_csv_layout {
    const char *place;
    char delimiter;
    int64_t records;     /* all, a first line of names included */
    int64_t columns;     /* fields of each record but perhaps the first */
    char **first;        /* fields of the first record */
    int64_t first_count; /* differs from `columns` only with `counted` */
    int64_t first_line;  /* line of the first record */
    int64_t *texts;      /* [columns] records but the first that hold no number there */
    bool *repeated;      /* [columns] the first record's text occurs again */
    bool header;         /* the first record is no data */
    bool counted;        /* …but "rows,columns,class names…" (scikit-learn's tables) */
    int64_t label;       /* the label's column, from 0 */
} rmf_csv_layout;

/** Reads the whole text once, checks that all records have the same number of fields, finds the
 * label column and whether the first record is a header. */
RMF_CHECKED rmf_status rmf_csv_layout_find(const char *text, size_t size, const char *place,
                                           const rmf_csv_options *options, rmf_csv_layout *out);
void rmf_csv_layout_free(rmf_csv_layout *layout);

#endif
