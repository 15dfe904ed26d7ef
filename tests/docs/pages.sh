#!/bin/sh
# pages.sh DOCS_PAGES – the check of pages itself: it sees a wrong page, renews it, and then is content.
set -u
pages=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "pages.sh: $*"; exit 1; }

printf 'int main(void);\n/* unwanted */\n' >"$folder/a.c"
printf '<!-- lines: a.c main -->\nstale\n<!-- end -->\n\n<!-- keys: net tabular -->\n<!-- end -->\n' >"$folder/page.md"
"$pages" "$folder" page.md 2>"$folder/said" && fail "a wrong page passed"
grep -q 'page.md:2: not what the tree says now' "$folder/said" || fail "said: $(cat "$folder/said")"
"$pages" --write "$folder" page.md || fail "could not renew"
"$pages" "$folder" page.md || fail "a renewed page failed"
grep -qx 'int main(void);' "$folder/page.md" || fail "the line is missing"
grep -qF '| `net.width` | whole number, 4 to 16384 | `512` |' "$folder/page.md" || fail "the key is missing"
grep -q 'unwanted\|stale' "$folder/page.md" && fail "a line too many"
for wrong in 'keys: nothing' 'keys: net nothing' 'list: nothing' 'file: nothing.c' 'lines: a.c nothing' 'other: a.c'; do
    printf '<!-- %s -->\n<!-- end -->\n' "$wrong" >"$folder/wrong.md"
    "$pages" --write "$folder" wrong.md 2>/dev/null && fail "\"$wrong\" passed"
done
printf '<!-- list: sde -->\n' >"$folder/wrong.md"
"$pages" "$folder" wrong.md 2>/dev/null && fail "a block without an end passed"
exit 0
