#!/bin/sh
# links.sh FOLDER – every relative link of the Markdown pages in FOLDER and FOLDER/docs leads to a file.
cd "$1" || exit 1
broken=0
for page in *.md docs/*.md; do
    for link in $(sed '/^```/,/^```/d' "$page" | grep -o '](\([^)# ]*\)' | cut -c3-); do
        case $link in
        *://* | mailto:* | '') continue ;;
        esac
        [ -e "$(dirname "$page")/$link" ] || { echo "$page: no such file: $link"; broken=1; }
    done
done
exit $broken
