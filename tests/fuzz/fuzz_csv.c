/**
 * tests/fuzz/fuzz_csv.c – delimited text.  The first byte chooses options, the rest is the text.
 * What is read is written as plain CSV and must be read back the same.
 */
#include <stdio.h>

#include "data/csv.h"
#include "fuzz/check_dataset.h"

static void put_quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void check_round_trip(const rmf_dataset *data)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    FUZZ_CHECK(file != NULL);
    for (int64_t i = 0; i < data->n; i++) {
        for (int64_t j = 0; j < data->features; j++)
            fprintf(file, "%.9g,", (double)data->x[i * data->features + j]);
        put_quoted(file, data->class_name[data->label[i]]);
        fputc('\n', file);
    }
    FUZZ_CHECK(fclose(file) == 0);
    const rmf_csv_options options = {.label = "last", .header = "no", .delimiter = ','};
    rmf_dataset again = {0};
    FUZZ_CHECK(rmf_csv_parse(text, size, "again", &options, &again) == RMF_OK);
    FUZZ_CHECK(again.n == data->n && again.features == data->features &&
               again.n_classes == data->n_classes);
    for (int64_t i = 0; i < data->n * data->features; i++)
        FUZZ_CHECK(again.x[i] == data->x[i]);
    FUZZ_CHECK(memcmp(again.label, data->label, (size_t)data->n * sizeof(int32_t)) == 0);
    rmf_dataset_free(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const header[] = {NULL, "auto", "yes", "no"};
    static const char *const label[] = {NULL, "first", "last", "2"};
    static const char delimiter[] = {0, ',', ';', '\t'};
    if (size == 0) return 0;
    const rmf_csv_options options = {.header = header[bytes[0] & 3],
                                     .label = label[bytes[0] >> 2 & 3],
                                     .delimiter = delimiter[bytes[0] >> 4 & 3]};
    char *text = malloc(size); /* exactly as long as the input: sanitizers see one byte beyond */
    FUZZ_CHECK(text != NULL);
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    rmf_dataset data = {0};
    rmf_status status = rmf_csv_parse(text, size - 1, "t.csv", &options, &data);
    if (accepted_dataset(status, &data)) check_round_trip(&data);
    rmf_dataset_free(&data);
    free(text);
    return 0;
}
