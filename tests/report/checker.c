/** tests/report/checker.c – a scanner of tags, one pass; links are looked up at the end. */
#include "report/checker.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 64, NAME = 32, LINKS = 2048, LARGEST = 3 << 20 };

typedef struct span {
    const char *at;
    size_t length;
} span;

typedef struct checker {
    const char *at;
    char open[DEEPEST][NAME];
    int depth, heading, titles; /* titles: <h1> seen */
    char wants[NAME];           /* the element that must come next; "" any */
    span id[LINKS], link[LINKS];
    int ids, links;
    char message[256];
} checker;

static bool fail(checker *c, const char *what)
{
    if (!c->message[0])
        snprintf(c->message, sizeof c->message, "%s: %.80s", what, c->at ? c->at : "");
    return false;
}

static bool same(span a, const char *text)
{
    return a.length == strlen(text) && memcmp(a.at, text, a.length) == 0;
}

static bool begins(span a, const char *text)
{
    return a.length >= strlen(text) && memcmp(a.at, text, strlen(text)) == 0;
}

static bool entity(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    for (int i = 0; i < 4; i++)
        if (strncmp(at, known[i], strlen(known[i])) == 0) return true;
    return false;
}

/* What one element needs;. */
typedef struct element {
    char name[NAME];
    span alt, source, link, role;
    bool hidden, closed;
} element;

static bool keep(checker *c, span value, span *list, int *n)
{
    if (*n == LINKS) return fail(c, "too many links");
    list[(*n)++] = value;
    return true;
}

static bool take_attribute(checker *c, element *e, span name, span value)
{
    if (same(name, "id")) return keep(c, value, c->id, &c->ids);
    if (same(name, "alt")) e->alt = value;
    if (same(name, "src")) e->source = value;
    if (same(name, "href")) e->link = value;
    if (same(name, "role")) e->role = value;
    if (same(name, "aria-hidden")) e->hidden = true;
    return name.length < 2 || memcmp(name.at, "on", 2) != 0 || fail(c, "a handler");
}

static bool read_attributes(checker *c, element *e)
{
    while (isspace((unsigned char)*c->at)) {
        while (isspace((unsigned char)*c->at))
            c->at++;
        span name = {c->at, strcspn(c->at, "=<>/ \n")};
        if (name.length == 0) break;
        c->at += name.length;
        if (c->at[0] != '=' || c->at[1] != '"') return fail(c, "an attribute without quotes");
        span value = {c->at + 2, strcspn(c->at + 2, "\"<")};
        if (value.at[value.length] != '"') return fail(c, "an attribute that does not end");
        for (size_t i = 0; i < value.length; i++)
            if (value.at[i] == '&' && !entity(value.at + i)) return fail(c, "a bare &");
        c->at = value.at + value.length + 1;
        if (!take_attribute(c, e, name, value)) return false;
    }
    e->closed = *c->at == '/';
    c->at += e->closed;
    return *c->at++ == '>' || fail(c, "a tag that does not end");
}

static bool check_heading(checker *c, const element *e)
{
    const int level =
        e->name[0] == 'h' && isdigit((unsigned char)e->name[1]) ? e->name[1] - '0' : 0;
    if (level == 0) return true;
    if (level > c->heading + 1) return fail(c, "a heading that leaves out a level");
    c->heading = level;
    c->titles += level == 1;
    return true;
}

static bool check_element(checker *c, const element *e)
{
    const char *data = "data:image/png;base64,";
    const bool image = strcmp(e->name, "img") == 0, inner = strcmp(e->name, "image") == 0;
    if (c->wants[0] && strcmp(c->wants, e->name) != 0) return fail(c, "no caption or title before");
    c->wants[0] = '\0';
    if (image && e->alt.length == 0) return fail(c, "a picture without a text");
    if (image && !begins(e->source, data)) return fail(c, "a picture from elsewhere");
    if (inner && !begins(e->link, data)) return fail(c, "a picture from elsewhere");
    if (!image && e->source.length > 0) return fail(c, "something that is loaded");
    if (strcmp(e->name, "link") == 0) return fail(c, "something that is loaded");
    if (!inner && e->link.length > 0) {
        if (e->link.at[0] != '#') return fail(c, "a link that leaves the page");
        if (!keep(c, e->link, c->link, &c->links)) return false;
    }
    if (strcmp(e->name, "table") == 0) strcpy(c->wants, "caption");
    if (strcmp(e->name, "svg") == 0 && !e->hidden) {
        if (!same(e->role, "img") && !same(e->role, "group"))
            return fail(c, "a drawing without role");
        strcpy(c->wants, "title");
    }
    return check_heading(c, e);
}

static bool open_element(checker *c)
{
    element e = {.name = ""};
    const size_t length = strcspn(c->at, " \n/>");
    if (length == 0 || length >= NAME) return fail(c, "a tag without a name");
    memcpy(e.name, c->at, length);
    c->at += length;
    if (!read_attributes(c, &e) || !check_element(c, &e)) return false;
    if (e.closed) return true;
    if (c->depth == DEEPEST) return fail(c, "tags nest too deep");
    strcpy(c->open[c->depth++], e.name);
    return true;
}

static bool close_element(checker *c)
{
    const char *name = c->depth > 0 ? c->open[c->depth - 1] : "";
    const size_t length = strlen(name);
    if (length == 0 || strncmp(c->at, name, length) != 0 || c->at[length] != '>')
        return fail(c, "the end of an element that is not open");
    c->depth--;
    c->at += length + 1;
    return true;
}

static bool check_links(checker *c)
{
    c->at = NULL;
    for (int i = 0; i < c->ids; i++)
        for (int k = 0; k < i; k++)
            if (c->id[i].length == c->id[k].length &&
                memcmp(c->id[i].at, c->id[k].at, c->id[i].length) == 0)
                return fail(c, "an id twice");
    for (int i = 0; i < c->links; i++) {
        bool found = false;
        for (int k = 0; k < c->ids && !found; k++)
            found = c->id[k].length + 1 == c->link[i].length &&
                    memcmp(c->id[k].at, c->link[i].at + 1, c->id[k].length) == 0;
        if (!found) return fail(c, "a link to nothing");
    }
    return true;
}

static bool scan(checker *c)
{
    static const char head[] = "<!DOCTYPE html>";
    if (strncmp(c->at, head, strlen(head)) != 0) return fail(c, "no <!DOCTYPE html>");
    c->at += strlen(head);
    while (*c->at) {
        if (*c->at == '&' && !entity(c->at)) return fail(c, "a bare &");
        if (*c->at++ != '<') continue;
        const bool ends = *c->at == '/';
        c->at += ends;
        if (!(ends ? close_element(c) : open_element(c))) return false;
    }
    if (c->depth > 0) return fail(c, "elements that stay open");
    if (c->titles != 1) return fail(c, "not just one <h1>");
    return check_links(c);
}

const char *check_page(const char *text)
{
    static checker c;
    memset(&c, 0, sizeof c);
    c.at = text;
    if (strlen(text) >= LARGEST) return "3 MiB or more";
    if (strstr(text, "url(") || strstr(text, "@import") || strstr(text, "http:") ||
        strstr(text, "https:"))
        return "something from the network";
    return scan(&c) ? NULL : c.message;
}
