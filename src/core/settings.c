/** core/settings.c – an ordered map from dotted keys to texts and the places they come from. */
#include "core/settings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct entry {
    char *key, *value, *place;
} entry;

struct rmf_settings {
    entry *entries;
    size_t count, capacity;
};

rmf_status rmf_settings_create(rmf_settings **out)
{
    void *settings;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_settings), &settings));
    *out = settings;
    return RMF_OK;
}

static void free_entry(entry *e)
{
    rmf_free(e->key);
    rmf_free(e->value);
    rmf_free(e->place);
}

void rmf_settings_free(rmf_settings *settings)
{
    if (settings == NULL) return;
    for (size_t i = 0; i < settings->count; i++)
        free_entry(&settings->entries[i]);
    rmf_free(settings->entries);
    rmf_free(settings);
}

/** Recipes have some sixty keys: a scan is faster than any index. */
static entry *find(const rmf_settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->entries[i].key, key) == 0) return &settings->entries[i];
    return NULL;
}

static rmf_status reserve_one(rmf_settings *settings)
{
    if (settings->count < settings->capacity) return RMF_OK;
    size_t capacity = settings->capacity > 0 ? 2 * settings->capacity : 32;
    void *grown;
    RMF_TRY(rmf_alloc(capacity, sizeof(entry), &grown));
    if (settings->count > 0) memcpy(grown, settings->entries, settings->count * sizeof(entry));
    rmf_free(settings->entries);
    settings->entries = grown;
    settings->capacity = capacity;
    return RMF_OK;
}

static rmf_status copy_entry(const char *key, const char *value, const char *place, entry *out)
{
    rmf_status status = rmf_copy_text(key, &out->key);
    if (status == RMF_OK) status = rmf_copy_text(value, &out->value);
    if (status == RMF_OK) status = rmf_copy_text(place, &out->place);
    if (status != RMF_OK) free_entry(out);
    return status;
}

rmf_status rmf_settings_put(rmf_settings *settings, const char *key, const char *value,
                            const char *place)
{
    if (key == NULL || key[0] == '\0')
        return rmf_fail(RMF_ERR_USAGE, "%s: a key is empty; expected a name such as net.channels",
                        place != NULL ? place : "settings");
    RMF_TRY(reserve_one(settings));
    entry fresh = {0};
    RMF_TRY(copy_entry(key, value, place, &fresh));
    entry *old = find(settings, key);
    if (old != NULL) {
        free_entry(old);
        *old = fresh;
    } else {
        settings->entries[settings->count++] = fresh;
    }
    return RMF_OK;
}

rmf_status rmf_settings_assign(rmf_settings *settings, const char *text, const char *place)
{
    const char *equals = strchr(text, '=');
    char *key = NULL;
    if (!equals || equals == text)
        return rmf_fail(RMF_ERR_USAGE, "%s: \"%s\"; expected KEY=VALUE", place, text);
    RMF_TRY(rmf_copy_text(text, &key));
    key[equals - text] = '\0';
    rmf_status s = rmf_settings_put(settings, key, equals + 1, place);
    rmf_free(key);
    return s;
}

rmf_status rmf_settings_copy(const rmf_settings *from, rmf_settings **out)
{
    rmf_settings *copy = NULL;
    RMF_TRY(rmf_settings_create(&copy));
    for (size_t i = 0; i < from->count; i++) {
        const entry *e = &from->entries[i];
        rmf_status s = rmf_settings_put(copy, e->key, e->value, e->place);
        if (s != RMF_OK) {
            rmf_settings_free(copy);
            return s;
        }
    }
    *out = copy;
    return RMF_OK;
}

size_t rmf_settings_count(const rmf_settings *settings)
{
    return settings->count;
}

const char *rmf_settings_key(const rmf_settings *settings, size_t index)
{
    return index < settings->count ? settings->entries[index].key : NULL;
}

const char *rmf_settings_text(const rmf_settings *settings, const char *key)
{
    const entry *e = find(settings, key);
    return e != NULL ? e->value : NULL;
}

const char *rmf_settings_place(const rmf_settings *settings, const char *key)
{
    const entry *e = find(settings, key);
    return e != NULL ? e->place : NULL;
}

/* ---- values ------------------------------------------------------------------------------- */

bool rmf_text_to_real(const char *text, double *out)
{
    /* strtod alone would take blanks in front, "nan", "infinity" and hexadecimal. */
    if (strspn(text, "+-.0123456789eE") != strlen(text)) return false;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool rmf_text_to_int(const char *text, int64_t *out)
{
    if (strspn(text, "+-.0123456789eE") != strlen(text)) return false;
    char *end;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (end != text && *end == '\0') {
        if (errno == ERANGE) return false;
        *out = whole;
        return true;
    }
    double value; /* "1e5" is a whole number too, as far as a double counts exactly */
    if (!rmf_text_to_real(text, &value) || value != floor(value) || fabs(value) > 0x1p53)
        return false;
    *out = (int64_t)value;
    return true;
}

bool rmf_text_to_bool(const char *text, bool *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    return false;
}

int64_t rmf_settings_int(const rmf_settings *settings, const char *key, int64_t otherwise)
{
    const char *text = rmf_settings_text(settings, key);
    int64_t value;
    return text != NULL && rmf_text_to_int(text, &value) ? value : otherwise;
}

double rmf_settings_real(const rmf_settings *settings, const char *key, double otherwise)
{
    const char *text = rmf_settings_text(settings, key);
    double value;
    return text != NULL && rmf_text_to_real(text, &value) ? value : otherwise;
}

bool rmf_settings_bool(const rmf_settings *settings, const char *key, bool otherwise)
{
    const char *text = rmf_settings_text(settings, key);
    bool value;
    return text != NULL && rmf_text_to_bool(text, &value) ? value : otherwise;
}

/** Cuts text at commas in place, trims blanks, and notes where items start.  An item may be empty.
 */
static size_t split(char *text, char **items)
{
    size_t count = 0;
    for (char *start = text; start != NULL;) {
        char *comma = strchr(start, ',');
        char *end = comma != NULL ? comma : start + strlen(start);
        while (*start == ' ')
            start++;
        while (end > start && end[-1] == ' ')
            end--;
        char *next = comma != NULL ? comma + 1 : NULL;
        *end = '\0';
        items[count++] = start;
        start = next;
    }
    return count;
}

rmf_status rmf_settings_list(const rmf_settings *settings, const char *key, char ***items,
                             size_t *count)
{
    const char *text = rmf_settings_text(settings, key);
    size_t length = text != NULL ? strlen(text) : 0, most = length > 0 ? 1 : 0;
    for (size_t i = 0; i < length; i++)
        most += text[i] == ',';
    /* One block: the pointers (with a NULL at the end), then the texts. */
    void *block;
    RMF_TRY(rmf_alloc(1, (most + 1) * sizeof(char *) + length + 1, &block));
    char **pointers = block;
    char *copy = (char *)(pointers + most + 1);
    if (length > 0) memcpy(copy, text, length);
    *count = length > 0 ? split(copy, pointers) : 0;
    *items = pointers;
    return RMF_OK;
}
