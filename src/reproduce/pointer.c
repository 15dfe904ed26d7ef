/** reproduce/pointer.c – JSON pointers (RFC 6901) with * and conditions on members of arrays. */
#include "reproduce/cell.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 256 };

/* The character that %XX stands for, or 0: as in a URI, so that a pointer needs no blanks. */
static char percent(const char *text)
{
    char digits[3] = "", *end;
    if (text[0] != '%') return '\0';
    snprintf(digits, sizeof digits, "%.2s", text + 1);
    const long code = strtol(digits, &end, 16);
    return end == digits + 2 ? (char)code : '\0';
}

/* One reference token, "~1", "~0" and "%20" decoded; *rest moves to the next "/" or the end. */
static rmf_status take_part(const char **rest, const char *place, char part[PART])
{
    size_t n = 0;
    const char *c = *rest + 1; /* after "/" */
    for (; *c && *c != '/'; c++) {
        if (n == PART - 1) return rmf_fail(RMF_ERR_USAGE, "%s: a part is too long", place);
        const bool escape = *c == '~' && (c[1] == '0' || c[1] == '1');
        const char code = percent(c);
        part[n++] = escape ? (c[1] == '1' ? '/' : '~') : code ? code : *c;
        c += escape ? 1 : code ? 2 : 0;
    }
    part[n] = '\0';
    *rest = c;
    return RMF_OK;
}

/* The order of a field and a value, numbers as numbers; false where they can't be compared. */
static bool compare(const json_t *field, const char *value, int *order)
{
    char *end;
    const double number = strtod(value, &end);
    if (json_is_number(field) && end != value && *end == '\0') {
        const double own = json_number_value(field);
        *order = (own > number) - (own < number);
        return true;
    }
    if (!json_is_string(field)) return false;
    *order = strcmp(json_string_value(field), value);
    return true;
}

/* "key=value", or with > < >= <=, of a member. */
static bool holds(const json_t *member, char *condition)
{
    const size_t key = strcspn(condition, "=<>");
    const char first = condition[key];
    if (first == '\0') return false;
    const bool equal = first == '=' || condition[key + 1] == '=';
    const char *value = condition + key + 1 + (first != '=' && equal);
    int order;
    condition[key] = '\0';
    if (!compare(json_object_get(member, condition), value, &order)) return false;
    return (equal && order == 0) || (first == '>' && order > 0) || (first == '<' && order < 0);
}

/* Every condition of "a=x&b>y". */
static bool matches(const json_t *member, const char *conditions)
{
    char text[PART], *rest = NULL;
    snprintf(text, sizeof text, "%s", conditions);
    for (char *one = strtok_r(text, "&", &rest); one; one = strtok_r(NULL, "&", &rest))
        if (!holds(member, one)) return false;
    return true;
}

static void take_elements(const json_t *array, const char *part, json_t *next)
{
    size_t i;
    json_t *member;
    char *end;
    const unsigned long index = strtoul(part, &end, 10);
    if (end != part && *end == '\0') {
        json_array_append(next, json_array_get(array, index)); /* NULL is refused: nothing */
        return;
    }
    json_array_foreach(array, i, member)
    {
        if (strcmp(part, "*") == 0 || matches(member, part)) json_array_append(next, member);
    }
}

static void take_members(json_t *object, const char *part, json_t *next)
{
    const char *key;
    json_t *member;
    if (strcmp(part, "*") != 0) {
        json_array_append(next, json_object_get(object, part));
        return;
    }
    json_object_foreach(object, key, member) json_array_append(next, member);
}

rmf_status rmf_pointer(const json_t *root, const char *pointer, const char *place, json_t **out)
{
    json_t *now = json_array();
    json_array_append(now, (json_t *)root);
    while (*pointer) {
        char part[PART];
        json_t *next = json_array(), *member;
        size_t i;
        rmf_status s = *pointer == '/' ? take_part(&pointer, place, part)
                                       : rmf_fail(RMF_ERR_USAGE, "%s: \"%s\"; expected a / there",
                                                  place, pointer);
        if (s == RMF_OK) json_array_foreach(now, i, member)
            {
                if (json_is_array(member))
                    take_elements(member, part, next);
                else if (json_is_object(member))
                    take_members(member, part, next);
            }
        json_decref(now);
        now = next;
        if (s == RMF_OK) continue;
        json_decref(now);
        return s;
    }
    *out = now;
    return RMF_OK;
}
