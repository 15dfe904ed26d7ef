/* train/embedded.c – the registry of recipes that the library carries, and the published trees that
 * four of them name.  One line here and one in recipes.S a file. */
#include "train/train_private.h"

#include <string.h>

extern const char rmf_recipe_digits[], rmf_recipe_digits_flat[], rmf_recipe_mnist_flat[],
    rmf_recipe_letters_label_guided_paper[], rmf_recipe_mnist_label_guided_paper[],
    rmf_recipe_fashion_mnist[], rmf_recipe_fashion_mnist_paper[], rmf_recipe_letters[],
    rmf_recipe_letters_paper[], rmf_recipe_mnist[], rmf_recipe_mnist_discrete_paper[],
    rmf_recipe_mnist_paper[], rmf_recipe_tree_fashion_mnist[], rmf_recipe_tree_letters[],
    rmf_recipe_tree_mnist[], rmf_recipe_tree_mnist_discrete[];

static const rmf_recipe recipes[] = {
    {"digits", "UCI optical digits, 8×8, carried by the library", rmf_recipe_digits},
    {"digits-flat", "the same without a tree: a flat model that is told the class",
     rmf_recipe_digits_flat},
    {"fashion-mnist", "Fashion-MNIST clothes, 28×28", rmf_recipe_fashion_mnist},
    {"fashion-mnist-paper", "the same with the published settings and tree",
     rmf_recipe_fashion_mnist_paper},
    {"letters", "UCI letter recognition, 26 classes, 16 features", rmf_recipe_letters},
    {"letters-paper", "the same with the published settings and tree", rmf_recipe_letters_paper},
    {"letters-label-guided-paper", "the published flat baseline, told the class",
     rmf_recipe_letters_label_guided_paper},
    {"mnist", "MNIST digits, 28×28", rmf_recipe_mnist},
    {"mnist-flat", "the same without a tree: a flat model that is told the class",
     rmf_recipe_mnist_flat},
    {"mnist-paper", "the same with the published settings and tree", rmf_recipe_mnist_paper},
    {"mnist-discrete-paper", "MNIST in 1,000 steps with the published settings and tree",
     rmf_recipe_mnist_discrete_paper},
    {"mnist-label-guided-paper", "the published flat baseline, told the class",
     rmf_recipe_mnist_label_guided_paper},
};

static const rmf_recipe trees[] = {
    {"trees/fashion-mnist.json", "published tree of Fashion-MNIST", rmf_recipe_tree_fashion_mnist},
    {"trees/letters.json", "published tree of the letters", rmf_recipe_tree_letters},
    {"trees/mnist.json", "published tree of MNIST", rmf_recipe_tree_mnist},
    {"trees/mnist-discrete.json", "published tree of MNIST in 1,000 steps",
     rmf_recipe_tree_mnist_discrete},
};

const rmf_recipe *rmf_recipe_registry(size_t *count)
{
    *count = sizeof recipes / sizeof *recipes;
    return recipes;
}

const char *rmf_embedded_tree(const char *name)
{
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
        if (strcmp(trees[i].name, name) == 0) return trees[i].yaml;
    return NULL;
}
