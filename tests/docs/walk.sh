#!/bin/sh
# walk.sh PAGE sh|python RAMIFY LIBRARY – runs the blocks of code of a page as they stand, from the first to the
# last, in an empty folder.  sh: each block must end well, with `ramify` in the path.  python: all blocks are one
# program, for Debian's Python; exit code 77 (skipped) where it has no NumPy.
set -u
page=$1 language=$2 ramify=$3 library=$4
root=$(cd "$(dirname "$0")/../.." && pwd)
python=/usr/bin/python3
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/bin" "$work/here" && ln -s "$ramify" "$work/bin/ramify" || exit 2
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8 PATH="$work/bin:$PATH"
unset RAMIFY_DATA

# Lines of the page keep their numbers, so that a message of Python names them.
awk -v fence="^\`\`\`$language\$" '$0 ~ /^```/ {inside = $0 ~ fence; print ""; next} {print inside ? $0 : ""}' \
    "$page" >"$work/program"
blocks=$(grep -c "^\`\`\`$language\$" "$page")
[ "$blocks" -gt 0 ] || { echo "$page: no block of $language"; exit 1; }
cd "$work/here" || exit 2
case $language in
sh) sh -eu "$work/program" >"$work/out" 2>&1 ;;
python)
    "$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy: install python3-numpy"; exit 77; }
    RAMIFY_LIBRARY=$library PYTHONPATH=$root/python PYTHONDONTWRITEBYTECODE=1 "$python" "$work/program" >"$work/out" 2>&1
    ;;
*) exit 2 ;;
esac
code=$?
[ $code = 0 ] && echo "$(basename "$page"): $blocks blocks run" && exit 0
cat "$work/out"
echo "$(basename "$page"): ended with $code"
exit 1
