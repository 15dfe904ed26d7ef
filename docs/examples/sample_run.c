/* sample_run RUN OUT.npz: ten samples each of the first and the last class of a trained run.
 * The ending of OUT may also be .csv or, for images, .png. */
#include <ramify/ramify.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    rmf_model *model = NULL;
    rmf_sampling sampling;
    rmf_samples samples = {0};
    rmf_sampling_report report;
    if (argc != 3) return 2;
    rmf_status s = rmf_model_open(argv[1], "ema", "auto", &model);
    if (s == RMF_OK) s = rmf_sampling_from_settings(rmf_model_settings(model), &sampling);
    if (s == RMF_OK) {
        int last = rmf_tree_class_count(rmf_model_tree(model)) - 1;
        sampling.classes = (int[]){0, last};
        sampling.n_classes = 2;
        sampling.count = 10;
        s = rmf_model_sample(model, &sampling, NULL, &samples, &report);
    }
    if (s == RMF_OK) s = rmf_samples_write(&samples, argv[2], true);
    if (s == RMF_OK)
        printf("%d samples of %d values, the first of class %s, the last of class %s\n",
               (int)samples.n, (int)samples.features, samples.class_name[samples.label[0]],
               samples.class_name[samples.label[samples.n - 1]]);
    if (s != RMF_OK) fprintf(stderr, "%s\n", rmf_message());
    rmf_samples_free(&samples);
    rmf_model_free(model);
    return s != RMF_OK;
}
