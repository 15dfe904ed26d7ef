/** core/machine.c – what the machine is, for reports that quote a speed. */
#include "ramify/core.h"

#include <stdio.h>
#include <string.h>

void rmf_processor(char *text, size_t size)
{
    char line[256];
    snprintf(text, size, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "model name", 10) != 0 || !strchr(line, ':')) continue;
        line[strcspn(line, "\n")] = '\0';
        const char *name = strchr(line, ':') + 1;
        snprintf(text, size, "%s", name + strspn(name, " "));
        break;
    }
    if (f) fclose(f);
}

const char *rmf_instruction_set(int index)
{
#if defined(__x86_64__)
    const struct {
        const char *name;
        bool there;
    } sets[] = {{"avx2", __builtin_cpu_supports("avx2") != 0},
                {"fma", __builtin_cpu_supports("fma") != 0},
                {"avx512f", __builtin_cpu_supports("avx512f") != 0},
                {"avx512bf16", __builtin_cpu_supports("avx512bf16") != 0}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (sets[i].there && index-- == 0) return sets[i].name;
#else
    (void)index;
#endif
    return NULL;
}
