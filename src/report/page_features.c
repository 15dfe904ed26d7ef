/** report/page_features.c – histograms of the features of tables, real against generated. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/chart.h"
#include "report/page.h"

enum { BINS = 24, FEATURES_MOST = 24 };
#define WIDTH 210.0
#define HEIGHT 84.0

static void find_range(const rmf_page_set *set, int64_t features, int64_t j, double range[2])
{
    for (int64_t i = 0; i < set->n; i++)
        rmf_range_add(&range[0], &range[1], set->x[i * features + j]);
}

/* Every class of the set weighs the same, however many objects it has. */
static void count(const rmf_page_set *set, const rmf_page *page, int64_t j, const double range[2],
                  const int64_t *objects, double bin[BINS])
{
    int present = 0;
    for (int c = 0; c < rmf_tree_class_count(page->tree); c++)
        present += objects[c] > 0;
    memset(bin, 0, BINS * sizeof *bin);
    for (int64_t i = 0; i < set->n; i++) {
        const double value = set->x[i * page->features + j];
        if (!isfinite(value) || set->label[i] < 0) continue;
        const double share = range[1] > range[0] ? (value - range[0]) / (range[1] - range[0]) : 0;
        const int at = (int)fmin(share * BINS, BINS - 1);
        bin[at] += 1.0 / (double)objects[set->label[i]] / present;
    }
}

static rmf_status put_steps(rmf_writer *w, const double bin[BINS], double most, const char *kind)
{
    PUT(w, "<path class=\"%s\" d=\"M0 %.1f", kind, HEIGHT);
    for (int i = 0; i < BINS; i++)
        PUT(w, "V%.1fH%.1f", HEIGHT - (HEIGHT - 4) * bin[i] / most, WIDTH * (i + 1) / BINS);
    return rmf_writer_print(w, "V%.1f\"/>", HEIGHT);
}

typedef struct counts {
    int64_t *generated, *real; /* [classes] */
} counts;

static rmf_status put_feature(rmf_writer *w, const rmf_page *page, int64_t j, const counts *n)
{
    double generated[BINS], real[BINS], range[2] = {NAN, NAN}, most = 1e-12;
    char number[32];
    find_range(&page->generated, page->features, j, range);
    find_range(&page->real, page->features, j, range);
    count(&page->generated, page, j, range, n->generated, generated);
    count(&page->real, page, j, range, n->real, real);
    for (int i = 0; i < BINS; i++)
        most = fmax(most, fmax(generated[i], real[i]));
    snprintf(number, sizeof number, "x%lld", (long long)j);
    const char *name = page->feature_name ? page->feature_name[j] : number;
    PUT(w, "<figure><svg role=\"img\" viewBox=\"0 0 %.0f %.0f\"><title>", WIDTH, HEIGHT + 16);
    RMF_TRY(rmf_html_text(w, name));
    PUT(w, ": real and generated, from %.4g to %.4g</title>", range[0], range[1]);
    RMF_TRY(put_steps(w, real, most, "area"));
    RMF_TRY(put_steps(w, generated, most, "line"));
    PUT(w,
        "<g class=\"axis\"><path d=\"M0 %.0fH%.0f\"/><text class=\"start\" x=\"0\" y=\"%.0f\">%.3g"
        "</text><text class=\"side\" x=\"%.0f\" y=\"%.0f\">%.3g</text></g></svg><figcaption>",
        HEIGHT, WIDTH, HEIGHT + 14, range[0], WIDTH, HEIGHT + 14, range[1]);
    RMF_TRY(rmf_html_text(w, name));
    return rmf_writer_print(w, "</figcaption></figure>\n");
}

static void count_classes(const rmf_page_set *set, int64_t *objects)
{
    for (int64_t i = 0; i < set->n; i++)
        if (set->label[i] >= 0) objects[set->label[i]]++;
}

static rmf_status put_all(rmf_writer *w, const rmf_page *page, const counts *n)
{
    const int64_t shown = page->features < FEATURES_MOST ? page->features : FEATURES_MOST;
    PUT(w, "<section id=\"features\"><h2>Features</h2>\n<p>Filled: real objects; line: generated "
           "ones. Every class counts the same.");
    if (shown < page->features)
        PUT(w, " The first %lld of %lld features.", (long long)shown, (long long)page->features);
    PUT(w, "</p>\n<div class=\"small\">\n");
    for (int64_t j = 0; j < shown; j++)
        RMF_TRY(put_feature(w, page, j, n));
    return rmf_writer_print(w, "</div></section>\n");
}

rmf_status rmf_page_put_features(rmf_writer *w, const rmf_page *page)
{
    counts n = {NULL, NULL};
    const size_t classes = (size_t)rmf_tree_class_count(page->tree);
    if (rmf_page_pictures(page) || page->generated.n == 0 || page->real.n == 0) return RMF_OK;
    RMF_TRY(rmf_alloc(classes, 2 * sizeof *n.generated, (void **)&n.generated));
    n.real = n.generated + classes;
    count_classes(&page->generated, n.generated);
    count_classes(&page->real, n.real);
    rmf_status status = put_all(w, page, &n);
    rmf_free(n.generated);
    return status;
}
