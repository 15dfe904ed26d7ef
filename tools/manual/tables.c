/* tools/manual/tables.c – what the tables of the commands say of options, values and texts. */
#include "manual.h"

#include "app/listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct argp_option *manual_options(const rmf_command *command, int list)
{
    return list == 0 ? command->argp->options : command->argp->children[0].argp->options;
}

bool manual_option_at(const struct argp_option *options, int index, const struct argp_option **out)
{
    *out = options ? options + index : NULL;
    return *out && ((*out)->name || (*out)->key);
}

char manual_letter(const struct argp_option *option)
{
    return option->key > 0 && option->key < 128 && isalpha(option->key) ? (char)option->key : '\0';
}

manual_text manual_text_of(const rmf_command *command)
{
    const char *doc = command->argp->doc, *end = strchr(doc, '\v');
    return (manual_text){doc, end ? end + 1 : "", end ? (int)(end - doc) : (int)strlen(doc)};
}

/* ---- offers ---- */

static void add(manual_offer *offer, const char *text, size_t length)
{
    for (int i = 0; i < offer->count; i++)
        if (strlen(offer->text[i]) == length && memcmp(offer->text[i], text, length) == 0) return;
    if (offer->count == (int)(sizeof offer->text / sizeof *offer->text)) {
        fprintf(stderr, "manual: more words than manual_offer holds\n");
        exit(1);
    }
    offer->text[offer->count] = strndup(text, length);
    if (!offer->text[offer->count++]) abort();
}

static void add_entry(void *offer, const rmf_entry *e)
{
    add(offer, e->name, strlen(e->name));
}

/* "auto|T" offers auto: what is in lower case stands for itself. */
static void add_alternatives(manual_offer *offer, const char *arg)
{
    for (const char *word = arg; strchr(arg, '|') && *word;) {
        const size_t length = strcspn(word, "|");
        size_t plain = 0;
        while (plain < length && (islower((unsigned char)word[plain]) ||
                                  isdigit((unsigned char)word[plain]) || word[plain] == '-'))
            plain++;
        if (plain == length && length > 1) add(offer, word, length);
        word += length + (word[length] == '|');
    }
}

/* ---- KEY=VALUE ---- */

typedef struct section {
    manual_offer *offer;
    const char *prefix; /* NULL: the entry's own name */
} section;

static void add_options(manual_offer *offer, const char *prefix, const rmf_option *options)
{
    char key[128];
    for (const rmf_option *o = options; o && o->name; o++) {
        if (o->name[strlen(o->name) - 1] == '.') continue; /* a section */
        const int n = snprintf(key, sizeof key, "%s%s=", prefix, o->name);
        add(offer, key, (size_t)n);
    }
}

static void add_keys(void *context, const rmf_entry *e)
{
    const section *s = context;
    char own[64];
    snprintf(own, sizeof own, "%s.", e->name);
    add_options(s->offer, s->prefix ? s->prefix : e->name[0] == '(' ? "" : own, e->options);
}

static void add_recipe_keys(manual_offer *offer)
{
    static const struct {
        const char *kind, *prefix;
    } from[] = {{"recipe-key", NULL}, {"network", "net."}, {"sde", "sde."}};
    add_options(offer, "net.", rmf_net_options);
    add_options(offer, "sde.", rmf_sde_options);
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        rmf_kind_find(from[i].kind)->walk(add_keys, &(section){offer, from[i].prefix});
}

/* ---- the whole ---- */

/* Words of the tables that stand for a path, and those that also name something. */
static const struct {
    const char *word, *kind;
} paths[] = {{"FILE", NULL},     {"FOLDER", NULL},     {"DIR", NULL},
             {"RUN", NULL},      {"TREE", NULL},       {"RUN2", NULL},
             {"DATA", "recipe"}, {"RECIPE", "recipe"}, {"PATH", "recipe"}};

static void add_paths(manual_offer *offer, const char *word)
{
    offer->files |= strchr(word, '.') != NULL; /* tree.json, FILE.svg */
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(paths[i].word, word) != 0) continue;
        offer->files = true;
        if (paths[i].kind) rmf_kind_find(paths[i].kind)->walk(add_entry, offer);
    }
}

static void add_registry(manual_offer *offer, const char *help)
{
    static const char phrase[] = "ramify list ";
    char name[32];
    const char *at = help ? strstr(help, phrase) : NULL;
    if (!at || sscanf(at + sizeof phrase - 1, "%31[a-z-]", name) != 1) return;
    const rmf_kind *kind = rmf_kind_find(name);
    if (!kind) {
        fprintf(stderr, "manual: a help text names `ramify list %s`, which is none\n", name);
        exit(1);
    }
    kind->walk(add_entry, offer);
}

void manual_offer_make(const char *arg, const char *help, manual_offer *out)
{
    *out = (manual_offer){.list = strchr(arg, ',') != NULL};
    add_alternatives(out, arg);
    add_registry(out, help);
    if (strcmp(arg, "KEY=VALUE") == 0) add_recipe_keys(out);
    for (const rmf_kind *k = rmf_kinds; strcmp(arg, "KIND") == 0 && k->name; k++)
        add(out, k->name, strlen(k->name));
    add_paths(out, arg);
}

void manual_operand_offer(const rmf_command *command, manual_offer *out)
{
    const char *operand = command->argp->args_doc ? command->argp->args_doc : "";
    char word[64];
    if (sscanf(operand, "%*[[]%63[A-Z]", word) != 1 && sscanf(operand, "%63[A-Z]", word) != 1)
        word[0] = '\0';
    const manual_text text = manual_text_of(command); /* examples left out */
    char *before = strndup(text.before, (size_t)text.before_length);
    if (!before) abort();
    manual_offer_make(word, before, out);
    free(before);
}

void manual_offer_free(manual_offer *offer)
{
    for (int i = 0; i < offer->count; i++)
        free(offer->text[i]);
}
