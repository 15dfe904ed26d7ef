#include "nn/tape.h"
#include "ramify/core.h"
#include "tree/tree.h"
