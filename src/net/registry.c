/* net/registry.c – finding networks by name, and checking the "net." keys of a recipe. */
#include "net/registry.h"

#include <stdio.h>
#include <string.h>

static const rmf_net_ops *const nets[] = {
#define RMF_NET_ROW(name) &rmf_net_##name,
    RMF_NETS(RMF_NET_ROW)
#undef RMF_NET_ROW
        NULL};

const rmf_option rmf_net_options[] = {
    {"name", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "the network; its own keys depend on it"}, {0}};

const rmf_net_ops *const *rmf_net_registry(void)
{
    return nets;
}

const rmf_net_ops *rmf_net_find(const char *name)
{
    for (int i = 0; name && nets[i]; i++)
        if (strcmp(nets[i]->name, name) == 0) return nets[i];
    return NULL;
}

rmf_status rmf_net_settings_check(rmf_settings *settings)
{
    const char *name = rmf_settings_text(settings, "net.name");
    const rmf_net_ops *ops = rmf_net_find(name);
    if (ops) return rmf_settings_check(settings, "net.", ops->options, rmf_net_options);

    const char *names[sizeof nets / sizeof nets[0]] = {NULL};
    char known[256] = "";
    for (size_t i = 0, used = 0; nets[i] && used < sizeof known; i++) {
        names[i] = nets[i]->name;
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 nets[i]->name);
    }
    if (!name) return rmf_fail(RMF_ERR_USAGE, "net.name is not set; expected one of: %s", known);
    const char *place = rmf_settings_place(settings, "net.name");
    const char *near = rmf_nearest(name, names);
    return rmf_fail(RMF_ERR_USAGE, "%s: net.name is \"%s\"; expected one of: %s%s%s%s",
                    place ? place : "settings", name, known, near ? "; did you mean " : "",
                    near ? near : "", near ? "?" : "");
}
