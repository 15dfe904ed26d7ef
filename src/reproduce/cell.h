/** reproduce/cell.h – cells of tables: what a text of an experiment points to. */
#ifndef RMF_REPRODUCE_CELL_H
#define RMF_REPRODUCE_CELL_H

#include "reproduce/step.h"

/** What cells can point to: files in folders->out, and records of steps. */
typedef struct rmf_cells {
    const rmf_experiment *experiment;
    const rmf_folders *folders;
    const rmf_step *steps;
    size_t n_steps;
} rmf_cells;

/**
 * A cell: text as it stands, numbers too; or [max|min|mean|median] REFERENCE [/ REFERENCE] [UNIT]
 * [?], where REFERENCE is FILE#POINTER (a name without a folder: in {out}) or STEP@seconds or
 * STEP@processor and a number results.  POINTER is a JSON pointer (RFC 6901, with %20 for blanks)
 * in which * stands for all members, and for those of an array that meet conditions: key=value,
 * key>value, … joined by &. The unit % stands for a hundredth; "?" gives null where there is
 * nothing instead of an error. *out is a text, a number, {"value", "unit"} or null.
 */
RMF_CHECKED rmf_status rmf_cell(const rmf_cells *cells, const char *text, const char *place,
                                struct json_t **out);

/** All values at a pointer: *out is an array.  An empty one: there is nothing. */
RMF_CHECKED rmf_status rmf_pointer(const struct json_t *root, const char *pointer,
                                   const char *place, struct json_t **out);

#endif
