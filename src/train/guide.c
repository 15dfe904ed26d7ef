/* train/guide.c – which branch guides which.
 *
 * A guide needs no parameters of its own.  The score without a class is what the root's head
 * learns when it is trained below its branch point too (on all classes); a parent's head, trained
 * below its branch point, knows the group but not which of its parts.  In a flat tree, whose root
 * has no time of its own, both are the label dropout of Ho & Salimans 2022. */
#include "train/train_private.h"

#include <string.h>

enum rmf_guide rmf_guide_from_settings(const rmf_settings *settings)
{
    const char *text = rmf_settings_text(settings, "train.guide");
    if (text && strcmp(text, "unconditional") == 0) return RMF_GUIDE_UNCONDITIONAL;
    return text && strcmp(text, "parent") == 0 ? RMF_GUIDE_PARENT : RMF_GUIDE_NONE;
}

int rmf_model_guide(const rmf_model *model, int branch)
{
    if (model->guide == RMF_GUIDE_NONE) return -1;
    int above = branch;
    do /* pieces of one branch share a head: nothing to learn from each other */
        above = rmf_tree_branch(model->tree, above)->parent;
    while (above >= 0 && model->bank_row[above] == model->bank_row[branch]);
    return above > 0 && model->guide == RMF_GUIDE_UNCONDITIONAL ? 0 : above;
}

rmf_status rmf_model_guides(rmf_model *model, double weight, const int **guide)
{
    *guide = NULL;
    if (weight == 0) return RMF_OK;
    if (model->guide == RMF_GUIDE_NONE)
        return rmf_fail(RMF_ERR_USAGE,
                        "guidance is %g, but the model was trained without a guide; expected 0, or "
                        "a model trained with train.guide unconditional or parent",
                        weight);
    const int branches = rmf_tree_branch_count(model->tree);
    if (!model->guides)
        RMF_TRY(rmf_alloc((size_t)branches, sizeof *model->guides, (void **)&model->guides));
    for (int b = 0; b < branches; b++)
        model->guides[b] = rmf_model_guide(model, b);
    *guide = model->guides;
    return RMF_OK;
}
