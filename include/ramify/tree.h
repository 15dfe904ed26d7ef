/**
 * ramify/tree.h – the class hierarchy, and its discovery from data.
 */
#ifndef RAMIFY_TREE_H
#define RAMIFY_TREE_H

#include "ramify/tree_discovery.h"
#include "ramify/tree_structure.h"

#endif
