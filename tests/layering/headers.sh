#!/bin/sh
# headers.sh CC CXX INCLUDE – each public header compiles alone, as C17 and as C++17.
cc=$1 cxx=$2 include=$3
bad=0

# compiles NAME COMPILER LANGUAGE STANDARD; included twice, since its guard must hold too.
compiles() {
    printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
        "$2" -x "$3" -std="$4" -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$include" - ||
        { echo "$1: does not compile alone as $4"; bad=1; }
}

for header in "$include"/ramify/*.h; do
    compiles "ramify/$(basename "$header")" "$cc" c c17
    compiles "ramify/$(basename "$header")" "$cxx" c++ c++17
done
[ $bad = 0 ] && echo "all public headers compile alone as C17 and C++17"
exit $bad
