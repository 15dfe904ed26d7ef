"""Writes the seeds of the CSV and IDX fuzz targets into tests/fuzz/corpus/{csv,idx}.

csv: one byte of options (see fuzz_csv.c), then the text.  idx: length of the objects file
(16 bits), that file, the labels file.
"""
import pathlib
import struct

ROOT = pathlib.Path(__file__).parents[2] / "tests/fuzz/corpus"

CSV = {
    "plain": (0, "1,2,0\n3,4,1\n"),
    "header": (0, "a,b,class\n1,2,0\n3,4,1\n"),
    "numbered-header": (0, "Letter,1,2,3\nT,2,8,3\nI,5,12,3\n"),
    "counted-header": (0, "3,2,rose,iris\n1,2,0\n3,4,1\n5,6,0\n"),
    # Once gave a class without a name.
    "counted-empty-names": (0, "3,2,rose,irisut,,label,,,\n1,2,0\n3,4,1\n5,6,4\n"),
    "quotes": (0, '"1" , 2,"a, ""b""\nc"\n3,4,"d"\n'),
    "semicolon-crlf": (0, "1.5;2;a\r\n2;3;b\r\n"),
    "tab-bom": (0, "\ufeff1\t2e-3\tx\n"),
    "not-a-number": (0, "1,NaN,a\n1,2,b\n"),
    "open-quote": (0, '1,2,"a'),
    "counting-header": (0, "0,1,2\n5,6,7\n8,9,7\n"),
    "too-large": (0, "1,1e39,a\n"),
    "header-yes": (2, "a,b,class\n1,2,0\n3,4,1\n"),
    "label-first": (7, "T,1,2\nI,3,4\n"),
}


def idx(kind, shape, code, *values):
    """An IDX file: kind is the type's number, code its struct letter."""
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + struct.pack(
        f">{len(values)}{code}", *values)


IMAGES, LABELS = idx(8, [2, 2, 3], "B", *range(12)), idx(8, [2], "B", 7, 3)
IDX = {
    "images": (IMAGES, LABELS),
    "short-images": (IMAGES[:-1], LABELS),
    "short-labels": (IMAGES, LABELS[:-1]),
    "float-nan": (idx(13, [2, 2], "f", 1, 2, 3, float("nan")), LABELS),
    "double": (idx(14, [2], "d", 1.5, -2.5), LABELS),
    "short": (idx(11, [2, 2], "h", 1, -2, 3, 4), idx(12, [2], "i", -5, 70000)),
    "lying-sizes": (idx(8, [2**32 - 1] * 3, "B", *range(6)), LABELS),
}

for folder in ("csv", "idx"):
    (ROOT / folder).mkdir(parents=True, exist_ok=True)
for name, (options, text) in CSV.items():
    (ROOT / "csv" / name).write_bytes(bytes([options]) + text.encode())
for name, (objects, labels) in IDX.items():
    (ROOT / "idx" / name).write_bytes(struct.pack(">H", len(objects)) + objects + labels)
