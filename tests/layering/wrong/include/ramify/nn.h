#include "ramify/ramify.h"
