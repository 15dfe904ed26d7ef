/* plan/group.h – the classes of a branch in JSON. */
#ifndef RMF_PLAN_GROUP_H
#define RMF_PLAN_GROUP_H

#include "ramify/plan.h"

/* ["3", "9"]; a new reference. */
struct json_t *rmf_group_json(const rmf_tree *tree, int branch);

#endif
