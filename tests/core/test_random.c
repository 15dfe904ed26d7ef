/**
 * tests/core/test_random.c – Philox against published answers, normal numbers against a double
 * computation of the same formula and against golden values of tools/golden/philox.py, and the
 * statistics of every kind of number.  All keys are fixed, so nothing here fails by chance.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/philox.h"

static void philox_gives_published_answers(void **state)
{
    (void)state;
    /* From the known-answer file of Random123: key, counter, result. */
    static const uint32_t cases[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t *c = cases[i];
        rmf_philox_block r =
            rmf_philox((rmf_key){{c[0], c[1]}}, (rmf_philox_block){{c[2], c[3], c[4], c[5]}});
        assert_memory_equal(r.word, c + 6, sizeof r.word);
    }
}

static void groups_are_blocks_side_by_side(void **state)
{
    (void)state;
    rmf_address address =
        rmf_address_make(rmf_key_make(3, 4), RMF_KIND_NORMAL, (uint64_t)1 << 40 | 7, 9);
    enum { GROUPS = 5, FIRST = 11 };
    uint32_t bits[GROUPS * RMF_GROUP_SIZE];
    rmf_philox_groups(&address, FIRST, GROUPS, bits);
    for (uint32_t i = 0; i < GROUPS * RMF_GROUP_SIZE; i++) {
        uint32_t group = FIRST + i / RMF_GROUP_SIZE, word = i / RMF_GROUP_LANES % 4;
        rmf_philox_block block =
            rmf_philox_at(&address, group * RMF_GROUP_LANES + i % RMF_GROUP_LANES);
        assert_int_equal(bits[i], block.word[word]);
    }
}

static void golden_values_agree(void **state)
{
    (void)state;
    FILE *file = fopen(RMF_GOLDEN "/random.txt", "r");
    assert_non_null(file);
    char line[256], kind[16];
    int lines = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long long seed, stream, sample;
        unsigned step, index;
        double value;
        if (line[0] == '#') continue;
        assert_int_equal(sscanf(line, "%15s %llu %llu %llu %u %u %lf", kind, &seed, &stream,
                                &sample, &step, &index, &value),
                         7);
        rmf_key key = rmf_key_make(seed, stream);
        float numbers[1000];
        bool single = strcmp(kind, "normal") != 0 && strcmp(kind, "uniform") != 0;
        assert_true(single || index < 1000);
        if (strcmp(kind, "normal") == 0) {
            rmf_random_normal(key, sample, step, numbers, index + 1);
            assert_true(fabs((double)numbers[index] - value) < 1e-6);
        } else if (strcmp(kind, "uniform") == 0) {
            rmf_random_uniform(key, sample, step, numbers, index + 1);
            assert_true((double)numbers[index] == value);
        } else if (strcmp(kind, "unit") == 0) {
            assert_true(rmf_random_unit(key, sample, step) == value);
        } else if (strcmp(kind, "fold") == 0) {
            assert_true(rmf_random_unit(rmf_key_fold(key, index), sample, step) == value);
        } else {
            assert_string_equal(kind, "below");
            assert_int_equal(rmf_random_below(key, sample, step, index), (uint64_t)value);
        }
        lines++;
    }
    fclose(file);
    assert_true(lines > 100);
}

/** Element i in double precision, from the bits of its block. */
static double reference_normal(const rmf_address *address, size_t i)
{
    size_t group = i / RMF_GROUP_SIZE, word = i / RMF_GROUP_LANES % 4;
    rmf_philox_block b =
        rmf_philox_at(address, (uint32_t)(group * RMF_GROUP_LANES + i % RMF_GROUP_LANES));
    uint32_t pair = word / 2 * 2;
    double u = (double)((float)(b.word[pair] >> 1) + 1.0f) * 0x1p-31;
    double radius = sqrt(-2 * log(u)),
           angle = 2 * 3.14159265358979323846 * b.word[pair + 1] * 0x1p-32;
    return word % 2 == 0 ? radius * cos(angle) : radius * sin(angle);
}

