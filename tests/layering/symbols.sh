#!/bin/sh
# symbols.sh NM LIBRARY – every global symbol of the library starts with rmf_, hidden ones too: in a
# static library they share one name space with the program that links it.
[ -s "$2" ] || { echo "$2: no such library"; exit 2; }
# What sanitizers and compilers add to an object for themselves (dots are in no C name) is not ours.
"$1" -g --defined-only "$2" |
    awk 'NF == 3 && $3 !~ /^(rmf_|\.|__odr_asan|__asan|__tsan|__ubsan|__gcov|DW\.ref\.|__x86\.)/ {
             print "libramify.a: exports " $3 "; its name must start with rmf_ or it must be static"
             bad = 1
         }
         NF == 3 { count++ }
         END { if (!bad) print count + 0 " symbols, all rmf_"; exit bad || !count }'
