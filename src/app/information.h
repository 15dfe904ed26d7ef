/* app/information.h – `ramify show RUN --information`. */
#ifndef RMF_APP_INFORMATION_H
#define RMF_APP_INFORMATION_H

#include "app/app.h"

typedef struct rmf_information_args {
    bool wanted, told; /* told: one of the numbers was given */
    int64_t count, times;
} rmf_information_args;
/* Measures the run `look` names, and prints. */
RMF_CHECKED rmf_status rmf_show_information(const rmf_usual_args *look,
                                            const rmf_information_args *args);

#endif
