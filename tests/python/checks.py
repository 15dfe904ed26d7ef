"""What the tests of the package share."""

import json
import os
import subprocess

import numpy

SMALL = {"net.widths": [4, 4], "net.embedding": 8, "train.batch": 8, "train.steps": 20, "train.warmup": 2,
         "train.log_steps": 5, "data.classes": ["0", "1", "2", "3"]}


def command(*arguments):
    done = subprocess.run([os.environ["RAMIFY"], *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def content(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def rounded(value):
    """JSON with nine digits a number: sums of floats depend on where arrays happen to lie."""
    return json.loads(json.dumps(value), parse_float=lambda text: float(f"{float(text):.9g}"))


def three_groups():
    rng = numpy.random.default_rng(3)
    x = rng.normal(size=(150, 2))
    x[50:100, 0] += 2
    x[100:, 1] += 5
    return x, numpy.repeat([0, 1, 2], 50)
