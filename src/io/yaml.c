/**
 * io/yaml.c – recipes: YAML mappings to settings and back, by libyaml's events.
 *
 * libyaml and not a schema mapper: our schema is made at run time from registries, and every
 * message needs the line.  A recipe is data: anchors, aliases, tags and several documents are
 * refused.
 */
#include "io/formats.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { KEY_SIZE = 256, DEPTH_LIMIT = 16, FILE_LIMIT = 1 << 24 };

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct parser {
    yaml_parser_t yaml;
    yaml_event_t event; /* the current one; zeroed when there is none */
    const char *place;
    rmf_settings *settings;
    char key[KEY_SIZE]; /* the dotted key of what is being read */
    int depth;
} parser;

static int event_line(const parser *p)
{
    return (int)p->event.start_mark.line + 1;
}

static rmf_status fail_here(const parser *p, const char *found)
{
    (void)rmf_fail(RMF_ERR_USAGE,
                   "%s:%d: %s; expected a mapping of keys to values, lists of values or mappings",
                   p->place, event_line(p), found);
    return RMF_ERR_USAGE;
}

/** Moves to the next event. */
static rmf_status next(parser *p)
{
    yaml_event_delete(&p->event);
    if (yaml_parser_parse(&p->yaml, &p->event)) return RMF_OK;
    memset(&p->event, 0, sizeof p->event);
    const char *problem = p->yaml.problem != NULL ? p->yaml.problem : "unreadable";
    (void)rmf_fail(RMF_ERR_USAGE, "%s:%d: %s; expected valid YAML; correct it there", p->place,
                   (int)p->yaml.problem_mark.line + 1, problem);
    return RMF_ERR_USAGE;
}

/** The current event must be a plain or quoted text without anchor or tag; *out is borrowed. */
static rmf_status take_scalar(const parser *p, const char **out)
{
    if (p->event.type == YAML_ALIAS_EVENT) return fail_here(p, "an alias (*)");
    if (p->event.type != YAML_SCALAR_EVENT) return fail_here(p, "a nested list or mapping");
    if (p->event.data.scalar.anchor != NULL) return fail_here(p, "an anchor (&)");
    if (p->event.data.scalar.tag != NULL) return fail_here(p, "a tag (!)");
    const char *text = (const char *)p->event.data.scalar.value;
    if (strlen(text) != p->event.data.scalar.length) return fail_here(p, "a zero character");
    *out = text;
    return RMF_OK;
}

static rmf_status put_value(parser *p, const char *value, int line)
{
    char place[1024];
    const char *before = rmf_settings_place(p->settings, p->key);
    if (before != NULL)
        return rmf_fail(RMF_ERR_USAGE,
                        "%s:%d: key \"%s\" is already set at %s; expected it once; remove one",
                        p->place, line, p->key, before);
    snprintf(place, sizeof place, "%s:%d", p->place, line);
    return rmf_settings_put(p->settings, p->key, value, place);
}

/** A text that grows while a list is read. */
typedef struct joined {
    char *text;
    size_t used, capacity;
} joined;

static rmf_status join(joined *j, const char *item)
{
    size_t length = strlen(item), wanted = j->used + length + 2;
    if (wanted > j->capacity) {
        void *grown;
        RMF_TRY(rmf_alloc(2 * wanted, 1, &grown));
        if (j->used > 0) memcpy(grown, j->text, j->used);
        rmf_free(j->text);
        j->text = grown;
        j->capacity = 2 * wanted;
    }
    if (j->used > 0) j->text[j->used++] = ',';
    memcpy(j->text + j->used, item, length + 1);
    j->used += length;
    return RMF_OK;
}

/** Items up to the end of the list.  Commas separate items later, so an item may hold none. */
static rmf_status read_items(parser *p, joined *j)
{
    for (;;) {
        RMF_TRY(next(p));
        if (p->event.type == YAML_SEQUENCE_END_EVENT) return RMF_OK;
        const char *item;
        RMF_TRY(take_scalar(p, &item));
        if (item[0] == '\0' || strchr(item, ',') != NULL)
            return fail_here(p, "an empty list item, or one with a comma");
        RMF_TRY(join(j, item));
    }
}

static rmf_status read_list(parser *p, int line)
{
    if (p->event.data.sequence_start.anchor != NULL) return fail_here(p, "an anchor (&)");
    if (p->event.data.sequence_start.tag != NULL) return fail_here(p, "a tag (!)");
    joined j = {0};
    rmf_status status = read_items(p, &j);
    if (status == RMF_OK) status = put_value(p, j.used > 0 ? j.text : "", line);
    rmf_free(j.text);
    return status;
}

