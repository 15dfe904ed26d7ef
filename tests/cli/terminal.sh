#!/bin/sh
# terminal.sh RAMIFY – on a terminal every command whose work may be long draws a bar, results begin on a line
# of their own below it, and nothing is coloured: so NO_COLOR holds.  --no-progress and -q draw none.
set -u
ramify=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work" || exit 2
command -v script >/dev/null || { echo "terminal.sh: no command script, which gives a program a terminal"; exit 1; }
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8 TERM=xterm-256color COLORTERM=truecolor
unset RAMIFY_DATA NO_COLOR
escape=$(printf '\033')
bad=0 count=0
complain() { echo "ramify $1: $2"; bad=1; }

# on_terminal ARGUMENTS – runs it with a terminal as all its streams; what it prints, a line each time the
# bar is drawn anew, goes to the file `seen`.
on_terminal() {
    script -qec "$ramify $1" /dev/null </dev/null >raw 2>&1 || complain "$1" "exit code $?: $(tail -n 1 raw)"
    grep -q "$escape" raw && complain "$1" "prints escape sequences"
    tr -d '\n' <raw | tr '\r' '\n' >seen
}

draws_bar() {
    count=$((count + 1))
    on_terminal "$1"
    grep -q '^[a-z ]* \[[#.]*\] [0-9]*/[0-9]* ' seen || complain "$1" "draws no bar"
    # Behind a bar stands its remaining time, and no result.
    grep '\[[#.]*\] [0-9]*/' seen | grep -v 'left *$' >mixed && complain "$1" "prints behind the bar: $(head -n 1 mixed)"
}

small='--set net.widths=4,4 --set net.embedding=8 --set train.batch=8'
draws_bar "train digits --out r --steps 20 --set data.classes=0,1,2,3 $small"
draws_bar "discover digits --classes 0,1,2 --bootstrap 20 --out t.json"
draws_bar "discover digits --classes 0,1,2 --method montecarlo --out m.json"
draws_bar "plan digits --classes 0,1,2 --p 0.6 --objects 20"
draws_bar "study trees digits --classes 0,1,2 --montecarlo 2 --bootstrap 2 --random 1 --out study"
few='--montecarlo 0 --bootstrap 0 --random 0 --sweep none --set eval.count=5 --set sample.steps=4'
draws_bar "study trees digits --classes 0,1,2 $few --out worth --train 1 --set train.steps=20 $small"
draws_bar "router r --steps 20"
draws_bar "sample r --out x.npz --count 2 --steps 8"
draws_bar "extend r --data digits --class 7 --out r7 --steps 5 --set train.batch=8"
draws_bar "transmute r --from 0 --to 1 --out y.npz --count 4 --steps 8"
draws_bar "hybrid r --classes 0,1 --out h.npz --steps 8"
draws_bar "check r --count 10 --sampler heun --steps 4"
draws_bar "eval r --count 10 --steps 4 --metrics frechet --bootstrap 5"
draws_bar "report r --out p.html --count 10 --steps 4 --metrics frechet --bootstrap 5"

for silent in -q --no-progress; do
    on_terminal "sample r --out x.npz --force --count 2 --steps 8 $silent"
    grep -q '\[[#.]*\]' seen && complain "sample $silent" "draws a bar"
done
NO_COLOR=1 on_terminal "list"
NO_COLOR=1 on_terminal "sample nothing --out x.npz --force || true"
echo "terminal: $count bars"
exit $bad
