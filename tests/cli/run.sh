#!/bin/sh
# run.sh RAMIFY MAKE_INPUT TABLE – runs every case of a table and compares what comes out.
#
# A table is a list of cases, one line a fact:
#
#   == what the case shows                 starts a case, in an empty folder of its own
#   set COMMAND                            shell command that prepares it (helpers.sh has some words)
#   run ramify …                           the command line that is tested, as one types it
#   exit N                                 its exit code; 0 unless said
#   out PATTERN                            a line of stdout: the whole line, as a shell pattern
#   err PATTERN                            a line of stderr
#   new FILE…                              files that must appear (a folder: with all in it)
#   changed FILE…                          files that may change
#   then COMMAND                           shell command that must succeed afterwards
#   env NAME=VALUE                         environment of the run
#
# "out ..." or "err ..." (three dots) accepts any lines from there on.  Lines that no pattern expects,
# files that no `new` names, files that changed, temporary files: each fails the case.  A case that
# exits with 1 or 2 must print exactly one line, `ramify: error: …`, on stderr and nothing on stdout;
# 130 likewise with `ramify: interrupted: …` as its last line.
#
# RMF_CASE=WORDS runs only the cases whose names contain WORDS.
set -u
ramify=$1 make_input=$2 table=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
case $table in /*) ;; *) table=$(pwd)/$table ;; esac
# The machine may be busy: threads that wait must sleep, and small work needs no second one.
OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8 ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=99
unset RAMIFY_DATA POSIXLY_CORRECT ARGP_HELP_FMT
export OMP_NUM_THREADS OMP_WAIT_POLICY LC_ALL ASAN_OPTIONS
cases=0 failed=0 line_number=0

ramify() { "$ramify" "$@"; }
. "$here/helpers.sh"

# ---- one case ----

start_case() {
    title=$1 prepare= command= exit_code=0 after= variables= appear= may_change=
    : >"$work/want-out"
    : >"$work/want-err"
    at=$line_number
}

complain() {
    bad=1
    printf '%s:%s: %s\n    %s\n' "$(basename "$table")" "$at" "$title" "$1"
}

# lines WANTED GOT NAME – compares a stream with its patterns, line by line.
lines() {
    {
        while IFS= read -r want <&3; do
            [ "$want" = ... ] && return
            IFS= read -r got <&4 || { complain "$3 ends; expected: $want"; return; }
            # shellcheck disable=SC2254 # the pattern is meant to be one
            case $got in
            $want) ;;
            *)
                complain "$3 is:   $got
    expected: $want"
                return
                ;;
            esac
        done
        IFS= read -r got <&4 && complain "$3 has a line too much: $got"
    } 3<"$1" 4<"$2"
}

snapshot() { find . -type f -exec cksum {} + | LC_ALL=C sort -k 3 >"$1"; }

# True when $1 is one of the names, or in one of the folders, that follow.
named() {
    file=$1
    shift
    for name in "$@"; do
        case $file in "./$name" | "./$name"/*) return 0 ;; esac
    done
    return 1
}

check_files() {
    cut -d ' ' -f 3- "$work/before" >"$work/names-before"
    diff "$work/before" "$work/after" | sed -n 's/^> [0-9]* [0-9]* //p' >"$work/differ"
    while IFS= read -r file; do
        if grep -qxF "$file" "$work/names-before"; then
            named "$file" $may_change || complain "$file changed"
        else
            named "$file" $appear || complain "$file appeared"
        fi
    done <"$work/differ"
    cut -d ' ' -f 3- "$work/after" >"$work/names-after"
    while IFS= read -r file; do
        grep -qxF "$file" "$work/names-after" || complain "$file is gone"
    done <"$work/names-before"
    for name in $appear; do
        [ -e "$name" ] || complain "$name is missing"
    done
    for name in $may_change; do
        grep -q "^\./$name\(/\|\$\)" "$work/differ" || complain "$name did not change"
    done
    find . -name '*.tmp-*' | grep -q . && complain "a temporary file is left"
}

check_streams() {
    case $exit_code in
    1 | 2)
        [ "$(wc -l <"$work/err")" -eq 1 ] || complain "stderr: $(cat "$work/err")"
        grep -q '^ramify: error: .' "$work/err" || complain "stderr does not say ramify: error:"
        ;;
    130) tail -n 1 "$work/err" | grep -q '^ramify: interrupted: .' ||
        complain "stderr does not end with ramify: interrupted:" ;;
    esac
    lines "$work/want-out" "$work/out" stdout
    lines "$work/want-err" "$work/err" stderr
}

end_case() {
    [ -n "${title:-}" ] || return 0
    case $title in *"${RMF_CASE:-}"*) ;; *) return 0 ;; esac
    cases=$((cases + 1))
    bad=0
    folder=$work/case-$cases
    mkdir "$folder" && cd "$folder" || exit 2
    if ! (set -e; eval "$prepare") >"$work/log" 2>&1; then
        complain "the preparation failed: $(tail -n 3 "$work/log")"
    else
        snapshot "$work/before"
        (eval "$variables
$command") >"$work/out" 2>"$work/err" </dev/null
        got=$?
        [ "$got" = "$exit_code" ] || complain "exit code $got; expected $exit_code; stderr: $(
            head -n 5 "$work/err")"
        snapshot "$work/after"
        check_files
        check_streams
        [ -z "$after" ] || (set -e; eval "$after") >"$work/log" 2>&1 ||
            complain "afterwards: $(tail -n 5 "$work/log")"
    fi
    [ $bad = 0 ] || failed=$((failed + 1))
    cd "$work" && rm -rf "$folder"
}

# ---- the table ----

start_case ""
newline='
'
while IFS= read -r line; do
    line_number=$((line_number + 1))
    rest=${line#* }
    case $line in
    '' | '#'*) ;;
    '== '*) end_case; start_case "$rest" ;;
    'set '*) prepare=$prepare$newline$rest ;;
    'run '*) command=$rest ;;
    'exit '*) exit_code=$rest ;;
    'out '*) printf '%s\n' "$rest" >>"$work/want-out" ;;
    'err '*) printf '%s\n' "$rest" >>"$work/want-err" ;;
    out | err) echo >>"$work/want-$line" ;;
    'new '*) appear="$appear $rest" ;;
    'changed '*) may_change="$may_change $rest" ;;
    'then '*) after=$after$newline$rest ;;
    'env '*) variables="$variables export $rest;" ;;
    *)
        echo "$table:$line_number: unknown word: $line"
        exit 2
        ;;
    esac
done <"$table"
end_case
echo "$(basename "$table"): $cases cases, $failed failed"
[ "$failed" = 0 ] && [ "$cases" != 0 ]
