#!/bin/sh
# results.sh RAMIFY ROOT – docs/RESULTS.md is what the stored results make, and every result stands on it.
ramify=$1 root=$2
sh "$root/tools/docs/results.sh" "$ramify" "$root/docs" | diff - "$root/docs/RESULTS.md" >/dev/null || {
    echo "docs/RESULTS.md differs from docs/results; make it anew: sh tools/docs/results.sh RAMIFY docs"
    exit 1
}
for folder in "$root"/docs/results/*/; do
    name=$(basename "$folder")
    grep -q "^.ramify reproduce $name.:" "$root/docs/RESULTS.md" || { echo "docs/results/$name is not on the page"; exit 1; }
done
