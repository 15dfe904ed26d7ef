#!/bin/sh
# results.sh RAMIFY DOCS – prints the page RESULTS.md of the results that DOCS/results keeps.
#
# What `ramify reproduce NAME` leaves in its folder result/ is copied to docs/results/NAME; then
#   sh tools/docs/results.sh build/ramify docs >page && mv page docs/RESULTS.md
set -eu
ramify=$(command -v "$1") || { echo "results.sh: $1: no such program" >&2; exit 1; }
case $ramify in /*) ;; *) ramify=$PWD/$ramify ;; esac
cd "$2"
set --
for name in mnist-quality mnist-long fashion-quality letters-quality digits-quality losses flat guidance efficiency speed peers plan \
    epsilon branch-variation class-extension letters-extension transmutation hybrids samplers-mnist samplers-letters \
    samplers-digits classify; do
    [ ! -e "results/$name/result.json" ] || set -- "$@" "results/$name/result.json"
done
exec "$ramify" reproduce --page - "$@"
