/* route/heads.h – the heads of a tree, for the files of this room. */
#ifndef RMF_ROUTE_HEADS_H
#define RMF_ROUTE_HEADS_H

#include "eval/classifier.h"
#include "ramify/route.h"

struct rmf_heads {
    const rmf_model *model; /* borrowed, as is its tree */
    uint64_t seed;
    int64_t steps;
    int n;
    rmf_head_report *report; /* [n] */
    rmf_classifier **head;   /* [n] */
    int *of_branch;          /* [branches]: place of the branch's head, or −1 */
    float *logit;            /* [block rows, most children] */
};

/* Heads without classifiers, for every branch of the model's tree with two children or more. */
RMF_CHECKED rmf_status rmf_heads_create(const rmf_model *model, rmf_heads **out);
/* What a head's classifier is made by: objects of the model, the children of its branch as classes.
 */
rmf_eval_options rmf_head_options(const rmf_heads *heads, int head);
/* p [rows, children]: softmax of the head's logits. */
RMF_CHECKED rmf_status rmf_head_probabilities(rmf_heads *heads, int head, const float *x,
                                              int64_t rows, double *p);

/* Objects a batch of a head that routes. */
enum { RMF_HEAD_ROWS = 64 };

/* What a head is measured on: objects row[0 … n) with the number of the child that holds each. */
typedef struct rmf_head_test {
    const float *x;
    const int32_t *child;
    const int64_t *row;
    int64_t n;
    const double *share; /* [children] of the objects that it was trained on */
    uint64_t seed;
} rmf_head_test;
/* Fills the figures of a head's report. */
RMF_CHECKED rmf_status rmf_head_measure(rmf_heads *heads, int head, const rmf_head_test *test);

/* x ← α·x + σ·z at the branch point of a branch. */
typedef struct rmf_head_noise {
    double alpha, sigma;
    int64_t features;
    rmf_key key;
    float *z; /* [features] */
} rmf_head_noise;
/* `use`: 1 for training, 2 for tests, so that they share no noise; free z. */
RMF_CHECKED rmf_status rmf_head_noise_create(const rmf_heads *heads, int head, uint64_t seed,
                                             uint64_t use, rmf_head_noise *out);
void rmf_head_noise_add(void *noise, uint64_t draw, float *x);

#endif
