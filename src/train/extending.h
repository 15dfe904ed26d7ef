/* train/extending.h – the state of an extension, beside that of the trainer that trains it. */
#ifndef RMF_EXTENDING_H
#define RMF_EXTENDING_H

#include "train/trainer.h"

struct json_t;

typedef struct rmf_new_class {
    rmf_added_class told; /* what the report says of it */
    char **from;          /* [n_from] the classes of the branch that it leaves */
    int n_from;
    int64_t row, source; /* of the banks: its own, and the one that this starts from */
    double quantile[2];  /* of the law of times: at t = 0 and at the end of its leaf */
} rmf_new_class;

struct rmf_extending {
    char *run; /* the old one, from anywhere */
    rmf_settings *data;
    char *base;
    int n;
    rmf_new_class *added; /* [n]; time NAN and n_from 0 where the place is to be found */
    enum rmf_extension_start start;
    enum rmf_extension_tune tune;
    rmf_settings *given;   /* keys over those of the run */
    rmf_model *old, *last; /* the old run's averaged weights, and those of its last step */
    int first_class;
    float
        *exported; /* the last weights, with rows for the new classes: an arena of the new model */
    char *list;    /* JSON: all that was added to the run, this at the end */
};

/* extend_plan.c: what is asked for, from the arguments or, resumed, from the run's own file. */
RMF_CHECKED rmf_status rmf_extending_plan(trainer *tr, const rmf_extension *extension);
/* The list of additions as JSON text, this one at the end. */
RMF_CHECKED rmf_status rmf_extending_list(const trainer *tr, char **out);
/* Writes the run's file of it. */
RMF_CHECKED rmf_status rmf_extending_write(const trainer *tr);
/* Keys and texts with this prefix ("" all). */
RMF_CHECKED rmf_status rmf_settings_to_json(const rmf_settings *settings, const char *prefix,
                                            struct json_t *object);
RMF_CHECKED rmf_status rmf_settings_from_json(const struct json_t *object, const char *place,
                                              rmf_settings *settings);

/* extend_data.c: the objects of these classes, label k for names[k]; of data with one class only
 * these are the class that is asked for, whatever their label. */
RMF_CHECKED rmf_status rmf_class_objects(const rmf_settings *data, const char *base, int n,
                                         const char *const *names, rmf_dataset *train,
                                         rmf_dataset *held_out);

/* extend_place.c: data, sums and the tree with its new leaves. */
RMF_CHECKED rmf_status rmf_extending_places(trainer *tr);

/* extend_setup.c: the model with its new rows, and all that training needs. */
RMF_CHECKED rmf_status rmf_extending_setup(trainer *tr);
/* Objects and times of the next step. */
void rmf_extending_draw(trainer *tr);
/* The weights of model.safetensors: the old run's last ones, and the new rows; NULL: the model's.
 */
const float *rmf_extending_values(trainer *tr);

/* extend_check.c: compares the finished run with the old one. */
RMF_CHECKED rmf_status rmf_extending_check(const trainer *tr, rmf_extension_report *report);

#endif
