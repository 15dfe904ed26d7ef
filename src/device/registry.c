/* device/registry.c – the back ends this build knows, best first. */
#include "device/cpu/cpu.h"
#include "device/ref/ref.h"

#include <string.h>

/* One line a back end. */
static const rmf_device_kind *const kinds[] = {
    &rmf_cpu_kind,
    &rmf_ref_kind,
    NULL,
};

const rmf_device_kind *const *rmf_device_registry(void)
{
    return kinds;
}

static rmf_status open_first_available(rmf_device **out)
{
    char why[160] = "";
    for (const rmf_device_kind *const *kind = kinds; *kind; kind++)
        if ((*kind)->available(why, sizeof why)) return (*kind)->open(out);
    return rmf_fail(RMF_ERR_UNSUPPORTED, "device auto: no back end is available (%s)", why);
}

rmf_status rmf_device_open(const char *name, rmf_device **out)
{
    if (strcmp(name, "auto") == 0) return open_first_available(out);
    const char *names[sizeof kinds / sizeof kinds[0] + 1] = {"auto"};
    for (size_t i = 0; kinds[i]; i++) {
        names[i + 1] = kinds[i]->name;
        if (strcmp(name, kinds[i]->name) != 0) continue;
        char why[160] = "";
        if (!kinds[i]->available(why, sizeof why))
            return rmf_fail(RMF_ERR_UNSUPPORTED, "device %s: %s; use device auto", name, why);
        return kinds[i]->open(out);
    }
    const char *near = rmf_nearest(name, names);
    return rmf_fail(RMF_ERR_USAGE,
                    "device is \"%s\"; expected auto or a name that `ramify list` "
                    "shows%s%s",
                    name, near ? "; did you mean " : "", near ? near : "");
}

void rmf_device_close(rmf_device *dev)
{
    for (size_t i = 0; dev && kinds[i]; i++)
        if (strcmp(dev->ops->name, kinds[i]->name) == 0) {
            kinds[i]->close(dev);
            return;
        }
}

rmf_status rmf_device_set_type(rmf_device *dev, const char *type)
{
    const bool wanted = strcmp(type, "bf16") == 0;
    if (!wanted && strcmp(type, "auto") != 0 && strcmp(type, "f32") != 0)
        return rmf_fail(RMF_ERR_USAGE, "precision is \"%s\"; expected auto, f32 or bf16", type);
    if (wanted && !dev->bf16)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "device %s: it does not multiply bf16 on this processor; use --precision "
                        "auto or f32",
                        dev->ops->name);
    dev->type = strcmp(type, "f32") != 0 && dev->bf16 ? RMF_BF16 : RMF_F32;
    return RMF_OK;
}
