#!/bin/sh
# symbols.sh NM LIBRARY [--dynamic] – every global symbol of the library starts with rmf_, hidden ones too:
# in a static library they share one name space with the program that links it.  Of a shared library
# (--dynamic) only those that it exports count.
[ -s "$2" ] || { echo "$2: no such library"; exit 2; }
# What sanitizers and compilers add to an object for themselves (dots are in no C name) is not ours.
"$1" ${3:-} -g --defined-only "$2" |
    awk -v library="$(basename "$2")" 'NF == 3 && $3 !~ /^(rmf_|\.|__odr_asan|__asan|__tsan|__ubsan|__gcov|DW\.ref\.|__x86\.)/ {
             print library ": exports " $3 "; its name must start with rmf_ or it must be static"
             bad = 1
         }
         NF == 3 { count++ }
         END { if (!bad) print count + 0 " symbols, all rmf_"; exit bad || !count }'
