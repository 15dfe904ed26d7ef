/* diffusion/sde.h – the table of forward processes.  A new one is a new file and a word here. */
#ifndef RMF_DIFFUSION_SDE_H
#define RMF_DIFFUSION_SDE_H

#include "ramify/diffusion.h"

#define RMF_SDES(X) X(vp) X(ve) X(vegeo) X(discrete)
#define RMF_SDE_DECLARE(name) extern const rmf_sde_ops rmf_sde_##name;
RMF_SDES(RMF_SDE_DECLARE)
#undef RMF_SDE_DECLARE

#endif
