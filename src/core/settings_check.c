/** core/settings_check.c – checking settings against tables of options, and filling in defaults. */
#include "core/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 256 };

/** The two tables of a check, read as one list. */
typedef struct tables {
    const rmf_option *part[2];
} tables;

static const rmf_option *option_at(const tables *t, size_t index)
{
    for (int p = 0; p < 2; p++)
        for (const rmf_option *o = t->part[p]; o != NULL && o->name != NULL; o++)
            if (index-- == 0) return o;
    return NULL;
}

/** "net." names a section whose keys another table checks. */
static bool is_section(const rmf_option *option)
{
    size_t length = strlen(option->name);
    return length > 0 && option->name[length - 1] == '.';
}

static const rmf_option *option_of(const tables *t, const char *name)
{
    const rmf_option *o;
    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++) {
        if (is_section(o) ? strncmp(name, o->name, strlen(o->name)) == 0
                          : strcmp(name, o->name) == 0)
            return o;
    }
    return NULL;
}

/** "net" of "net.". */
static bool is_section_name(const tables *t, const char *name)
{
    const rmf_option *o;
    size_t length = strlen(name);
    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
        if (is_section(o) && strlen(o->name) == length + 1 && strncmp(o->name, name, length) == 0)
            return true;
    return false;
}

/* ---- unknown keys ------------------------------------------------------------------------- */

static rmf_status fail_unknown(const rmf_settings *settings, const char *key, const char *prefix,
                               const tables *t)
{
    /* The nearest is searched pairwise, so that no list of candidates has to be built. */
    const char *name = key + strlen(prefix), *dot = strchr(name, '.');
    char best[TEXT_SIZE] = "", candidate[TEXT_SIZE];
    const rmf_option *o;
    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++) {
        const char *rest = is_section(o) && dot != NULL ? dot + 1 : "";
        snprintf(candidate, sizeof candidate, "%s%s", o->name, rest);
        const char *pair[] = {best, candidate, NULL};
        if (rmf_nearest(name, best[0] != '\0' ? pair : pair + 1) == candidate)
            memcpy(best, candidate, sizeof best);
    }
    const char *place = rmf_settings_place(settings, key);
    if (dot == NULL && is_section_name(t, name))
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: \"%s\" is a value; expected a section of keys, as ramify list "
                        "recipe-key shows them",
                        place, key);
    if (best[0] != '\0')
        return rmf_fail(RMF_ERR_USAGE, "%s: unknown key \"%s\"; did you mean \"%s%s\"?", place, key,
                        prefix, best);
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: unknown key \"%s\"; expected one of the documented keys; remove it or "
                    "correct its name",
                    place, key);
}

/* ---- wrong values ------------------------------------------------------------------------- */

static bool has_range(const rmf_option *o)
{
    return o->low != 0 || o->high != 0;
}

static bool in_range(const rmf_option *o, double value)
{
    return !has_range(o) || (value >= o->low && value <= o->high);
}

/** " from 1 to 4096", " of at least 1", " of at most 9" or "". */
static void describe_range(const rmf_option *o, char *out, size_t size)
{
    bool low = o->low > -1e18, high = o->high < 1e18; /* beyond that, a table means "no bound" */
    out[0] = '\0';
    if (!has_range(o)) return;
    if (low && high)
        snprintf(out, size, " from %.10g to %.10g", o->low, o->high);
    else if (low)
        snprintf(out, size, " of at least %.10g", o->low);
    else if (high)
        snprintf(out, size, " of at most %.10g", o->high);
}

/** "group|layer|none" → "group, layer, none"; *near is set when one of them resembles value. */
static void describe_choices(const rmf_option *o, const char *value, char *out, char *near)
{
    near[0] = out[0] = '\0';
    size_t used = 0;
    for (const char *word = o->choices; word != NULL && *word != '\0';) {
        size_t length = strcspn(word, "|");
        char candidate[TEXT_SIZE];
        snprintf(candidate, sizeof candidate, "%.*s", (int)length, word);
        const char *pair[] = {near, candidate, NULL};
        if (rmf_nearest(value, near[0] != '\0' ? pair : pair + 1) == candidate)
            memcpy(near, candidate, TEXT_SIZE);
        if (used < TEXT_SIZE)
            used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s", used > 0 ? ", " : "",
                                     candidate);
        word += length + (word[length] == '|');
    }
}

