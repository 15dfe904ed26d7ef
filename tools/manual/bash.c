/* tools/manual/bash.c – a completion script for bash: commands, options, and the words that may be
 * their values.  It calls nothing: all words stand in it. */
#include "manual.h"

#include <string.h>

/* What does not depend on the tables. */
static const char machinery[] =
    "# Words of the line up to the cursor; the last one, which is being typed, goes to `current`.\n"
    "# bash's own COMP_WORDS are split at = and : too.\n"
    "_ramify_split() {\n"
    "    local line=${COMP_LINE:0:$COMP_POINT}\n"
    "    local glob=$-\n"
    "    set -f # a * stays what it is; zsh has no read -a\n"
    "    words=($line)\n"
    "    [[ $glob == *f* ]] || set +f\n"
    "    current=\n"
    "    [[ $line == *[[:space:]] ]] && return\n"
    "    local count=$((${#words[@]} - 1))\n"
    "    current=${words[count]}\n"
    "    words=(\"${words[@]:0:$count}\")\n"
    "}\n"
    "\n"
    "# _ramify_reply PREFIX TYPED: those of `offered` that begin with TYPED, and files where they\n"
    "# may stand.  PREFIX is what was typed before and stays.\n"
    "_ramify_reply() {\n"
    "    local prefix=$1 typed=$2 word\n"
    "    # readline replaces what stands behind the last = only\n"
    "    [[ $COMP_WORDBREAKS == *=* && $prefix == *=* ]] && prefix=${prefix##*=}\n"
    "    local cut=\n"
    "    [[ $COMP_WORDBREAKS == *=* && $typed == *=* ]] && cut=${typed%=*}=\n"
    "    for word in $(compgen -W \"$offered\" -- \"$typed\"); do\n"
    "        [[ $word == *= ]] && compopt -o nospace 2>/dev/null\n"
    "        COMPREPLY+=(\"$prefix${word#\"$cut\"}\")\n"
    "    done\n"
    "    [[ -n $files ]] || return 0\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r word; do\n"
    "        COMPREPLY+=(\"$prefix$word\")\n"
    "    done < <(compgen -f -- \"$typed\")\n"
    "}\n"
    "\n"
    "# _ramify_value COMMAND OPTION PREFIX TYPED: the value of an option; fails if it takes none.\n"
    "_ramify_value() {\n"
    "    local offered= files= list=\n"
    "    _ramify_values \"$1\" \"$2\" || return\n"
    "    if [[ -n $list && $4 == *,* ]]; then\n"
    "        _ramify_reply \"$3${4%,*},\" \"${4##*,}\"\n"
    "    else\n"
    "        _ramify_reply \"$3\" \"$4\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "_ramify() {\n"
    "    local words current offered= files=\n"
    "    COMPREPLY=()\n"
    "    _ramify_split\n"
    "    local command=${words[1]-} last=\n"
    "    [[ ${#words[@]} -eq 0 ]] || last=${words[${#words[@]} - 1]}\n"
    "    if [[ ${#words[@]} -le 1 || ( $command == help && ${#words[@]} -eq 2 ) ]]; then\n"
    "        offered=$_ramify_commands\n"
    "        [[ $command == help ]] || offered+=' help --help --version'\n"
    "        _ramify_reply '' \"$current\"\n"
    "    elif [[ $last == -* ]] && _ramify_value \"$command\" \"$last\" '' \"$current\"; then\n"
    "        return 0\n"
    "    elif [[ $current == --*=* ]]; then\n"
    "        _ramify_value \"$command\" \"${current%%=*}\" \"${current%%=*}=\" \"${current#*=}\"\n"
    "    elif [[ $current == -* ]]; then\n"
    "        _ramify_options \"$command\"\n"
    "        _ramify_reply '' \"$current\"\n"
    "    else\n"
    "        _ramify_operand \"$command\"\n"
    "        _ramify_reply '' \"$current\"\n"
    "    fi\n"
    "    return 0\n"
    "}\n"
    "if [[ -n ${ZSH_VERSION-} ]]; then\n"
    "    complete -o default -F _ramify ramify # zsh finds paths by itself\n"
    "else\n"
    "    complete -F _ramify ramify\n"
    "fi\n";

/* offered='…' files=1 list=1 */
static void put_offer(FILE *to, const manual_offer *offer)
{
    fputs("offered='", to);
    for (int i = 0; i < offer->count; i++)
        fprintf(to, "%s%s", i ? " " : "", offer->text[i]);
    fprintf(to, "'%s%s ;;\n", offer->files ? " files=1" : "", offer->list ? " list=1" : "");
}

static void put_value(FILE *to, const char *command, const struct argp_option *o)
{
    manual_offer offer;
    if (!o->arg) return;
    manual_offer_make(o->arg, o->doc, &offer);
    fputs("    ", to);
    if (o->name) fprintf(to, "%s:--%s", command, o->name);
    if (manual_letter(o)) fprintf(to, "%s%s:-%c", o->name ? " | " : "", command, manual_letter(o));
    fputs(") ", to);
    put_offer(to, &offer);
    manual_offer_free(&offer);
}

static void put_values(FILE *to)
{
    const struct argp_option *o;
    fputs("# _ramify_values COMMAND OPTION: what may be its value.\n"
          "_ramify_values() {\n    case $1:$2 in\n",
          to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        for (int i = 0; manual_option_at(manual_options(*c, 0), i, &o); i++)
            put_value(to, (*c)->name, o);
    for (int i = 0; manual_option_at(manual_options(rmf_commands()[0], 1), i, &o); i++)
        put_value(to, "*", o);
    fputs("    *) return 1 ;;\n    esac\n}\n\n", to);
}

static void put_options(FILE *to)
{
    const struct argp_option *o;
    fputs("_ramify_options() {\n    case $1 in\n", to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++) {
        fprintf(to, "    %s) offered='", (*c)->name);
        for (int list = 0; list < 2; list++)
            for (int i = 0; manual_option_at(manual_options(*c, list), i, &o); i++) {
                if (o->name) fprintf(to, " --%s", o->name);
                if (manual_letter(o)) fprintf(to, " -%c", manual_letter(o));
            }
        fputs("' ;;\n", to);
    }
    fputs("    esac\n}\n\n", to);
}

static void put_operands(FILE *to)
{
    manual_offer offer;
    fputs("_ramify_operand() {\n    case $1 in\n", to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++) {
        manual_operand_offer(*c, &offer);
        fprintf(to, "    %s) ", (*c)->name);
        put_offer(to, &offer);
        manual_offer_free(&offer);
    }
    fputs("    esac\n}\n\n", to);
}

void manual_write_bash(FILE *to)
{
    fprintf(to, "# bash completion for ramify %s, made from the tables of its commands.\n",
            rmf_version());
    fputs("# zsh reads it too: autoload -U +X bashcompinit && bashcompinit, then source it.\n\n"
          "_ramify_commands='",
          to);
    for (const rmf_command *const *c = rmf_commands(); *c; c++)
        fprintf(to, "%s%s", c == rmf_commands() ? "" : " ", (*c)->name);
    fputs("'\n\n", to);
    put_options(to);
    put_operands(to);
    put_values(to);
    fputs(machinery, to);
}
