/* The recipes that the library carries, as they stand in recipes/. Each ends with a 0 byte. */
    .section .rodata
    .macro recipe symbol, file
    .global rmf_recipe_\symbol
    .hidden rmf_recipe_\symbol
rmf_recipe_\symbol:
    .incbin "\file"
    .byte 0
    .endm

    recipe digits, "digits.yaml"
    recipe digits_flat, "digits-flat.yaml"
    recipe fashion_mnist, "fashion-mnist.yaml"
    recipe fashion_mnist_paper, "fashion-mnist-paper.yaml"
    recipe letters, "letters.yaml"
    recipe letters_label_guided_paper, "letters-label-guided-paper.yaml"
    recipe letters_paper, "letters-paper.yaml"
    recipe mnist, "mnist.yaml"
    recipe mnist_discrete_paper, "mnist-discrete-paper.yaml"
    recipe mnist_flat, "mnist-flat.yaml"
    recipe mnist_label_guided_paper, "mnist-label-guided-paper.yaml"
    recipe mnist_paper, "mnist-paper.yaml"
    recipe tree_fashion_mnist, "trees/fashion-mnist.json"
    recipe tree_letters, "trees/letters.json"
    recipe tree_mnist, "trees/mnist.json"
    recipe tree_mnist_discrete, "trees/mnist-discrete.json"
    .section .note.GNU-stack, "", @progbits
