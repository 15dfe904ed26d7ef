#!/bin/sh
# example.sh EXPECTED COMMAND… – runs an example of docs/ and compares what it prints.
expected=$1
shift
case $1 in
*/python3) "$1" -c 'import numpy' 2>/dev/null || { echo "skipped: $1 has no NumPy"; exit 77; } ;;
esac
printed=$("$@") || { echo "$*: ended with $?"; exit 1; }
printf '%s\n' "$printed" | diff -u "$expected" - || { echo "$expected: the example prints something else"; exit 1; }
