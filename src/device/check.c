/* device/check.c – argument checks shared by the back ends. */
#include "device/check.h"

#include <inttypes.h>

static rmf_status fail_type(const char *device, const char *slot, rmf_type type)
{
    return rmf_fail(RMF_ERR_UNSUPPORTED,
                    "device %s: %s in element type %d; only f32 is computed here, use "
                    "--precision f32",
                    device, slot, (int)type);
}

rmf_status rmf_check_matmul(const char *device, const rmf_matmul *args)
{
    if (args->type != RMF_F32) return fail_type(device, "matmul", args->type);
    if (args->m < 0 || args->n < 0 || args->k < 0 || args->batch < 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "device %s: matmul of %" PRId64 "×%" PRId64 "×%" PRId64 ", batch %" PRId64
                        "; sizes may not be negative",
                        device, args->m, args->n, args->k, args->batch);
    return RMF_OK;
}

rmf_status rmf_check_conv(const char *device, const rmf_conv *args)
{
    if (args->type != RMF_F32 && args->type != RMF_BF16)
        return fail_type(device, "convolution", args->type);
    const bool sizes = args->n >= 0 && args->h > 0 && args->w > 0 && args->cin > 0 &&
                       args->oh > 0 && args->ow > 0 && args->cout > 0 && args->kh > 0 &&
                       args->kw > 0 && args->stride > 0 && args->pad >= 0 &&
                       rmf_conv_width(args) >= args->cout;
    if (!sizes)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "device %s: convolution %" PRId64 "×%" PRId64 "×%" PRId64 "×%" PRId64
                        " → %" PRId64 "×%" PRId64 "×%" PRId64 ", kernel %" PRId64 "×%" PRId64
                        ", stride %d, pad %d; sizes must be positive, and rows of weights as "
                        "long as the channels they hold",
                        device, args->n, args->h, args->w, args->cin, args->oh, args->ow,
                        args->cout, args->kh, args->kw, args->stride, args->pad);
    return RMF_OK;
}

rmf_status rmf_check_group_norm(const char *device, const rmf_group_norm *args)
{
    if (args->n < 0 || args->p < 1 || args->c < 1 || args->groups < 1 ||
        args->c % args->groups != 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "device %s: group norm of %" PRId64 "×%" PRId64 "×%" PRId64 " in %" PRId64
                        " groups; the groups must divide the channels",
                        device, args->n, args->p, args->c, args->groups);
    return RMF_OK;
}
