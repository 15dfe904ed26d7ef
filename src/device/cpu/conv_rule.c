/* device/cpu/conv_rule.c – which way a convolution goes, and why.
 *
 * GFLOP/s of one thread (AMD Zen 3, AVX2; large products reach 97), batch 128; oneDNN 2.6.3 on nhwc
 * with the weights it prefers, reorders included.  All ways of a row alternated in one program,
 * best of 12 to 198 rounds by processor time, on a machine that was busy with other work:
 * differences below a tenth mean little.  Mirrored: forward and data exchanged, see conv.c; stride
 * 1 only.
 *
 *  image    channels  kernel      forward               data                weights
 *                            oneDNN im2col mirror  oneDNN col2im mirror  oneDNN im2col mirror
 *  28→28     32→32    3 s1 p1   82     79     65      77     64     81      70     74     74
 *  14→14     64→64    3 s1 p1   82     89     72      94     71     88      66     82     82
 *   7→7      96→96    3 s1 p1   79     88     79      90     72     90      68     86     87
 *   7→7     128→128   3 s1 p1   70     85     75      90     80     88      65     73     74
 *  28→28     64→32    3 s1 p1   60     80     71      83     61     86      55     71     80
 *  14→14    128→64    3 s1 p1   64     83     71      95     75     89      62     75     80
 *  28→26     33→32    3 s1 p0   87     78     57      47     59     52      70     72     49
 *  28→28      1→32    3 s1 p1   50     20      8       6     18     13      36     19     11
 *  28→28     32→1     3 s1 p1    5     13     18      46      7     21       9     10     19
 *  28→28     32→64    1 s1      78     76     71      83     77     79      63     64     60
 *   7→7     192→96    1 s1      77     78     73      87     81     86      56     88     90
 *  26→12     64→64    3 s2 p0   44     74             63     65             55     71
 *  12→5      64→288   3 s2 p0   62     89             70     73             54     85
 *  26→12     32→160   3 s2 p0   70     87             59     69             61     82
 *   5→2     128→256   3 s2 p0   47     85             41     80             29     72
 *
 * The same with AVX-512 (AMD Zen 4, one thread, batch 64; oneDNN also with operands rounded to
 * bf16, rounding included).  im2col and mirror: half of two threads' speed at batch 128.
 *
 *  image    channels  kernel      forward                data                  weights
 *                            f32 im2col mir. bf16   f32 im2col mir. bf16   f32 im2col mir. bf16
 *  28→28     32→32    3 s1 p1  104  72   53   201   104  41   52   219   109  48   48   187
 *  14→14     64→64    3 s1 p1  115  83   69   234   119  64   86   216   111  68   67   187
 *   7→7      96→96    3 s1 p1  121 104   77   231   137  77   91   272   118  85   84   143
 *  28→28     64→32    3 s1 p1  108  77   67   199   108  62   79   220    94  71   67   180
 *  14→14    128→64    3 s1 p1  116  84   70   239   106  78  103   219   109  75   92   206
 *  28→28      1→32    3 s1 p1   25  15    2     –     3  16    7     7    29  15    7     –
 *  28→28     32→1     3 s1 p1    7   7   15    12    76   1   18    62     7   5    7    10
 *  28→14     32→64    3 s2 p1   92  74        180    87  42        167    68  42        143
 *  26→12     32→160   3 s2 p0  110  88        186   115  77        191    98  85        191
 *  12→5      64→288   3 s2 p0  105  92        176   102  62        185    83  83        120
 *   5→2     128→256   3 s2 p0   88  98        178    80  80        194    55  98         66
 *  14→14    128→64    1 s1      102   –        200    86   –        195   110   –        163
 */
#include "device/cpu/conv_rule.h"

#include "device/check.h"

enum {
    VECTOR = 8,
    WIDE_VECTOR = 16,
    THIN = 4,    /* channels: too few to fill a vector register */
    NARROW = 48, /* channels: K = kh·kw·cin too short for the best matrix product */
    TINY = 4,    /* pixels of the output: reordering the weights costs as much as the products */
    SMALL = 25   /* and so few that a weight gradient is a short sum */
};

