"""Reads what libramify wrote, and writes what it must read.  Run by test_python.c.

python3 interchange.py FOLDER: checks FOLDER/c.npz, c.npy, c.safetensors; makes FOLDER/py-*.
"""
import json
import shutil
import struct
import subprocess
import sys
import zipfile

import numpy as np

folder = sys.argv[1]
x = (np.arange(24, dtype=np.float32) / 8 - 1).reshape(2, 3, 4)
expected = {
    "x": x,
    "label": np.array([3, -1, 2**31 - 1], dtype=np.int32),
    "count": np.array(2**60, dtype=np.int64),
    "flags": np.array([True, False, True]),
    "empty": np.zeros((0, 5), dtype=np.float64),
}
words = np.array(["zero", "eins", "δύο 🦆"])


def same(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape and (a == b).all(), (a, b)


def check_npz():
    path = f"{folder}/c.npz"
    with np.load(path) as file:
        assert sorted(file.files) == sorted([*expected, "classes"]), file.files
        for name, array in expected.items():
            same(file[name], array)
        same(file["classes"], words)
    assert zipfile.ZipFile(path).testzip() is None
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-tq", path], check=True, stdout=subprocess.DEVNULL)
    same(np.load(f"{folder}/c.npy"), x)


def check_safetensors():
    path = f"{folder}/c.safetensors"
    try:
        from safetensors import safe_open

        with safe_open(path, framework="np") as file:
            assert file.metadata() == {"ramify.format": "1"}
            for name, array in expected.items():
                same(file.get_tensor(name), array)
        print("safetensors: read by the package")
    except ImportError:
        check_layout(path)
        print("safetensors: layout checked, the package is not installed")


def check_layout(path):
    """The format's rules, written down from its description."""
    names = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "BOOL": "?"}
    with open(path, "rb") as file:
        raw = file.read()
    (length,) = struct.unpack("<Q", raw[:8])
    assert raw[8:9] == b"{" and (8 + length) % 8 == 0
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    assert header.pop("__metadata__") == {"ramify.format": "1"}
    assert sorted(header) == sorted(expected)
    at = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == at
        at = end
        array = np.frombuffer(data[begin:end], dtype=names[entry["dtype"]])
        same(array.reshape(entry["shape"]), expected[name])
    assert at == len(data)


def make_files():
    arrays = {
        "x": x,
        "fortran": np.asfortranarray(x),
        "big": x.astype(">f8"),
        "half": x.astype(np.float16),
        "label": np.array([3, 0, 255], dtype=np.uint8),
        "classes": words,
        "bytes": np.array([b"ab", b"c"]),
        "big_words": words.astype(words.dtype.newbyteorder(">")),
        "scalar": np.float64(0.5),
    }
    np.savez(f"{folder}/py-stored.npz", **arrays)
    np.savez_compressed(f"{folder}/py-deflated.npz", **arrays)
    zipfile.ZIP64_LIMIT = 10  # makes every size and offset a 64-bit one
    np.savez_compressed(f"{folder}/py-zip64.npz", **arrays)
    np.save(f"{folder}/py-object.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(f"{folder}/py-record.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
    np.save(f"{folder}/py-complex.npy", np.zeros(2, dtype=np.complex64))
    with open(f"{folder}/py-version2.npy", "wb") as file:
        np.lib.format.write_array(file, x, version=(2, 0))
    header = json.dumps({"x": {"dtype": "F32", "shape": [2, 3, 4], "data_offsets": [0, 96]}})
    with open(f"{folder}/py.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode() + x.tobytes())


check_npz()
check_safetensors()
make_files()
