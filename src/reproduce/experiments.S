/* The experiments that the library carries, as they stand in experiments/. Each ends with a 0 byte. */
    .section .rodata
    .macro experiment symbol, file
    .global rmf_experiment_\symbol
    .hidden rmf_experiment_\symbol
rmf_experiment_\symbol:
    .incbin "\file"
    .byte 0
    .endm

    experiment digits_quality, "digits-quality.yaml"
    experiment mnist_quality, "mnist-quality.yaml"
    experiment mnist_long, "mnist-long.yaml"
    experiment fashion_quality, "fashion-quality.yaml"
    experiment letters_quality, "letters-quality.yaml"
    experiment losses, "losses.yaml"
    experiment efficiency, "efficiency.yaml"
    experiment class_extension, "class-extension.yaml"
    experiment letters_extension, "letters-extension.yaml"
    experiment plan, "plan.yaml"
    experiment epsilon, "epsilon.yaml"
    experiment samplers_digits, "samplers-digits.yaml"
    experiment samplers_letters, "samplers-letters.yaml"
    experiment samplers_mnist, "samplers-mnist.yaml"
    experiment transmutation, "transmutation.yaml"
    experiment hybrids, "hybrids.yaml"
    experiment branch_variation, "branch-variation.yaml"
    experiment classify, "classify.yaml"
    experiment guidance, "guidance.yaml"
    experiment flat, "flat.yaml"
    experiment speed, "speed.yaml"
    experiment peers, "peers.yaml"
    .section .note.GNU-stack, "", @progbits
