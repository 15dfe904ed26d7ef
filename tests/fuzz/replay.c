/**
 * tests/fuzz/replay.c – runs a fuzz target without a fuzzer: first all files of a corpus folder,
 * then mutations of them until the time is up.  The n-th mutation is always the same.
 *
 * fuzz_NAME FOLDER [SECONDS [FIRST]]: on a crash the input is left in ./fuzz-crash, and the number
 * of the mutation is printed, to be given as FIRST.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 256, MOST_SIZE = 1 << 16, MOST_CHANGES = 6 };

typedef struct input {
    char *data;
    size_t size;
} input;

/* The crash handler has no other way to the current input. */
static uint8_t *current;
static size_t current_size;
static volatile uint64_t current_number;

static void on_crash(int number)
{
    static const char text[] = "fuzz: crashed; the input is in ./fuzz-crash\n";
    int file = open("fuzz-crash", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ssize_t done = file >= 0 ? write(file, current, current_size) : 0;
    done += write(STDERR_FILENO, text, sizeof text - 1);
    char digits[32];
    size_t at = sizeof digits;
    digits[--at] = '\n';
    for (uint64_t n = current_number; at > 0; n /= 10) {
        digits[--at] = (char)('0' + n % 10);
        if (n < 10) break;
    }
    done += write(STDERR_FILENO, digits + at, sizeof digits - at);
    signal(number, SIG_DFL);
    if (done >= 0) raise(number);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/** All files of a folder, in the order of their names. */
static size_t load_corpus(const char *folder, input out[MOST_FILES])
{
    struct dirent **entries;
    size_t count = 0;
    int found = scandir(folder, &entries, visible, by_name);
    for (int i = 0; i < found; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        FILE *file = count < MOST_FILES ? fopen(path, "rb") : NULL;
        out[count].data = file != NULL ? malloc(MOST_SIZE) : NULL;
        if (out[count].data != NULL) {
            out[count].size = fread(out[count].data, 1, MOST_SIZE, file);
            count++;
        }
        if (file != NULL) fclose(file);
        free(entries[i]);
    }
    if (found >= 0) free(entries);
    return count;
}

/** Random whole numbers of one mutation. */
typedef struct dice {
    rmf_key key;
    uint64_t number;
    uint32_t thrown;
} dice;

static size_t below(dice *d, size_t bound)
{
    return (size_t)rmf_random_below(d->key, d->number, d->thrown++, bound > 0 ? bound : 1);
}

/** Overwrites 1, 2, 4 or 8 bytes with a number that often lies at some limit. */
static void put_number(dice *d, input *in)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       0x7f,
                                       0x80,
                                       0xff,
                                       0x7fff,
                                       0xffff,
                                       0x7fffffff,
                                       0x80000000,
                                       0xffffffff,
                                       0x7fffffffffffffff,
                                       0x8000000000000000,
                                       0xffffffffffffffff};
    uint64_t value = numbers[below(d, sizeof numbers / sizeof *numbers)];
    size_t width = (size_t)1 << below(d, 4);
    if (in->size < width) return;
    memcpy(in->data + below(d, in->size - width + 1), &value, width);
}

/** Copies a stretch of `from` into `in`, over what is there or between it. */
static void insert_from(dice *d, input *in, const input *from)
{
    size_t start = below(d, from->size), length = below(d, from->size - start) + 1;
    size_t at = below(d, in->size + 1);
    if (start + length > from->size) return;
    if (below(d, 2) == 0) { /* over */
        if (length > in->size - at) length = in->size - at;
        memmove(in->data + at, from->data + start, length);
    } else if (in->size + length <= MOST_SIZE && from->data != in->data) { /* between */
        memmove(in->data + at + length, in->data + at, in->size - at);
        memcpy(in->data + at, from->data + start, length);
        in->size += length;
    }
}

static void cut(dice *d, input *in)
{
    size_t at = below(d, in->size), length = below(d, in->size - at) + 1;
    if (at + length > in->size) return;
    memmove(in->data + at, in->data + at + length, in->size - at - length);
    in->size -= length;
}

static void change(dice *d, input *in, const input *other)
{
    size_t at = below(d, in->size);
    switch (below(d, 6)) {
    case 0:
        if (in->size > 0) in->data[at] ^= (char)(1 << below(d, 8));
        break;
    case 1:
        if (in->size > 0) in->data[at] = (char)below(d, 256);
        break;
    case 2:
        put_number(d, in);
        break;
    case 3:
        insert_from(d, in, other);
        break;
    case 4:
        insert_from(d, in, in);
        break;
    default:
        if (below(d, 4) == 0) cut(d, in);
    }
}

/** Runs the target on a copy that ends where the input ends. */
static void run_one(const char *data, size_t size)
{
    current = malloc(size > 0 ? size : 1);
    if (current == NULL) return;
    memcpy(current, data, size);
    current_size = size;
    LLVMFuzzerTestOneInput(current, size);
    free(current);
}

static void run_mutation(uint64_t number, const input *corpus, size_t count, char *buffer)
{
    dice d = {.key = rmf_key_make(20240229, 1), .number = number};
    const input *seed = &corpus[below(&d, count)];
    input in = {.data = buffer, .size = seed->size};
    memcpy(buffer, seed->data, seed->size);
    for (size_t left = 1 + below(&d, MOST_CHANGES); left > 0; left--)
        change(&d, &in, &corpus[below(&d, count)]);
    run_one(in.data, in.size);
}

int main(int count, char **argument)
{
    static input corpus[MOST_FILES + 1];
    static char buffer[MOST_SIZE];
    if (count < 2) return 2;
    size_t files = load_corpus(argument[1], corpus);
    double seconds = count > 2 ? atof(argument[2]) : 2;
    uint64_t first = count > 3 ? strtoull(argument[3], NULL, 10) : 1, number = first;
    if (files == 0) {
        fprintf(stderr, "fuzz: no inputs in %s\n", argument[1]);
        return 1;
    }
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    for (size_t i = 0; i < files; i++)
        run_one(corpus[i].data, corpus[i].size);
    for (double end = rmf_seconds() + seconds; rmf_seconds() < end; number++) {
        current_number = number;
        run_mutation(number, corpus, files, buffer);
    }
    printf("%zu files and %llu mutations\n", files, (unsigned long long)(number - first));
    for (size_t i = 0; i < files; i++)
        free(corpus[i].data);
    return 0;
}
