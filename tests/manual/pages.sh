#!/bin/sh
# pages.sh RAMIFY FOLDER – every command has a man page in FOLDER, groff finds nothing wrong with it, and
# as a reader sees it, it names the options, examples and summary of the command's --help.
set -u
ramify=$1 folder=$2
command -v groff >/dev/null || { echo "skipped: no groff: install groff-base"; exit 77; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
export LC_ALL=C.UTF-8
bad=0
complain() { echo "$1"; bad=1; }

# rendered PAGE – as on a terminal, without bold and underline, lines of 1,000 letters.
rendered() { groff -k -man -Tutf8 -P-cbou -rLL=1000n "$1"; }

: >"$work/pages"
for page in ramify $("$ramify" --help | sed -n 's/^  \([a-z]*\) .*/ramify-\1/p'); do
    echo "$page.1" >>"$work/pages"
    file=$folder/$page.1
    [ -s "$file" ] || { complain "$page.1 is missing"; continue; }
    groff -k -man -ww -Tutf8 -z "$file" >"$work/warnings" 2>&1
    [ -s "$work/warnings" ] && complain "$page.1: $(cat "$work/warnings")"
    rendered "$file" >"$work/text"
    case $page in ramify-*) command=${page#ramify-} ;; *) command= ;; esac
    "$ramify" ${command:+"$command"} --help >"$work/help"
    summary=$("$ramify" --help | sed -n "s/^  $command  *//p")
    [ -z "$command" ] || grep -qF -- "$page - $summary" "$work/text" || complain "$page.1: no summary: $summary"
    sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' "$work/help" | sort -u >"$work/wanted"
    sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' "$work/text" | sort -u >"$work/found"
    [ -z "$command" ] || diff "$work/wanted" "$work/found" >"$work/differ" ||
        complain "$page.1: options differ from --help: $(cat "$work/differ")"
    sed -n 's/^  \(ramify .*\)/\1/p' "$work/help" | while IFS= read -r example; do
        grep -qF -- "$example" "$work/text" || echo "$page.1: the example is missing: $example"
    done >"$work/missing"
    [ -s "$work/missing" ] && complain "$(cat "$work/missing")"
done
(cd "$folder" && ls) | sort >"$work/there"
sort "$work/pages" | diff - "$work/there" || complain "pages differ from commands"
echo "$(wc -l <"$work/pages") pages"
exit $bad
