#include "ramify/core.h"
#include "core/status.h"