/** Appends ".name" to the current key. */
static rmf_status extend_key(parser *p, const char *name)
{
    size_t used = strlen(p->key), length = strlen(name);
    if (length == 0 || name[0] == '.' || name[length - 1] == '.' || strpbrk(name, "\n\r") != NULL)
        return fail_here(p, "an empty or broken key");
    if (used + length + 2 > sizeof p->key) return fail_here(p, "a very long key");
    snprintf(p->key + used, sizeof p->key - used, "%s%s", used > 0 ? "." : "", name);
    return RMF_OK;
}

static rmf_status read_mapping(parser *p);

/** The value of the current key, at the current event. */
static rmf_status read_value(parser *p, int line)
{
    if (p->event.type == YAML_MAPPING_START_EVENT) return read_mapping(p);
    if (p->event.type == YAML_SEQUENCE_START_EVENT) return read_list(p, line);
    const char *value;
    RMF_TRY(take_scalar(p, &value));
    return put_value(p, value, line);
}

/** From a mapping's start to its end. */
static rmf_status read_mapping(parser *p)
{
    if (p->event.data.mapping_start.anchor != NULL) return fail_here(p, "an anchor (&)");
    if (p->event.data.mapping_start.tag != NULL) return fail_here(p, "a tag (!)");
    if (++p->depth > DEPTH_LIMIT) return fail_here(p, "mappings nested too deep");
    size_t outer = strlen(p->key);
    for (;;) {
        RMF_TRY(next(p));
        if (p->event.type == YAML_MAPPING_END_EVENT) break;
        const char *name;
        int line = event_line(p);
        RMF_TRY(take_scalar(p, &name));
        RMF_TRY(extend_key(p, name));
        RMF_TRY(next(p));
        RMF_TRY(read_value(p, line));
        p->key[outer] = '\0';
    }
    p->depth--;
    return RMF_OK;
}

/** Stream start, one document with one mapping (or nothing), stream end. */
static rmf_status read_stream(parser *p)
{
    RMF_TRY(next(p)); /* the stream's start */
    RMF_TRY(next(p));
    if (p->event.type == YAML_STREAM_END_EVENT) return RMF_OK;
    RMF_TRY(next(p));
    if (p->event.type != YAML_MAPPING_START_EVENT) return fail_here(p, "no mapping");
    RMF_TRY(read_mapping(p));
    RMF_TRY(next(p)); /* the document's end */
    RMF_TRY(next(p));
    return p->event.type == YAML_STREAM_END_EVENT ? RMF_OK : fail_here(p, "a second document");
}

/** Copies what was read into the caller's settings, once all of it is good. */
static rmf_status merge(const rmf_settings *from, rmf_settings *to)
{
    for (size_t i = 0; i < rmf_settings_count(from); i++) {
        const char *key = rmf_settings_key(from, i);
        RMF_TRY(
            rmf_settings_put(to, key, rmf_settings_text(from, key), rmf_settings_place(from, key)));
    }
    return RMF_OK;
}

rmf_status rmf_yaml_parse(const char *text, size_t size, const char *place, rmf_settings *settings)
{
    parser p = {.place = place};
    RMF_TRY(rmf_settings_create(&p.settings));
    if (!yaml_parser_initialize(&p.yaml)) {
        rmf_settings_free(p.settings);
        return rmf_fail(RMF_ERR_MEMORY, "%s: no memory to read it", place);
    }
    yaml_parser_set_input_string(&p.yaml, (const unsigned char *)text, size);
    rmf_status status = read_stream(&p);
    yaml_event_delete(&p.event);
    yaml_parser_delete(&p.yaml);
    if (status == RMF_OK) status = merge(p.settings, settings);
    rmf_settings_free(p.settings);
    return status;
}

rmf_status rmf_yaml_read(const char *path, rmf_settings *settings)
{
    char *text;
    size_t size;
    RMF_TRY(rmf_file_read(path, FILE_LIMIT, &text, &size));
    rmf_status status = rmf_yaml_parse(text, size, path, settings);
    rmf_free(text);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------ */

typedef struct emitter {
    yaml_emitter_t yaml;
    rmf_writer *writer;
    const rmf_settings *settings;
    rmf_status status; /* of the first write that failed */
} emitter;

static int write_bytes(void *context, unsigned char *data, size_t size)
{
    emitter *e = context;
    e->status = rmf_writer_put(e->writer, data, size);
    return e->status == RMF_OK;
}

/** Sends an event whose creation succeeded (`made`); the emitter owns it from then on. */
static bool emit(emitter *e, yaml_event_t *event, int made)
{
    return made && yaml_emitter_emit(&e->yaml, event);
}

static bool emit_text(emitter *e, const char *text, size_t length)
{
    yaml_event_t event;
    /* An empty plain text would read as nothing; quotes show that it is there. */
    yaml_scalar_style_t style =
        length > 0 ? YAML_ANY_SCALAR_STYLE : YAML_SINGLE_QUOTED_SCALAR_STYLE;
    return emit(e, &event,
                yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                             (int)length, 1, 1, style));
}

