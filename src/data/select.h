/** data/select.h – keeps chosen classes and the first objects of each. */
#ifndef RMF_DATA_SELECT_H
#define RMF_DATA_SELECT_H

#include "ramify/data.h"

/**
 * Keeps the classes of data.classes and, of each, the first data.max_per_class objects, as settings
 * say; replaces *data.  Unknown names are RMF_ERR_USAGE with the known ones.
 */
RMF_CHECKED rmf_status rmf_dataset_select(const rmf_settings *settings, rmf_dataset *data);

#endif