/* Whether some output sees padding alone, which oneDNN's kernels do not expect. */
static bool overhangs(const rmf_conv *a)
{
    return a->pad >= a->kh || a->pad >= a->kw || (a->oh - 1) * a->stride - a->pad >= a->h ||
           (a->ow - 1) * a->stride - a->pad >= a->w;
}

/* Mirroring exchanges input and output, which must then be the same kind of thing. */
static bool mirrors(const rmf_conv *a)
{
    return a->stride == 1 && a->kh == a->kw && rmf_conv_width(a) == a->cout;
}

/* Channels that leave no part of a vector register empty. */
static bool fills_vectors(const rmf_conv *a)
{
    return a->cin % WIDE_VECTOR == 0 && a->cout % WIDE_VECTOR == 0;
}

bool rmf_conv_can(const rmf_conv *args, enum rmf_conv_way way, struct rmf_conv_cpu cpu)
{
    if (way == RMF_CONV_GEMM) return true;
    if (way == RMF_CONV_MIRRORED && !mirrors(args)) return false;
    return !overhangs(args) && (way != RMF_CONV_DNNL_BF16 || cpu.bf16);
}

/* AVX2: oneDNN's primitives are the slower ones for few rows and for long strides. */
static enum rmf_conv_way choose_narrow(const rmf_conv *a, enum rmf_conv_direction direction)
{
    const bool data = direction == RMF_CONV_DATA, forward = direction == RMF_CONV_FORWARD;
    const bool mirrored = mirrors(a);
    const bool thin_in = a->cin <= THIN, thin_out = a->cout <= THIN && !thin_in;
    if (mirrored && thin_out && !data) return RMF_CONV_MIRRORED;
    if (mirrored && !data && !forward && a->cin >= 2 * a->cout) return RMF_CONV_MIRRORED;
    if (a->rows_vary) return mirrored && data && !thin_in ? RMF_CONV_MIRRORED : RMF_CONV_GEMM;
    if (thin_in) return data ? RMF_CONV_GEMM : RMF_CONV_DNNL;
    if (a->stride > 1 || !(data || forward)) return RMF_CONV_GEMM;
    if (data && a->cin % VECTOR != 0) return RMF_CONV_GEMM;
    return data || a->cin <= NARROW ? RMF_CONV_DNNL : RMF_CONV_GEMM;
}

/* AVX-512: they are the faster ones nearly everywhere. */
static enum rmf_conv_way choose_wide(const rmf_conv *a, enum rmf_conv_direction direction)
{
    const bool data = direction == RMF_CONV_DATA, weights = direction == RMF_CONV_WEIGHTS;
    const int64_t pixels = a->oh * a->ow;
    if (a->cin <= THIN) return data ? RMF_CONV_GEMM : RMF_CONV_DNNL;
    if (a->cout <= THIN && data) return RMF_CONV_DNNL;
    if (!fills_vectors(a)) return choose_narrow(a, direction);
    if (pixels <= TINY || (weights && pixels <= SMALL)) return RMF_CONV_GEMM;
    return RMF_CONV_DNNL;
}

static bool bf16_pays(const rmf_conv *a, enum rmf_conv_direction direction)
{
    if (!fills_vectors(a) || overhangs(a)) return false;
    return a->oh * a->ow > TINY || !(a->rows_vary || direction == RMF_CONV_WEIGHTS);
}

enum rmf_conv_way rmf_conv_choose(const rmf_conv *a, enum rmf_conv_direction direction,
                                  struct rmf_conv_cpu cpu)
{
    if (a->type == RMF_BF16 && cpu.bf16 && bf16_pays(a, direction)) return RMF_CONV_DNNL_BF16;
    if (rmf_conv_is_pointwise(a) || overhangs(a)) return RMF_CONV_GEMM;
    return cpu.wide ? choose_wide(a, direction) : choose_narrow(a, direction);
}
