/* tests/nn/gradient_cases.h – one or more small networks for every operation. */
#ifndef TEST_NN_GRADIENT_CASES_H
#define TEST_NN_GRADIENT_CASES_H

#include "nn/fixture.h"

#define ROWS 6

struct net {
    rmf_tape *t;
    rmf_node *in[3];
    bool bank;
};

typedef rmf_node *builder(struct net *n);

struct op_case {
    const char *name;
    builder *build;
    int inputs, rank[3];
    int64_t shape[3][RMF_MAX_RANK];
    bool bank;
    bool kinked; /* keep inputs away from 0 */
};

extern const struct op_case gradient_cases[];
extern const int gradient_case_count;

#endif
