#!/bin/sh
# run.sh package|layout|install LIBRARY RAMIFY CC – tests of python/ with Debian's Python; exit code 77 where
# something is missing: skipped.
set -u
what=$1 library=$2 ramify=$3 cc=$4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=/usr/bin/python3
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unset RAMIFY_DATA PYTHONPATH RAMIFY_LIBRARY
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

has() { "$python" -c "import $1" 2>/dev/null || { echo "skipped: $python has no $1: install $2"; exit 77; }; }
has numpy python3-numpy
cd "$work" || exit 2

case $what in
package)
    RAMIFY=$ramify RAMIFY_LIBRARY=$library PYTHONPATH=$root/python "$python" -m unittest discover -s "$here"
    ;;
layout)
    RAMIFY_LIBRARY=$library PYTHONPATH=$root/python "$python" "$here/layout.py" >layout.c || exit 1
    "$cc" -std=c17 -Werror -fsyntax-only -I "$root/include" layout.c && echo "$(grep -c ^_Static layout.c) facts hold"
    ;;
install)
    has pip python3-pip
    has setuptools python3-setuptools
    has wheel python3-wheel
    # As docs/python.md says, but into a folder: pip itself must find everything here, without a network.
    cp -R "$root/python" "$root/include" . || exit 1 # setuptools builds in the source folder
    "$python" -m pip install --quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check \
        --root-user-action=ignore --target prefix/lib/python ./python || exit 1
    mv python moved && mv include moved
    # A library below the same prefix is found by itself; a wrong one is an error that says so.
    cp "$library" prefix/lib/libramify.so.0
    found=$(PYTHONPATH=prefix/lib/python "$python" -c 'import ramify; print(ramify.library_path, len(ramify.digits()))')
    [ "$found" = "$work/prefix/lib/libramify.so.0 1797" ] || { echo "found: $found"; exit 1; }
    RAMIFY_LIBRARY=nothing.so PYTHONPATH=prefix/lib/python "$python" -c 'import ramify' 2>said && exit 1
    tail -n 1 said | grep -q '^ImportError: .*nothing.so.*RAMIFY_LIBRARY' || { cat said; exit 1; }
    version=$("$python" -m pip --disable-pip-version-check list --path prefix/lib/python | sed -n 's/^ramify *//p')
    [ "$version" = "$("$ramify" --version | cut -d ' ' -f 2)" ] || { echo "version $version"; exit 1; }
    echo "installed: ramify $version"
    ;;
*) exit 2 ;;
esac
