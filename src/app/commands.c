/* app/commands.c – the table of sub-commands: dispatch, help, man pages and completion follow it.
 */
#include "app/app.h"

const rmf_command *const *rmf_commands(void)
{
    static const rmf_command *const commands[] = {&rmf_command_demo,      &rmf_command_discover,
                                                  &rmf_command_plan,      &rmf_command_study,
                                                  &rmf_command_train,     &rmf_command_sample,
                                                  &rmf_command_router,    &rmf_command_extend,
                                                  &rmf_command_transmute, &rmf_command_hybrid,
                                                  &rmf_command_check,     &rmf_command_likelihood,
                                                  &rmf_command_classify,  &rmf_command_eval,
                                                  &rmf_command_report,    &rmf_command_show,
                                                  &rmf_command_export,    &rmf_command_list,
                                                  &rmf_command_reproduce, &rmf_command_bench,
                                                  &rmf_command_doctor,    NULL};
    return commands;
}
