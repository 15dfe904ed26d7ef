/** core/types.c – element types and views. */
#include "ramify/core.h"

size_t rmf_type_size(rmf_type type)
{
    switch (type) {
    case RMF_I8:
    case RMF_U8:
    case RMF_BOOL:
        return 1;
    case RMF_BF16:
    case RMF_I16:
    case RMF_U16:
        return 2;
    case RMF_F32:
    case RMF_I32:
    case RMF_U32:
        return 4;
    case RMF_F64:
    case RMF_I64:
    case RMF_U64:
        return 8;
    case RMF_TEXT:
        return 0;
    }
    return 0;
}

int64_t rmf_view_count(const rmf_view *view)
{
    int64_t count = 1;
    for (int axis = 0; axis < view->rank; axis++)
        count *= view->shape[axis];
    return count;
}
