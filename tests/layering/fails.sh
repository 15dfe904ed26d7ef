#!/bin/sh
# fails.sh – layering.sh must find the arrows of the fixture wrong/ that point the wrong way.
here=$(cd "$(dirname "$0")" && pwd)
if found=$(sh "$here/layering.sh" "$here/wrong"); then
    echo "layering.sh accepted the fixture $here/wrong"
    exit 1
fi
printf '%s\n' "$found" | diff "$here/wrong/expected.out" - && echo "all wrong arrows were found"