static void normal_numbers_are_accurate(void **state)
{
    (void)state;
    enum { N = 200000 };
    rmf_key key = rmf_key_make(5, RMF_STREAM_NOISE);
    rmf_address address = rmf_address_make(key, RMF_KIND_NORMAL, 77, 1);
    float *x = malloc(N * sizeof *x);
    assert_non_null(x);
    rmf_random_normal(key, 77, 1, x, N);
    double worst = 0;
    for (size_t i = 0; i < N; i++)
        worst = fmax(worst, fabs((double)x[i] - reference_normal(&address, i)));
    free(x);
    assert_true(worst < 1e-6);
}

/** Every combination of extreme words gives a finite number of sensible size. */
static void extreme_bits_stay_finite(void **state)
{
    (void)state;
    static const uint32_t words[] = {0,          1,          2,          0x1fffffff, 0x20000000,
                                     0x3fffffff, 0x40000000, 0x5fffffff, 0x60000000, 0x7fffffff,
                                     0x80000000, 0x9fffffff, 0xa0000000, 0xbfffffff, 0xc0000000,
                                     0xdfffffff, 0xe0000000, 0xfffffffe, 0xffffffff};
    enum { WORDS = sizeof words / sizeof *words };
    for (size_t r = 0; r < WORDS; r++)
        for (size_t a = 0; a < WORDS; a++) {
            uint32_t bits[RMF_GROUP_SIZE];
            float out[RMF_GROUP_SIZE];
            for (size_t i = 0; i < RMF_GROUP_SIZE; i++)
                bits[i] = i / RMF_GROUP_LANES % 2 == 0 ? words[r] : words[a];
            rmf_normal_groups(bits, 1, out);
            double radius = hypot((double)out[0], (double)out[RMF_GROUP_LANES]);
            double u = (double)((float)(words[r] >> 1) + 1.0f) * 0x1p-31;
            assert_true(isfinite(radius) && radius < 6.6);
            assert_true(fabs(radius - sqrt(-2 * log(u))) < 2e-6);
            rmf_uniform_groups(bits, 1, out);
            for (size_t i = 0; i < RMF_GROUP_SIZE; i++)
                assert_true(out[i] >= 0.0f && out[i] < 1.0f);
        }
}

static void fills_start_alike_whatever_their_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 7, 8, 9, 31, 32, 33, 255, 256, 257, 512, 783, 784, 999};
    rmf_key key = rmf_key_make(1, 2);
    float whole[1000], part[1001];
    void (*const fills[])(rmf_key, uint64_t, uint32_t, float *, size_t) = {rmf_random_normal,
                                                                           rmf_random_uniform};
    for (size_t f = 0; f < 2; f++) {
        fills[f](key, 3, 4, whole, 1000);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            part[lengths[i]] = -99.0f; /* a sentinel behind the end */
            fills[f](key, 3, 4, part, lengths[i]);
            assert_memory_equal(part, whole, lengths[i] * sizeof *part);
            assert_true(part[lengths[i]] == -99.0f);
        }
    }
}

/** The exact bits, so that another processor's vector loops cannot differ unnoticed. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    float x[10000];
    rmf_random_normal(rmf_key_make(2024, RMF_STREAM_PRIOR), 12, 3, x, 10000);
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (size_t i = 0; i < sizeof x; i++)
        hash = (hash ^ ((const unsigned char *)x)[i]) * 1099511628211u;
    assert_int_equal(hash, UINT64_C(0x6b77a5383d4a5f70));
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/** Kolmogorov's statistic √n·D; 1.95 is exceeded by chance once in a thousand. */
static double kolmogorov(float *x, size_t n, bool normal)
{
    double worst = 0;
    qsort(x, n, sizeof *x, ascending);
    for (size_t i = 0; i < n; i++) {
        double p = normal ? 0.5 * erfc(-(double)x[i] / sqrt(2)) : (double)x[i];
        worst = fmax(worst,
                     fmax(fabs(p - (double)i / (double)n), fabs(p - (double)(i + 1) / (double)n)));
    }
    return worst * sqrt((double)n);
}

