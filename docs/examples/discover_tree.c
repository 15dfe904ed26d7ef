/* Branch points of three classes held in arrays: two are alike, the third points elsewhere. */
#include <ramify/ramify.h>
#include <stdio.h>

enum { OBJECTS = 600, FEATURES = 16 };

int main(void)
{
    static const char *const names[] = {"oak", "elm", "pike"};
    static const float centre[][2] = {{1.0f, 0.6f}, {0.6f, 1.0f}, {-1.0f, -1.0f}};
    static float x[OBJECTS * FEATURES];
    static int32_t label[OBJECTS];
    for (int i = 0; i < OBJECTS; i++) {
        label[i] = i % 3;
        rmf_random_normal(rmf_key_make(1, 0), (uint64_t)i, 0, x + i * FEATURES, FEATURES);
        for (int j = 0; j < FEATURES; j++)
            x[i * FEATURES + j] = 0.3f * x[i * FEATURES + j] + centre[label[i]][j % 2];
    }
    rmf_labelled data = {OBJECTS, FEATURES, x, label, 3, names};
    rmf_discovery options;
    rmf_discovery_init(&options); /* exact, sibling accuracy 0.6 */
    rmf_sde sde;
    rmf_tree *tree = NULL;
    char *drawing = NULL;
    rmf_status s = rmf_sde_parse("vp:0.1,20", "example", &sde);
    if (s == RMF_OK) {
        rmf_noise noise = rmf_sde_noise(&sde);
        s = rmf_discover(&data, &noise, &options, NULL, &tree);
    }
    if (s == RMF_OK) s = rmf_tree_to_text(tree, &drawing);
    if (s == RMF_OK) printf("%scost %.2f of flat sampling\n", drawing, rmf_tree_cost(tree));
    if (s != RMF_OK) fprintf(stderr, "%s\n", rmf_message());
    rmf_free(drawing);
    rmf_tree_free(tree);
    return s != RMF_OK;
}
