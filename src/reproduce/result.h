/** reproduce/result.h – the parts of a result: tables, figures, pictures, texts. */
#ifndef RMF_REPRODUCE_RESULT_H
#define RMF_REPRODUCE_RESULT_H

#include "reproduce/cell.h"

/** Tables, commands, origin: the content of result.json but for figures and pictures. */
RMF_CHECKED rmf_status rmf_result_of(const rmf_cells *cells, bool quick, struct json_t **out);
/** Writes data, script and, where gnuplot is there, SVG of every figure into folders->result, and
 * notes them in the result.  A missing gnuplot is told. */
RMF_CHECKED rmf_status rmf_figures_draw(const rmf_cells *cells, struct json_t *result,
                                        const rmf_progress *progress);
/** Copies the pictures that steps wrote to folders->result, and notes them. */
RMF_CHECKED rmf_status rmf_pictures_take(const rmf_cells *cells, struct json_t *result);

/** A cell as people read it, into text[size]: three digits, "–" for null. */
void rmf_cell_text(const struct json_t *cell, char *text, size_t size);
/** Index of a column of a table of a result, or −1. */
int rmf_column_of(const struct json_t *table, const char *name);
/** The number of a cell, with a unit or without; NAN for texts and null. */
double rmf_cell_number(const struct json_t *cell);

#endif
