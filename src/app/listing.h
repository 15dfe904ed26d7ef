/* app/listing.h – a uniform view of all registries. */
#ifndef RMF_LISTING_H
#define RMF_LISTING_H

#include "app/app.h"

typedef struct rmf_entry {
    const char *name, *summary, *source; /* source may be NULL */
    const rmf_option *options;           /* or NULL */
} rmf_entry;
typedef void (*rmf_visit)(void *context, const rmf_entry *entry);
typedef struct rmf_kind {
    const char *name, *summary;
    void (*walk)(rmf_visit visit, void *context);
} rmf_kind;
extern const rmf_kind rmf_kinds[]; /* ends with a NULL name */
/* By name, in the singular or the plural; NULL if unknown. */
const rmf_kind *rmf_kind_find(const char *name);

#endif
