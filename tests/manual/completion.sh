#!/bin/bash
# completion.sh RAMIFY SCRIPT bash|fish – what the shell offers for lines that are being typed.  bash is asked as
# readline would, with = among the characters that break words, and without.  Exit code 77 without fish: skipped.
set -u
ramify=$1 script=$2 shell=$3
case $shell in
bash)
    # shellcheck disable=SC1090
    source "$script" || exit 1
    ;;
fish)
    command -v fish >/dev/null || { echo "skipped: no fish: install fish"; exit 77; }
    fish --no-config --no-execute "$script" || exit 1
    ;;
esac
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
mkdir runs && : >"runs/a b.npz" && : >tree.json && : >mine.yaml
bad=0 cases=0

# offers LINE – the words, sorted, with one blank between.
offers() {
    COMP_LINE=$1 COMP_POINT=${#1}
    COMPREPLY=()
    "offers_$shell" "$1" | LC_ALL=C sort | paste -sd ' '
}
offers_bash() {
    _ramify
    printf '%s\n' "${COMPREPLY[@]}"
}
# Without the sentences that fish shows beside the words, its backslashes, and its slashes behind folders.
offers_fish() { asked_fish "$1" | cut -f 1 | sed 's/\\\(.\)/\1/g; s|/$||'; }
sentence_fish() { asked_fish "$1" | cut -f 2; }
asked_fish() {
    # shellcheck disable=SC2016
    HOME=$work fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$script" "$1"
}

# is LINE EXPECTED – all that is offered.
is() {
    cases=$((cases + 1))
    local found
    found=$(offers "$1")
    [[ $found == "$2" ]] || { echo "\"$1\": offered \"$found\"; expected \"$2\""; bad=1; }
}

# has LINE WORD… – these are among the words.  lacks: they aren't.
has() {
    cases=$((cases + 1))
    local line=$1 found word
    found=" $(offers "$line") "
    for word in "${@:2}"; do
        [[ $found == *" $word "* ]] || { echo "\"$line\": \"$word\" is not offered:$found"; bad=1; }
    done
}
lacks() {
    cases=$((cases + 1))
    local line=$1 found word
    found=" $(offers "$line") "
    for word in "${@:2}"; do
        [[ $found == *" $word "* ]] && { echo "\"$line\": \"$word\" is offered"; bad=1; }
    done
}

[ "$shell" = fish ] || complete -p ramify 2>/dev/null | grep -q _ramify || { echo "ramify has no completion"; bad=1; }

# Commands, and the options of each: those of its help and no other.
commands=$("$ramify" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
# shellcheck disable=SC2086
has 'ramify ' $commands help
is 'ramify --' '--help --version'
is 'ramify dis' 'discover'
is 'ramify help dis' 'discover'
for command in $commands; do
    wanted=$("$ramify" "$command" --help | sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' | LC_ALL=C sort -u | paste -sd ' ')
    is "ramify $command --" "$wanted"
done
is 'ramify sample --cl' '--classes'
if [ "$shell" = fish ]; then
    found=$(sentence_fish 'ramify discov') wanted=$("$ramify" --help | sed -n 's/^  discover *//p')
    [ "$found" = "$wanted" ] || { echo "fish says of discover: \"$found\"; expected \"$wanted\""; bad=1; }
fi
has 'ramify sample -' -o -q --out
is 'ramify unknown --' ''
is 'ramify unknown x' ''

# Closed choices, from the tables of options and from the registries.
breaking=($' \t\n"\'><=;|&(:' $' \t\n"\'><;|&(')
[ "$shell" = bash ] || breaking=('') # fish has no such characters
for breaks in "${breaking[@]}"; do
    COMP_WORDBREAKS=$breaks
    is 'ramify discover digits --method ' 'exact montecarlo'
    is 'ramify discover digits --method e' 'exact'
    is 'ramify sample --weights ' 'ema raw'
    # shellcheck disable=SC2046
    has 'ramify sample --sampler ' $("$ramify" list sampler | sed -n 's/^  \([a-z][^ ]*\) .*/\1/p')
    is 'ramify sample --sampler he' 'heun heun-churn'
    has 'ramify eval r --metrics ' frechet wasserstein
    is 'ramify eval r --metrics frechet,wass' 'frechet,wasserstein'
    has 'ramify bench ' step conv
    has 'ramify study ' trees digits mine.yaml
    has 'ramify list ' sampler recipe-key
    lacks 'ramify list ' unet
    is 'ramify sample r --device ' 'auto cpu ref'
    is 'ramify train digits --set train.warm' 'train.warmup='
    is 'ramify train digits --set net.width' 'net.width= net.widths='
    is 'ramify train digits --steps ' ''
    is 'ramify train digits --seed ' ''
    # After an option without a value, or with its value, an operand comes.
    has 'ramify discover --force ' digits mnist
    has 'ramify discover --method exact ' digits tree.json
    # Files: names with blanks too.
    is 'ramify discover tr' 'tree.json'
    has 'ramify train m' mnist mine.yaml
    is 'ramify show runs/a' 'runs/a b.npz'
    is 'ramify sample run' 'runs'
done

# --option=VALUE: readline replaces what stands behind the = where that breaks words, else the whole.
if [ "$shell" = bash ]; then
    COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
    is 'ramify discover digits --method=' 'exact montecarlo'
    is 'ramify discover digits --method=m' 'montecarlo'
fi
COMP_WORDBREAKS=$' \t\n"\'><;|&('
is 'ramify discover digits --method=m' '--method=montecarlo'
is 'ramify eval r --metrics=frechet,wass' '--metrics=frechet,wasserstein'
echo "completion: $cases cases"
exit $bad
