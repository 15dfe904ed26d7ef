/** reproduce/experiment.h – an experiment as read: settings, the names of its parts, and loops over
 * the values of variables.
 */
#ifndef RMF_REPRODUCE_EXPERIMENT_H
#define RMF_REPRODUCE_EXPERIMENT_H

#include "ramify/reproduce.h"

/** What {name} stands for in a text. */
typedef struct rmf_binding {
    const char *name, *value; /* borrowed */
} rmf_binding;
enum { RMF_BINDINGS = 12 };
typedef struct rmf_bindings {
    rmf_binding item[RMF_BINDINGS];
    size_t count;
} rmf_bindings;

/** Names, in an order. */
typedef struct rmf_names {
    char **name;
    size_t count;
} rmf_names;

typedef struct rmf_experiment {
    rmf_settings *settings;
    rmf_arena *arena; /* of all that is read or made of it */
    rmf_names steps, tables, figures, pictures;
} rmf_experiment;

/** A name of the registry or a file.  Checked: keys, that figures name tables and columns. */
RMF_CHECKED rmf_status rmf_experiment_open(const char *name, rmf_experiment *out);
void rmf_experiment_close(rmf_experiment *experiment);
/** The text of "SECTION.NAME.KEY", or NULL. */
const char *rmf_experiment_text_of(const rmf_experiment *e, const char *section, const char *name,
                                   const char *key);
/** Its place in the file. */
const char *rmf_experiment_place(const rmf_experiment *e, const char *section, const char *name,
                                 const char *key);

/** A printed text of the arena. */
RMF_CHECKED rmf_status rmf_arena_print(rmf_arena *arena, char **out, const char *format, ...)
    RMF_PRINTF(3, 4);
/** `text` with every {name} replaced; a name that is not bound is an error at `place`. */
RMF_CHECKED rmf_status rmf_fill(rmf_arena *arena, const char *text, const rmf_bindings *bindings,
                                const char *place, char **out);

/** All combinations of the values of the variables "SECTION.NAME.for.*", the last one fastest. */
typedef struct rmf_loop {
    const char *variable[RMF_BINDINGS];
    rmf_names values[RMF_BINDINGS];
    size_t depth, count;
} rmf_loop;
RMF_CHECKED rmf_status rmf_loop_of(const rmf_experiment *e, const char *section, const char *name,
                                   rmf_loop *out);
/** Adds what the variables stand for in combination `index`. */
RMF_CHECKED rmf_status rmf_loop_bind(const rmf_loop *loop, size_t index, rmf_bindings *bindings);

/** Items of a text between commas. */
RMF_CHECKED rmf_status rmf_split_list(rmf_arena *arena, const char *text, rmf_names *out);

#endif
