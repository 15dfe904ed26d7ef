"""Seeds of the fuzz tests' corpus, made by NumPy and zlib, not by libramify.

Run: python3 tools/golden/corpus.py tests/fuzz/corpus
"""
import io
import json
import os
import struct
import sys
import zipfile
import zlib

import numpy as np

root = sys.argv[1]


def save(name, data):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


x = (np.arange(6, dtype=np.float32) / 4 - 1).reshape(2, 3)
words = np.array(["null", "eins", "δύο"])
save("npy/float", npy(x))
save("npy/version2", npy(x, (2, 0)))
save("npy/big-fortran", npy(np.asfortranarray(x.astype(">f8"))))
save("npy/half", npy(x.astype(np.float16)))
save("npy/text", npy(words))
save("npy/bytes", npy(np.array([b"ab", b"c"])))
save("npy/bool", npy(np.array([True, False])))
save("npy/scalar", npy(np.array(7, dtype=np.int64)))
save("npy/empty", npy(np.zeros((0, 3), dtype=np.uint8)))


def npz(arrays, method, limit):
    file = io.BytesIO()
    zipfile.ZIP64_LIMIT = limit
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), npy(array), method)
    zipfile.ZIP64_LIMIT = 2**31 - 1
    return file.getvalue()


arrays = {"x": x, "label": np.arange(2, dtype=np.int32), "classes": words}
save("npz/stored", npz(arrays, zipfile.ZIP_STORED, 2**31 - 1))
save("npz/deflated", npz(arrays, zipfile.ZIP_DEFLATED, 2**31 - 1))
save("npz/zip64", npz({"x": x}, zipfile.ZIP_DEFLATED, 10))
save("npz/empty", npz({}, zipfile.ZIP_STORED, 2**31 - 1))


def safetensors(tensors, meta=None):
    header, data = {} if meta is None else {"__metadata__": meta}, b""
    for name, (dtype, array) in tensors.items():
        raw = array.tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


save("safetensors/two", safetensors({"stem.weight": ("F32", x), "bias": ("I8", np.arange(3, dtype=np.int8))}))
save("safetensors/meta", safetensors({"x": ("F16", x.astype(np.float16))}, {"ramify.net": "{\"name\": \"unet\"}"}))
save("safetensors/empty", safetensors({"none": ("BF16", np.zeros((0, 2), dtype=np.uint16)), "flag": ("BOOL", np.array([True]))}))


def png(color, depth, channels, width, height, extra=b"", interlace=0):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = (width * channels * depth + 7) // 8
    raw = b"".join(b"\0" + bytes((7 * y + 3 * i) % 256 for i in range(row)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


save("png/grey1", png(0, 1, 1, 9, 3))
save("png/grey8", png(0, 8, 1, 5, 4))
save("png/grey16", png(0, 16, 1, 3, 3))
save("png/rgb", png(2, 8, 3, 4, 4))
save("png/rgb-transparent", png(2, 8, 3, 2, 2, chunk(b"tRNS", bytes(6))))
save("png/rgba16", png(6, 16, 4, 2, 3))
save("png/grey-alpha", png(4, 8, 2, 3, 2))
save("png/palette", png(3, 4, 1, 4, 2, chunk(b"PLTE", bytes(range(48)))))
save("png/interlaced", png(0, 8, 1, 1, 1, interlace=1))

tree = {"format": "ramify-tree", "version": 1, "classes": ["0", "1"], "t_limit": 1.0,
        "branches": [{"classes": ["0", "1"], "t_start": 0.45, "t_end": 1.0, "parent": None},
                     {"classes": ["0"], "t_start": 0, "t_end": 0.45, "parent": 0}]}
save("json/tree", json.dumps(tree, indent=1).encode())
save("json/numbers", b"[0, -1, 1.5e-300, 9223372036854775807, true, false, null, -0.0, 1E+2]")
save("json/texts", '{"": "\\u00fc\\ud83e\\udd86\\n\\"", "ü": [[], {}]}'.encode())

save("yaml/recipe", b"""# digits
name: digits
seed: 1
data: {format: csv, path: 'digits.csv.gz', label: -1}
net:
  name: unet   # ours
  channels: [32, 64, 96]
  deep.er: "yes"
train:
  steps: 2000
  note: >
    two
    lines
""")
save("yaml/styles", "a: |\n  x\n   y\n\nb:\n- one\n- 'two'\n- \"th\\x72ee\"\n? long\n: ''\n\"q: r\": ~\nü: 日本\n".encode())
save("yaml/refused", b"a: &x 1\nb: *x\nc: !!str 2\n---\nd: [[1]]\n")