static bool is_choice(const rmf_option *o, const char *value)
{
    size_t length = strlen(value);
    for (const char *word = o->choices; word != NULL && *word != '\0';) {
        size_t n = strcspn(word, "|");
        if (n == length && memcmp(word, value, n) == 0) return true;
        word += n + (word[n] == '|');
    }
    return false;
}

/** True when the value is of the option's type and range; a LIST's items are checked elsewhere. */
static bool is_valid(const rmf_option *o, const char *value)
{
    int64_t whole;
    double real;
    bool flag;
    switch (o->type) {
    case RMF_OPTION_INT:
        return rmf_text_to_int(value, &whole) && in_range(o, (double)whole);
    case RMF_OPTION_REAL:
        return rmf_text_to_real(value, &real) && in_range(o, real);
    case RMF_OPTION_BOOL:
        return rmf_text_to_bool(value, &flag);
    case RMF_OPTION_CHOICE:
        return is_choice(o, value);
    case RMF_OPTION_TEXT:
    case RMF_OPTION_LIST:
        return true;
    }
    return true;
}

static rmf_status fail_value(const rmf_settings *settings, const char *key, const rmf_option *o)
{
    const char *place = rmf_settings_place(settings, key),
               *value = rmf_settings_text(settings, key);
    char expected[TEXT_SIZE] = "true or false", near[TEXT_SIZE] = "", range[TEXT_SIZE],
         choices[TEXT_SIZE];
    describe_range(o, range, sizeof range);
    if (o->type == RMF_OPTION_INT)
        snprintf(expected, sizeof expected, "a whole number%.200s", range);
    if (o->type == RMF_OPTION_REAL) snprintf(expected, sizeof expected, "a number%.200s", range);
    if (o->type == RMF_OPTION_LIST)
        snprintf(expected, sizeof expected, "numbers%.200s, separated by commas", range);
    if (o->type == RMF_OPTION_CHOICE) {
        describe_choices(o, value, choices, near);
        snprintf(expected, sizeof expected, "one of %.240s", choices);
    }
    return rmf_fail(RMF_ERR_USAGE, "%s: %s is \"%s\"; expected %s%s%s%s", place, key, value,
                    expected, near[0] != '\0' ? "; did you mean \"" : "", near,
                    near[0] != '\0' ? "\"?" : "");
}

static rmf_status check_list(const rmf_settings *settings, const char *key, const rmf_option *o)
{
    char **items;
    size_t count;
    RMF_TRY(rmf_settings_list(settings, key, &items, &count));
    bool valid = true;
    for (size_t i = 0; i < count && valid; i++) {
        double value;
        valid = rmf_text_to_real(items[i], &value) && in_range(o, value);
    }
    rmf_free(items);
    return valid ? RMF_OK : fail_value(settings, key, o);
}

static rmf_status check_value(const rmf_settings *settings, const char *key, const rmf_option *o)
{
    if (is_section(o)) return RMF_OK;
    if (o->type == RMF_OPTION_LIST && has_range(o)) return check_list(settings, key, o);
    return is_valid(o, rmf_settings_text(settings, key)) ? RMF_OK : fail_value(settings, key, o);
}

/* ---- the check ---------------------------------------------------------------------------- */

static rmf_status fill_defaults(rmf_settings *settings, const char *prefix, const tables *t)
{
    char key[TEXT_SIZE];
    const rmf_option *o;
    for (size_t i = 0; (o = option_at(t, i)) != NULL; i++) {
        if (o->initial == NULL || is_section(o)) continue;
        if (snprintf(key, sizeof key, "%s%s", prefix, o->name) >= (int)sizeof key)
            return rmf_fail(RMF_ERR_ARGUMENT, "rmf_settings_check: the key %s%s is too long",
                            prefix, o->name);
        if (rmf_settings_text(settings, key) == NULL)
            RMF_TRY(rmf_settings_put(settings, key, o->initial, "default"));
    }
    return RMF_OK;
}

rmf_status rmf_settings_check(rmf_settings *settings, const char *prefix, const rmf_option *options,
                              const rmf_option *also)
{
    const tables t = {{options, also}};
    size_t length = strlen(prefix), given = rmf_settings_count(settings);
    for (size_t i = 0; i < given; i++) {
        const char *key = rmf_settings_key(settings, i);
        if (strncmp(key, prefix, length) != 0) continue;
        const rmf_option *o = option_of(&t, key + length);
        if (o == NULL) return fail_unknown(settings, key, prefix, &t);
        RMF_TRY(check_value(settings, key, o));
    }
    return fill_defaults(settings, prefix, &t);
}
