"""read_run.py RUN SAMPLES.npz: what a run folder and a file of samples hold, with NumPy alone."""
import json
import struct
import sys

import numpy as np

run, samples = sys.argv[1:]


def safetensors(path):
    """Tensors and metadata; safetensors.numpy.load_file() of the safetensors package does the same."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(size)), file.read()
    metadata = header.pop("__metadata__", {})
    types = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }, metadata


tree = json.load(open(f"{run}/tree.json"))
lengths = [b["t_end"] - b["t_start"] for b in tree["branches"]]
print(f"tree: {len(tree['classes'])} classes, {len(lengths)} branches,"
      f" cost {sum(lengths) / tree['t_limit'] / len(tree['classes']):.2f} of flat sampling")

tensors, metadata = safetensors(f"{run}/ema.safetensors")
net = json.loads(metadata["ramify.net"])
bank = tensors["head.conv.weight"]
print(f"model: {net['name']} for objects of shape {net['shape']}, process {metadata['ramify.sde']}")
print(f"bank of the head: one row a branch: {bank.shape[0] == len(lengths)}, {bank.shape[1:]}")

log = [json.loads(line) for line in open(f"{run}/log.jsonl")]
print(f"log: steps {[line['step'] for line in log]}, keys {sorted(log[0])}")

file = np.load(samples)
names = file["classes"][file["label"]]
print(f"samples: x {file['x'].shape} {file['x'].dtype}, classes {sorted(set(names.tolist()))},"
      f" sampler {file['sampler'][0]}, seed {file['seed']}")

units = json.loads(metadata["ramify.normalisation"])
normalised = (file["x"] - np.array(units["shift"])) / np.array(units["scale"])
print(f"normalisation: {units['kind']}, shift {units['shift']}, scale {units['scale']},"
      f" mean within range: {bool(abs(normalised.mean()) < 1)}")
