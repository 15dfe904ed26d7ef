/* device/ref/ref.c – the table of the plain back end. */
#include "device/ref/ref.h"

const rmf_device_ops rmf_ref_ops = {
    .name = "ref",
    .summary = "plain loops, one thread: slow, the yardstick of the others",
    .alloc = rmf_ref_alloc,
    .release = rmf_ref_release,
    .upload = rmf_ref_upload,
    .download = rmf_ref_download,
    .fill = rmf_ref_fill,
    .matmul = rmf_ref_matmul,
    .matmul_group = rmf_ref_matmul_group,
    .conv_forward = rmf_ref_conv_forward,
    .conv_backward_data = rmf_ref_conv_backward_data,
    .conv_backward_weights = rmf_ref_conv_backward_weights,
    .group_norm = rmf_ref_group_norm,
    .group_norm_grad = rmf_ref_group_norm_grad,
    .activation = rmf_ref_activation,
    .activation_grad = rmf_ref_activation_grad,
    .axpby = rmf_ref_axpby,
    .scale_shift = rmf_ref_scale_shift,
    .scale_shift_grad = rmf_ref_scale_shift_grad,
    .column_sum = rmf_ref_column_sum,
    .copy_columns = rmf_ref_copy_columns,
    .pixel_sum = rmf_ref_pixel_sum,
    .upsample = rmf_ref_upsample,
    .upsample_grad = rmf_ref_upsample_grad,
    .softmax = rmf_ref_softmax,
    .softmax_grad = rmf_ref_softmax_grad,
    .gather = rmf_ref_gather,
    .gather_grad = rmf_ref_gather_grad,
    .adam = rmf_ref_adam,
    .sum_squares = rmf_ref_sum_squares,
};

static bool available(char *why_not, size_t size)
{
    (void)why_not;
    (void)size;
    return true;
}

static rmf_status open_ref(rmf_device **out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_device), &block));
    *out = block;
    (*out)->ops = &rmf_ref_ops;
    return RMF_OK;
}

static void close_ref(rmf_device *dev)
{
    rmf_free(dev);
}

const rmf_device_kind rmf_ref_kind = {
    .name = "ref",
    .summary = "plain loops, one thread: slow, the yardstick of the others",
    .available = available,
    .open = open_ref,
    .close = close_ref,
};
