/* transmute/internal.h – what the files of this room share. */
#ifndef RMF_TRANSMUTE_INTERNAL_H
#define RMF_TRANSMUTE_INTERNAL_H

#include "ramify/transmute.h"

/* Adds the costs of one more pass; sum may be NULL. */
void rmf_report_add(rmf_sampling_report *sum, const rmf_sampling_report *more);

/* Checks a hybrid; *time: its time, *branch: the one that its classes share there. */
RMF_CHECKED rmf_status rmf_hybrid_check(const rmf_hybrid *hybrid, double *time, int *branch);

#endif
