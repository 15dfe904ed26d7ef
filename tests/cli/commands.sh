#!/bin/sh
# commands.sh RAMIFY PAGE – docs/commands.md names every option that --help shows and no other, has the
# example of every help text, and its examples run, in the order of the page.
#
# Trainings are cut short: what an example does matters here, not what it learns.
set -u
ramify=$1 page=$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work" || exit 2
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
unset RAMIFY_DATA
bad=0

complain() {
    echo "commands.md: $1"
    bad=1
}

# section TITLE – the lines below "## TITLE".
section() { awk -v title="## $1" '/^## /{inside = ($0 == title); next} inside' "$page"; }

# options: `--name` in the first column of tables; of help texts: at the start of a line.
in_page() { sed -n 's/^| \([^|]*\(\\|[^|]*\)*\) |.*/\1/p' | grep -o -- '--[a-z-]*' | sort; }
in_help() { sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' | sort; }

section "What all commands share" | in_page >common
for command in $("$ramify" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    section "ramify $command" >text
    [ -s text ] || { complain "no section for ramify $command"; continue; }
    in_page <text | sort - common >page
    "$ramify" "$command" --help >help
    in_help <help >helped
    diff page helped >differ || complain "ramify $command: options differ from its --help: $(grep '^[<>]' differ |
        tr '\n' ' ')"
    sed -n '/^Example/,$s/^  //p' help >helped
    [ -s helped ] || complain "ramify $command: its --help has no example"
    while IFS= read -r example; do
        grep -qxF -- "$example" text || complain "ramify $command: the example of its --help is missing: $example"
    done <helped
done

# run_example COMMAND-LINE
run_example() {
    case $1 in
    'ramify demo'*) return 0 ;; # the table demo runs it
    *--resume*) short= ;;
    'ramify train'*) short='--steps 5 --set net.widths=4,4 --set net.embedding=8 --set train.batch=8' ;;
    'ramify study'*--train*) short='--set train.steps=5 --set net.widths=4,4 --set net.embedding=8 --set train.batch=8' ;;
    'ramify extend'*) short='--steps 5 --set train.batch=8' ;;
    'ramify router'*) short='--steps 5' ;;
    'ramify eval'*) short='--quiet' ;;
    *) short= ;;
    esac
    eval "$(printf '%s' "$1" | sed "s|^ramify|\"$ramify\"|") $short" >out 2>err && return 0
    complain "$1: exit code $?: $(tail -n 1 err)"
}

sed -n '/^```sh/,/^```/{/^```/!p}' "$page" >examples
while IFS= read -r example <&3; do
    run_example "$example"
done 3<examples
echo "commands.md: $(wc -l <examples) examples"
exit $bad
