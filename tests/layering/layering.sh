#!/bin/sh
# layering.sh ROOT – reads every #include of src/ROOM/ and include/ramify/ROOM.h against docs/rooms.txt.
#
# Prints one line for each arrow that points the wrong way, and fails if there is any:
#   src/nn/tape.c:12: includes tree/tree.h; nn may use core, device
cd "$1" || exit 2
find src include -name '*.[chS]' | LC_ALL=C sort | xargs awk '
# ramify/ROOM.h and ramify/ROOM_PART.h are of ROOM.
function room_of(file) { sub(/(_[a-z]+)?\.h$/, "", file); return file }
function complain(why) { printf "%s:%d: includes %s; %s\n", FILENAME, FNR, header, why; bad = 1 }

# The table: "nn: core device" allows nn to include core/… and ramify/core.h.
FILENAME == "docs/rooms.txt" {
    if ($0 ~ /^[ \t]*(#|$)/) next
    room = $1
    sub(/:$/, "", room)
    known[room] = 1
    for (i = 2; i <= NF; i++) {
        may[room, $i] = 1
        list[room] = list[room] (list[room] == "" ? "" : ", ") $i
    }
    next
}

# ramify/ramify.h stands for all rooms: only a room that may use every other one takes it.
function allows_all(from,   to) {
    for (to in known) if (to != "app" && to != from && !((from, to) in may)) return 0
    return 1
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    header = $0
    sub(/^[^"<]*["<]/, "", header)
    sub(/[">].*$/, "", header)
    split(FILENAME, part, "/")
    from = part[2]
    if (part[1] == "include") { from = room_of(part[3]); if (from == "ramify") next }
    if (!(from in known)) { complain(from " is not in docs/rooms.txt: add its line"); next }
    split(header, piece, "/")
    to = piece[1]
    if (to == "ramify") to = room_of(piece[2])
    if (to == "ramify") allowed = allows_all(from)
    else if (!(to in known) || to == from) next
    else allowed = ((from, to) in may)
    if (!allowed) complain(from " may use " (list[from] == "" ? "no other room" : list[from]))
}
END { exit bad }
' docs/rooms.txt
