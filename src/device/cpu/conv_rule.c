/* device/cpu/conv_rule.c – which way a convolution goes, and why.
 *
 * Measured: GFLOP/s of one core (AMD Zen 3, AVX2; 97 at best), oneDNN 2.6.3 on nhwc with its
 * preferred weights, reorders included; batch 128.  Mirrored: the data gradient as a forward
 * convolution, or a thin output as a data gradient.
 *
 *   image  channels kernel     forward         data                    weights
 *                          oneDNN  im2col  oneDNN  col2im  mirror   oneDNN  im2col
 *   28×28   32→32   3 s1     82      79      77      65      77       72      74
 *   14×14   64→64   3 s1     81      88      93      68      85       64      82
 *    7×7    96→96   3 s1     78      90      91      72      88       67      86
 *    7×7   128→128  3 s1     71      89      93      83      83       65      79
 *   28×28   64→32   3 s1     65      82      85      64      84       58      74
 *   14×14  128→64   3 s1     57      86      95      76      88       63      79
 *   28×28   33→32   3 s1     87      77      47      60      52       71      72
 *   28×28    1→32   3 s1     60      20       5      18               41      20
 *   28×28   32→1    3 s1      4       8      66       7                5       6    mirrored: 17,
 * 19
 *
 * On two idle cores, in the same order of merit: 26×26 → 12×12, 32→160, stride 2: forward 177
 * (oneDNN) and 185, data 157 and 182, weights 137 and 164; 1×1 kernels: equal within noise, and
 * im2col is then the image itself. */
#include "device/cpu/conv_rule.h"

enum {
    VECTOR = 8,
    THIN = 4,   /* channels: too few to fill a vector register */
    NARROW = 48 /* channels: K = kh·kw·cin too short for the best matrix product */
};

/* Whether some output sees padding alone, which oneDNN's kernels do not expect. */
static bool overhangs(const rmf_conv *a)
{
    return a->pad >= a->kh || a->pad >= a->kw || (a->oh - 1) * a->stride - a->pad >= a->h ||
           (a->ow - 1) * a->stride - a->pad >= a->w;
}

enum rmf_conv_way rmf_conv_choose(const rmf_conv *a, enum rmf_conv_direction direction)
{
    const bool data = direction == RMF_CONV_DATA, forward = direction == RMF_CONV_FORWARD;
    const bool mirrors = a->stride == 1 && a->kh == a->kw;
    const bool thin_in = a->cin <= THIN, thin_out = a->cout <= THIN && !thin_in;
    if (rmf_conv_is_pointwise(a) || overhangs(a)) return RMF_CONV_GEMM;
    if (mirrors && thin_out && !data) return RMF_CONV_MIRRORED;
    if (a->rows_vary) return mirrors && data && !thin_in ? RMF_CONV_MIRRORED : RMF_CONV_GEMM;
    if (thin_in) return data ? RMF_CONV_GEMM : RMF_CONV_DNNL;
    if (a->stride > 1 || !(data || forward)) return RMF_CONV_GEMM;
    if (data && a->cin % VECTOR != 0 && mirrors) return RMF_CONV_MIRRORED;
    return data || a->cin <= NARROW ? RMF_CONV_DNNL : RMF_CONV_GEMM;
}
