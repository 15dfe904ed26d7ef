#!/bin/sh
# install.sh CMAKE BUILD CONSUMER CC – `cmake --install BUILD`, and then a copy of it that was moved
# elsewhere builds and runs the program in the folder CONSUMER: with pkg-config (shared and static) and
# with find_package.  The command works there without the build.
set -u
cmake=$1 build=$2 consumer=$3 cc=$4
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
unset RAMIFY_DATA DESTDIR LD_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH MAKEFLAGS
fail() { echo "install.sh: $*"; exit 1; }

# quiet WHAT COMMAND… – says what a command printed only if it fails.
quiet() {
    what=$1
    shift
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "$what"; }
}

# ---- where files go ----

DESTDIR=$work/stage quiet "installing with DESTDIR" "$cmake" --install "$build" --prefix /opt/ramify
[ "$(ls "$work/stage")" = opt ] || fail "DESTDIR: files beside $work/stage/opt"
mv "$work/stage/opt/ramify" "$work/moved" || fail "nothing in DESTDIR/opt/ramify"
quiet "installing with --prefix" "$cmake" --install "$build" --prefix "$work/plain"
(cd "$work/plain" && find . -type f -o -type l) | sort >"$work/plain.list"
(cd "$work/moved" && find . -type f -o -type l) | sort | diff "$work/plain.list" - ||
    fail "DESTDIR and --prefix install different files"
for file in bin/ramify include/ramify/ramify.h lib*/libramify.so lib*/libramify.a lib*/pkgconfig/ramify.pc \
    lib*/cmake/Ramify/RamifyConfig.cmake share/ramify/recipes/digits.yaml share/man/man1/ramify-train.1 \
    share/bash-completion/completions/ramify share/fish/vendor_completions.d/ramify.fish; do
    grep -q "^\./$(printf '%s' "$file" | sed 's/\./\\./g; s/\*/.*/')$" "$work/plain.list" ||
        fail "$file is not installed"
done
for text in "$build" /opt/ramify; do
    found=$(grep -rlF "$text" "$work/moved" --include='*.pc' --include='*.cmake') &&
        fail "$found: names $text: it can't be moved"
done

# ---- the command ----

cd "$work" || exit 2
quiet "the installed command" "$work/moved/bin/ramify" show digits
quiet "the installed command" "$work/moved/bin/ramify" discover digits --classes 0,1 --out tree.json

# ---- programs ----

# runs WHAT PROGRAM – it compares the means that it finds with those of the closed form itself, and says in
# one line that a run is not there.
runs() {
    "$2" >out 2>err || fail "$1: exit code $?: $(cat err)"
    [ "$(sed 's/mean [-0-9.]*, //' out | tr '\n' ' ')" = 'a: expected -2.0 b: expected 1.0 c: expected 2.0 ' ] ||
        fail "$1 printed: $(cat out)"
    "$2" nothing 2>err && fail "$1: a run that is not there was accepted"
    grep -q '^consumer: nothing: ' err || fail "$1 said: $(cat err)"
}

lib=$(dirname "$(find "$work/moved" -name libramify.a)")
PKG_CONFIG_PATH=$lib/pkgconfig
export PKG_CONFIG_PATH
[ "$(pkg-config --modversion ramify)" = "$("$work/moved/bin/ramify" --version | cut -d ' ' -f 2)" ] ||
    fail "pkg-config gives another version than the command"
flags="-std=c17 -Wall -Wextra -Werror $consumer/consumer.c"
quiet "building with pkg-config" $cc $flags $(pkg-config --cflags --libs ramify) -lm -Wl,-rpath,"$lib" -o shared
runs "with pkg-config" ./shared
quiet "building with pkg-config --static" $cc $flags -Wl,--as-needed -L"$(pkg-config --variable=libdir ramify)" \
    -l:libramify.a $(pkg-config --static --cflags --libs ramify) -lm -o static
runs "with pkg-config --static" ./static
ldd ./static | grep -q libramify && fail "with pkg-config --static: the program wants libramify.so"

quiet "find_package(Ramify)" "$cmake" -G Ninja -S "$consumer" -B consumer -DCMAKE_PREFIX_PATH="$work/moved" \
    -DCMAKE_C_COMPILER="$cc"
quiet "building with find_package(Ramify)" "$cmake" --build consumer
runs "with find_package(Ramify)" consumer/consumer
echo "installed: $(wc -l <plain.list) files; pkg-config, pkg-config --static and find_package(Ramify) work"
