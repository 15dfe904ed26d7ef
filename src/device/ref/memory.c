/* device/ref/memory.c – device memory of the host back ends is plain memory. */
#include "device/ref/ref.h"

#include <string.h>

rmf_status rmf_ref_alloc(rmf_device *dev, size_t bytes, void **out)
{
    (void)dev;
    return rmf_alloc(bytes, 1, out);
}

void rmf_ref_release(rmf_device *dev, void *block)
{
    (void)dev;
    rmf_free(block);
}

rmf_status rmf_ref_upload(rmf_device *dev, void *to, const void *from_host, size_t bytes)
{
    (void)dev;
    if (bytes > 0) memcpy(to, from_host, bytes);
    return RMF_OK;
}

rmf_status rmf_ref_download(rmf_device *dev, void *to_host, const void *from, size_t bytes)
{
    (void)dev;
    if (bytes > 0) memcpy(to_host, from, bytes);
    return RMF_OK;
}

rmf_status rmf_ref_fill(rmf_device *dev, float *x, float value, int64_t count)
{
    (void)dev;
    for (int64_t i = 0; i < count; i++)
        x[i] = value;
    return RMF_OK;
}
