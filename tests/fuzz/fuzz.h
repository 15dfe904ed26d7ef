/**
 * tests/fuzz/fuzz.h – what fuzz targets share.  A target defines LLVMFuzzerTestOneInput(); it
 * asserts that a refusal leaves a message, and that what parses can be written and parsed to the
 * same again.
 */
#ifndef RMF_TESTS_FUZZ_FUZZ_H
#define RMF_TESTS_FUZZ_FUZZ_H

#include "ramify/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the program with a report unless `condition` holds. */
#define FUZZ_CHECK(condition) fuzz_check(condition, #condition, __FILE__, __LINE__)
void fuzz_check(bool condition, const char *text, const char *file, int line);

/** True when `status` is RMF_OK; otherwise checks that a one-line message is there. */
bool fuzz_accepted(rmf_status status);
/** Ends unless both hold arrays of the same names, shapes and bytes, in any order. */
void fuzz_same_arrays(const rmf_arrays *a, const rmf_arrays *b);

#endif
