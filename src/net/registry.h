/** net/registry.h – the list of networks: a new one is a file and a word here. */
#ifndef RMF_NET_REGISTRY_H
#define RMF_NET_REGISTRY_H

#include "ramify/net.h"

#define RMF_NETS(X) X(unet) X(tabular) X(paper_unet) X(paper_tabular)

#define RMF_NET_DECLARE(name) extern const rmf_net_ops rmf_net_##name;
RMF_NETS(RMF_NET_DECLARE)
#undef RMF_NET_DECLARE

#endif
