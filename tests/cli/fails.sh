#!/bin/sh
# fails.sh RAMIFY MAKE_INPUT – run.sh must fail every case of wrong.table.
here=$(cd "$(dirname "$0")" && pwd)
said=$(sh "$here/run.sh" "$1" "$2" "$here/wrong.table") && { echo "run.sh accepted wrong.table"; exit 1; }
count=$(grep -c '^== ' "$here/wrong.table")
case $said in
*"wrong.table: $count cases, $count failed") echo "all $count wrong cases were found" ;;
*)
    echo "expected $count failures; run.sh said:"
    echo "$said"
    exit 1
    ;;
esac
