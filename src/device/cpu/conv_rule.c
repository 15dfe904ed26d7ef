/* device/cpu/conv_rule.c – which way a convolution goes, and why. */
#include "device/cpu/conv_rule.h"

enum { THIN = 4 }; /* channels: too few to fill a vector register */

enum rmf_conv_way rmf_conv_choose(const rmf_conv *a, enum rmf_conv_direction direction)
{
    const bool mirrors = a->stride == 1 && a->kh == a->kw && a->pad < a->kh;
    const bool thin_out = a->cout <= THIN && a->cin > THIN;
    if (thin_out && mirrors && direction != RMF_CONV_DATA) return RMF_CONV_SWAPPED;
    if (a->rows_vary || rmf_conv_is_pointwise(a)) return RMF_CONV_GEMM;
    if (a->cin <= THIN) return direction == RMF_CONV_DATA ? RMF_CONV_GEMM : RMF_CONV_DNNL;
    return a->stride == 1 ? RMF_CONV_DNNL : RMF_CONV_GEMM;
}
