/* data/digits.S – the embedded digits (data/digits/digits.csv.gz), as they are in the file. */
    .section .rodata
    .global rmf_digits_begin
    .global rmf_digits_end
    .hidden rmf_digits_begin
    .hidden rmf_digits_end
rmf_digits_begin:
    .incbin RMF_DIGITS_FILE
rmf_digits_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