static bool emit_mapping(emitter *e, bool start)
{
    yaml_event_t event;
    return emit(
        e, &event,
        start ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE)
              : yaml_mapping_end_event_initialize(&event));
}

/** Length of a key's section ("net" of "net.channels"); 0 if there is none, or an empty part. */
static size_t section_length(const char *key)
{
    const char *dot = strchr(key, '.');
    bool nests = dot != NULL && dot != key && dot[1] != '\0' && dot[1] != '.';
    return nests ? (size_t)(dot - key) : 0;
}

static bool same_section(const char *a, const char *b)
{
    size_t length = section_length(a);
    return length == section_length(b) && strncmp(a, b, length) == 0;
}

/** True when a key names a section that is a key itself; then the dots have to stay. */
static bool section_is_key(const rmf_settings *settings, const char *key)
{
    size_t length = section_length(key);
    for (size_t i = 0; i < rmf_settings_count(settings); i++) {
        const char *other = rmf_settings_key(settings, i);
        if (strlen(other) == length && strncmp(other, key, length) == 0) return true;
    }
    return false;
}

static bool emit_pair(emitter *e, const char *key, size_t skip)
{
    const char *value = rmf_settings_text(e->settings, key);
    return emit_text(e, key + skip, strlen(key) - skip) && emit_text(e, value, strlen(value));
}

/** All keys of the section that key `first` is the first of. */
static bool emit_section(emitter *e, size_t first)
{
    const char *key = rmf_settings_key(e->settings, first);
    size_t length = section_length(key);
    if (!emit_text(e, key, length) || !emit_mapping(e, true)) return false;
    for (size_t i = first; i < rmf_settings_count(e->settings); i++) {
        const char *other = rmf_settings_key(e->settings, i);
        if (same_section(key, other) && !emit_pair(e, other, length + 1)) return false;
    }
    return emit_mapping(e, false);
}

/** Sections in the order in which their first key was set. */
static bool emit_settings(emitter *e)
{
    size_t count = rmf_settings_count(e->settings);
    bool good = emit_mapping(e, true);
    for (size_t i = 0; i < count && good; i++) {
        const char *key = rmf_settings_key(e->settings, i);
        bool nested = section_length(key) > 0 && !section_is_key(e->settings, key), seen = false;
        for (size_t j = 0; j < i && nested && !seen; j++)
            seen = same_section(rmf_settings_key(e->settings, j), key);
        if (!nested)
            good = emit_pair(e, key, 0);
        else if (!seen)
            good = emit_section(e, i);
    }
    return good && emit_mapping(e, false);
}

static bool emit_document(emitter *e)
{
    yaml_event_t event;
    return emit(e, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
           emit(e, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
           emit_settings(e) && emit(e, &event, yaml_document_end_event_initialize(&event, 1)) &&
           emit(e, &event, yaml_stream_end_event_initialize(&event));
}

rmf_status rmf_yaml_put(rmf_writer *writer, const rmf_settings *settings)
{
    emitter e = {.writer = writer, .settings = settings};
    if (!yaml_emitter_initialize(&e.yaml))
        return rmf_fail(RMF_ERR_MEMORY, "%s: no memory to write it", rmf_writer_place(writer));
    yaml_emitter_set_output(&e.yaml, write_bytes, &e);
    yaml_emitter_set_unicode(&e.yaml, 1);
    yaml_emitter_set_width(&e.yaml, -1);
    bool good = emit_document(&e);
    rmf_status status = e.status;
    if (!good && status == RMF_OK)
        status = rmf_fail(RMF_ERR_FORMAT, "%s: %s; expected keys and values in UTF-8",
                          rmf_writer_place(writer),
                          e.yaml.problem != NULL ? e.yaml.problem : "a key or value is not UTF-8");
    yaml_emitter_delete(&e.yaml);
    return status;
}

rmf_status rmf_yaml_write(const char *path, bool replace, const rmf_settings *settings)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_yaml_put(writer, settings));
}
