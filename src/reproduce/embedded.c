/** reproduce/embedded.c – the registry of experiments that the library carries.  One line here and
 * one in experiments.S each. */
#include "ramify/reproduce.h"

extern const char rmf_experiment_digits_quality[], rmf_experiment_mnist_quality[],
    rmf_experiment_mnist_long[], rmf_experiment_fashion_quality[], rmf_experiment_letters_quality[],
    rmf_experiment_losses[], rmf_experiment_efficiency[], rmf_experiment_class_extension[],
    rmf_experiment_letters_extension[], rmf_experiment_plan[], rmf_experiment_epsilon[],
    rmf_experiment_samplers_digits[], rmf_experiment_samplers_letters[],
    rmf_experiment_samplers_mnist[], rmf_experiment_transmutation[], rmf_experiment_hybrids[],
    rmf_experiment_branch_variation[], rmf_experiment_classify[], rmf_experiment_guidance[],
    rmf_experiment_flat[], rmf_experiment_speed[], rmf_experiment_peers[];

static const rmf_experiment_text experiments[] = {
    {"digits-quality", "samples of the recipe digits, the demo's", rmf_experiment_digits_quality},
    {"mnist-quality", "samples of MNIST beside the published ones", rmf_experiment_mnist_quality},
    {"mnist-long", "the same, trained 2.4 times as long", rmf_experiment_mnist_long},
    {"fashion-quality", "samples of Fashion-MNIST beside the published ones",
     rmf_experiment_fashion_quality},
    {"letters-quality", "samples of Letters beside the published ones",
     rmf_experiment_letters_quality},
    {"losses", "the published settings: losses by epoch", rmf_experiment_losses},
    {"efficiency", "time of sampling along the tree against class by class",
     rmf_experiment_efficiency},
    {"class-extension", "classes added to a model of MNIST, one and three",
     rmf_experiment_class_extension},
    {"letters-extension", "letters added to a model of 23", rmf_experiment_letters_extension},
    {"plan", "what trees cost and the error that they allow, before training", rmf_experiment_plan},
    {"epsilon", "trees of MNIST by the threshold of discovery", rmf_experiment_epsilon},
    {"samplers-digits", "Fréchet distance over evaluations, digits",
     rmf_experiment_samplers_digits},
    {"samplers-letters", "Fréchet distance over evaluations, Letters",
     rmf_experiment_samplers_letters},
    {"samplers-mnist", "Fréchet distance over evaluations, MNIST", rmf_experiment_samplers_mnist},
    {"transmutation", "objects of one class made into another's", rmf_experiment_transmutation},
    {"hybrids", "pictures of what classes share", rmf_experiment_hybrids},
    {"branch-variation", "trees from different draws, and models on them",
     rmf_experiment_branch_variation},
    {"classify", "classes from likelihoods", rmf_experiment_classify},
    {"guidance", "trees and a flat model, guided", rmf_experiment_guidance},
    {"flat", "branched against flat on MNIST, equal training", rmf_experiment_flat},
    {"speed", "time of a training step and of a forward pass", rmf_experiment_speed},
    {"peers", "the same of the published network beside PyTorch and JAX", rmf_experiment_peers},
};

const rmf_experiment_text *rmf_experiment_registry(size_t *count)
{
    *count = sizeof experiments / sizeof *experiments;
    return experiments;
}
