/** io/npy.h – the header of a .npy file (numpy.lib.format, versions 1 to 3). */
#ifndef RMF_IO_NPY_H
#define RMF_IO_NPY_H

#include "ramify/io.h"

/** What a header says. */
typedef struct rmf_npy_header {
    char kind;    /* f i u b U S, as in a descr such as "<f4" */
    size_t width; /* the number of the descr: bytes, or characters of U */
    bool swapped; /* big-endian */
    bool fortran; /* first axis fastest */
    int rank;
    int64_t shape[RMF_ARRAY_RANK];
    size_t data_start; /* offset of the elements in the file */
} rmf_npy_header;

RMF_CHECKED rmf_status rmf_npy_header_parse(const char *data, size_t size, const char *place,
                                            rmf_npy_header *out);

enum { RMF_NPY_HEADER_MOST = 512 };
/** Makes the header of an array; *size is a multiple of 64. */
RMF_CHECKED rmf_status rmf_npy_header_make(const rmf_array *array, char text[RMF_NPY_HEADER_MOST],
                                           size_t *size);

#endif
