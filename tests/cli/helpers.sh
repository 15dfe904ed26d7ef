# helpers.sh – words for the `set` and `then` lines of the tables; run.sh reads it.

# bytes FILE ESCAPES – printf's octal escapes, as they are.
bytes() { printf "$2" >"$1"; }

# safetensors FILE HEADER [DATA] – a file with this JSON header, right or wrong.
safetensors() {
    length=$(printf '%s' "$2" | wc -c)
    printf "\\$(printf %o $((length % 256)))\\$(printf %o $((length / 256)))\0\0\0\0\0\0" >"$1"
    printf '%s%s' "$2" "${3:-}" >>"$1"
}

# arrays FILE.npz|FILE.npy|FILE.png … – see make_input.c.
arrays() { "$make_input" "$@"; }

# small_table FILE – two classes of four objects, two features; header x0,x1,label.
small_table() {
    {
        echo x0,x1,label
        for i in 1 2 3 4; do echo "0.$i,1.$((9 - i)),a"; done
        for i in 1 2 3 4; do echo "2.$i,3.$((9 - i)),b"; done
    } >"$1"
}

small_net="--set net.widths=4,4 --set net.embedding=8 --set train.batch=8 --set train.warmup=2"

# trained FOLDER – a copy of a tiny trained run on the digits; trained once for a table.
trained() {
    [ -d "$work/trained" ] ||
        ramify train digits --out "$work/trained" --steps 20 --set train.log_steps=5 $small_net || return
    cp -R "$work/trained" "$1"
}

# trained_flat FOLDER – the same as one flat model that is told the class.
trained_flat() {
    [ -d "$work/flat" ] || ramify train digits-flat --out "$work/flat" --steps 20 $small_net || return
    cp -R "$work/flat" "$1"
}

# routing FOLDER – the same with heads of a few steps.
routing() {
    trained "$1" && { [ -f "$work/heads" ] || ramify router "$1" --steps 3 --out "$work/heads"; } &&
        cp "$work/heads" "$1/router.safetensors"
}

# trained_part FOLDER – the same without the digits 6 to 9, to which they can be added.
trained_part() {
    [ -d "$work/part" ] ||
        ramify train digits --out "$work/part" --steps 20 --set train.log_steps=5 $small_net \
            --set data.classes=0,1,2,3,4,5 --set sample.steps=6 || return
    cp -R "$work/part" "$1"
}

# table_run TABLE RUN – a tiny run on such a table, with nothing held out.
table_run() {
    printf '%s\n' "name: t" "data:" "  path: $1" "  label: label" "  held_out: 0" "net:" "  name: tabular" \
        "  width: 8" "  blocks: 1" "  embedding: 8" "train:" "  steps: 5" "  batch: 8" >"$2.yaml"
    ramify train "$2.yaml" --out "$2" -q
}

# small_study FOLDER [OPTION…] – a few trees of few digits, and tiny models on them.
small_study="digits --set data.max_per_class=25 --montecarlo 0 --bootstrap 2 --sweep none --random 1
    --train 100 --set train.steps=6 --set train.log_steps=1 --set eval.count=5 --set sample.steps=3 $small_net"
small_study() {
    folder=$1
    shift
    ramify study trees $small_study --out "$folder" "$@"
}

# json FILE – FILE is valid JSON, in the eyes of the one JSON reader that is surely there: ours.
json() { "$make_input" --check-json "$1"; }

# page FILE – FILE is a page of HTML that is well formed and loads nothing.
page() { "$make_input" --check-page "$1"; }

# trained_table FOLDER – a copy of a tiny run on two classes of a table; trained once for a table.
trained_table() {
    [ -d "$work/table" ] || (
        mkdir "$work/data" && cd "$work/data" && small_table t.csv && cat >r.yaml <<END
data: {path: t.csv, label: label, held_out: 0}
net: {name: tabular, width: 8, blocks: 1}
train: {batch: 8, warmup: 2, steps: 20, log_steps: 5}
END
        ramify train r.yaml --out "$work/table"
    ) || return
    cp -R "$work/table" "$1"
}

# edit FILE FROM TO – replaces a text of a (binary) file by one of the same length.
edit() {
    [ ${#2} = ${#3} ] && LC_ALL=C grep -qF -- "$2" "$1" || return 1
    LC_ALL=C sed "s|$2|$3|" "$1" >edited && mv edited "$1"
}

# cut FILE BYTES – keeps the first bytes.
cut_file() { head -c "$2" "$1" >cut && mv cut "$1"; }

# interrupted SIGNAL FILE ARGUMENTS… – runs `ramify ARGUMENTS`, sends it the signal once FILE is not empty,
# and gives its exit code.
interrupted() {
    signal=$1 file=$2 tries=0
    shift 2
    "$ramify" "$@" &
    child=$!
    until [ -s "$file" ] || [ $tries -gt 600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill "-$signal" $child
    wait $child
}

# field FILE NAME – a number or word of a flat JSON file such as state.json.
field() { sed -n "s/.*\"$2\": *\([^,}]*\).*/\1/p" "$1"; }

# steps_recipe FILE.yaml – three digits in 100 steps, along the tree.json beside it, which is in steps.
steps_recipe() {
    cat >tree.json <<END
{"branches": [{"classes": ["0", "1", "4"], "t_start": 95, "t_end": 100},
              {"classes": ["0", "1"], "t_start": 80, "t_end": 95}, {"classes": ["4"], "t_start": 0, "t_end": 95},
              {"classes": ["0"], "t_start": 0, "t_end": 80}, {"classes": ["1"], "t_start": 0, "t_end": 80}]}
END
    cat >"$1" <<END
data: {format: digits, classes: ["0", "1", "4"]}
sde: {name: discrete, beta_1: 0.001, delta: 0.002, steps: 100}
tree: {file: tree.json}
net: {name: unet, widths: [4, 4], embedding: 8}
train: {batch: 8, warmup: 2, steps: 20, parametrisation: epsilon}
sample: {sampler: ancestral}
END
}

# trained_steps FOLDER – a copy of a run along it; trained once for a table.
trained_steps() {
    [ -d "$work/steps" ] ||
        (mkdir "$work/recipe" && cd "$work/recipe" && steps_recipe r.yaml &&
            ramify train r.yaml --out "$work/steps") || return
    cp -R "$work/steps" "$1"
}

# guided_steps FOLDER – the same, each branch with its parent as a guide.
guided_steps() {
    [ -d "$work/guided" ] ||
        (mkdir "$work/recipe2" && cd "$work/recipe2" && steps_recipe r.yaml &&
            ramify train r.yaml --out "$work/guided" --set train.guide=parent) || return
    cp -R "$work/guided" "$1"
}
