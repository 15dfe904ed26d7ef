/** ramify/ramify.h – all public headers. */
#ifndef RAMIFY_H
#define RAMIFY_H

#include "ramify/bench.h"
#include "ramify/core.h"
#include "ramify/data.h"
#include "ramify/device.h"
#include "ramify/diffusion.h"
#include "ramify/eval.h"
#include "ramify/io.h"
#include "ramify/likelihood.h"
#include "ramify/net.h"
#include "ramify/nn.h"
#include "ramify/plan.h"
#include "ramify/report.h"
#include "ramify/reproduce.h"
#include "ramify/route.h"
#include "ramify/train.h"
#include "ramify/transmute.h"
#include "ramify/tree.h"

#endif