/** Central moments 1–4 of x in units of their standard errors must be plausible. */
static void check_moments(const float *x, size_t n, const double expected[4], const double error[4])
{
    double sum[4] = {0};
    for (size_t i = 0; i < n; i++) {
        double power = 1;
        for (int k = 0; k < 4; k++)
            sum[k] += power *= (double)x[i];
    }
    for (int k = 0; k < 4; k++)
        assert_true(fabs(sum[k] / (double)n - expected[k]) < 4 * error[k] / sqrt((double)n));
}

enum { SAMPLES = 500, FEATURES = 784, DRAWS = SAMPLES * FEATURES };

static float *draw(bool normal)
{
    float *x = malloc(DRAWS * sizeof *x);
    assert_non_null(x);
    rmf_key key = rmf_key_make(11, RMF_STREAM_NOISE);
    for (size_t s = 0; s < SAMPLES; s++)
        (normal ? rmf_random_normal : rmf_random_uniform)(key, s, 8, x + s * FEATURES, FEATURES);
    return x;
}

static void normal_numbers_are_normal(void **state)
{
    (void)state;
    float *x = draw(true);
    check_moments(x, DRAWS, (const double[]){0, 1, 0, 3},
                  (const double[]){1, sqrt(2), sqrt(15), sqrt(96)});
    double neighbours = 0, samples = 0; /* correlations of feature pairs and of sample pairs */
    for (size_t i = 0; i + FEATURES < DRAWS; i++) {
        neighbours += (double)x[i] * (double)x[i + 1];
        samples += (double)x[i] * (double)x[i + FEATURES];
    }
    assert_true(fabs(neighbours) < 4 * sqrt(DRAWS));
    assert_true(fabs(samples) < 4 * sqrt(DRAWS));
    assert_true(kolmogorov(x, DRAWS, true) < 1.95);
    assert_true(x[0] < -4 && x[DRAWS - 1] > 4); /* sorted now: the tails are there */
    free(x);
}

static void uniform_numbers_are_uniform(void **state)
{
    (void)state;
    float *x = draw(false);
    check_moments(
        x, DRAWS, (const double[]){0.5, 1.0 / 3, 0.25, 0.2},
        (const double[]){sqrt(1.0 / 12), sqrt(4.0 / 45), sqrt(9.0 / 112), sqrt(16.0 / 225)});
    assert_true(kolmogorov(x, DRAWS, false) < 1.95);
    assert_true(x[0] >= 0 && x[DRAWS - 1] < 1);
    free(x);
}

static void single_numbers_are_uniform(void **state)
{
    (void)state;
    enum { N = 100000 };
    rmf_key key = rmf_key_make(9, RMF_STREAM_TIME);
    float *x = malloc(N * sizeof *x);
    assert_non_null(x);
    for (uint32_t i = 0; i < N; i++) {
        double u = rmf_random_unit(key, i % 7, i);
        assert_true(u >= 0 && u < 1);
        x[i] = (float)u;
    }
    assert_true(kolmogorov(x, N, false) < 1.95);
    free(x);
}

static void addresses_do_not_share_numbers(void **state)
{
    (void)state;
    rmf_key key = rmf_key_make(1, RMF_STREAM_NOISE);
    const double one = rmf_random_unit(key, 5, 6);
    assert_true(one == rmf_random_unit(key, 5, 6));
    assert_true(one != rmf_random_unit(key, 6, 5));
    assert_true(one != rmf_random_unit(key, 5 + ((uint64_t)1 << 32), 6));
    assert_true(one != rmf_random_unit(rmf_key_make(2, RMF_STREAM_NOISE), 5, 6));
    assert_true(one != rmf_random_unit(rmf_key_make(1, RMF_STREAM_PRIOR), 5, 6));
    assert_true(one != rmf_random_unit(rmf_key_fold(key, 0), 5, 6));
    assert_true(rmf_random_unit(rmf_key_fold(key, 1), 5, 6) !=
                rmf_random_unit(rmf_key_fold(key, 2), 5, 6));
    float u;
    rmf_random_uniform(key, 5, 6, &u, 1);
    assert_true(fabs((double)u - one) > 1e-6); /* another kind, other bits */
}

static void whole_numbers_are_unbiased(void **state)
{
    (void)state;
    enum { N = 60000, BOUND = 6 };
    rmf_key key = rmf_key_make(4, RMF_STREAM_BATCH);
    double count[BOUND] = {0}, chi2 = 0;
    for (uint32_t i = 0; i < N; i++)
        count[rmf_random_below(key, i, 1, BOUND)]++;
    for (int k = 0; k < BOUND; k++)
        chi2 += pow(count[k] - (double)N / BOUND, 2) / ((double)N / BOUND);
    assert_true(chi2 < 20.5); /* 5 degrees of freedom: once in a thousand */
    assert_int_equal(rmf_random_below(key, 1, 1, 1), 0);
    /* Just above 2^63 nearly every second draw is rejected. */
    uint64_t bound = ((uint64_t)1 << 63) + 1;
    int upper = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t value = rmf_random_below(key, i, 2, bound);
        assert_true(value < bound);
        upper += value >= bound / 2;
    }
    assert_in_range(upper, 430, 570);
    /* Scaling alone, without rejection, would make every second of these a multiple of three. */
    int multiples = 0;
    for (uint32_t i = 0; i < 3000; i++)
        multiples += rmf_random_below(key, i, 3, (uint64_t)3 << 62) % 3 == 0;
    assert_in_range(multiples, 900, 1100);
}

static void permutations_hold_everything_once(void **state)
{
    (void)state;
    enum { N = 1000 };
    int64_t order[N];
    bool seen[N] = {false};
    rmf_random_permutation(rmf_key_make(1, RMF_STREAM_SPLIT), order, N);
    int fixed = 0;
    for (int64_t i = 0; i < N; i++) {
        assert_in_range(order[i], 0, N - 1);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        fixed += order[i] == i;
    }
    assert_true(fixed < 8); /* one is expected */
    order[0] = 42;
    rmf_random_permutation(rmf_key_make(1, 1), order, 0);
    assert_int_equal(order[0], 42);
    rmf_random_permutation(rmf_key_make(1, 1), order, 1);
    assert_int_equal(order[0], 0);
    /* All six orders of three are equally frequent. */
    double count[6] = {0}, chi2 = 0;
    for (uint64_t seed = 0; seed < 6000; seed++) {
        rmf_random_permutation(rmf_key_make(seed, 1), order, 3);
        count[2 * order[0] + (order[1] > order[2])]++;
    }
    for (int k = 0; k < 6; k++)
        chi2 += pow(count[k] - 1000, 2) / 1000;
    assert_true(chi2 < 20.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_published_answers),
        cmocka_unit_test(groups_are_blocks_side_by_side),
        cmocka_unit_test(golden_values_agree),
        cmocka_unit_test(normal_numbers_are_accurate),
        cmocka_unit_test(extreme_bits_stay_finite),
        cmocka_unit_test(fills_start_alike_whatever_their_length),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(normal_numbers_are_normal),
        cmocka_unit_test(uniform_numbers_are_uniform),
        cmocka_unit_test(single_numbers_are_uniform),
        cmocka_unit_test(addresses_do_not_share_numbers),
        cmocka_unit_test(whole_numbers_are_unbiased),
        cmocka_unit_test(permutations_hold_everything_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
