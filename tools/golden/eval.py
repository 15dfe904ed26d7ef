#!/usr/bin/env python3
"""Golden values of the metrics, from SciPy and from the formulas of the papers in plain NumPy.

    python3 -P tools/golden/eval.py > tests/golden/eval.json

Samples are multiples of 1/256, so that JSON, float and double hold the same numbers.  -P keeps Python from
taking its neighbour random.py for the standard module.
"""
import json

import numpy as np
import scipy
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance

K = 5


def frechet(a, b):
    ca, cb = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    root = sqrtm(ca.astype(complex) @ cb)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca) + np.trace(cb) - 2 * np.trace(root).real)


def wasserstein(a, b):
    return float(np.mean([wasserstein_distance(a[:, j], b[:, j]) for j in range(a.shape[1])]))


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))


def prdc(fake, real):
    def radius(x):
        return np.sort(distances(x, x), axis=1)[:, K]  # column 0 is the object itself

    between = distances(real, fake)
    ball_real, ball_fake = radius(real)[:, None], radius(fake)[None]
    return {
        "precision": float((between <= ball_real).any(0).mean()),
        "recall": float((between <= ball_fake).any(1).mean()),
        "density": float((between <= ball_real).sum(0).mean() / K),
        "coverage": float((between.min(1) <= ball_real[:, 0]).mean()),
    }


def grid(x):
    return np.round(x * 256) / 256


def case(name, rng, na, nb, d, shift, scale, constant=0):
    mix = rng.normal(size=(d, d)) / np.sqrt(d)
    a = grid(rng.normal(size=(na, d)) @ mix * scale + shift)
    b = grid(rng.normal(size=(nb, d)) @ mix)
    if constant:  # features that do not vary, on one side or on both
        a[:, 0] = 0.5
        b[:, :constant] = 0.25
    values = {"frechet": frechet(a, b), "wasserstein": wasserstein(a, b), **prdc(a, b)}
    return {"name": name, "a": (a * 256).astype(int).tolist(), "b": (b * 256).astype(int).tolist(), "values": values}


rng = np.random.default_rng(20240607)
print(json.dumps({
    "made_with": f"NumPy {np.__version__}, SciPy {scipy.__version__}",
    "unit": 256,
    "cases": [
        case("more objects than features", rng, 60, 60, 5, 0.3, 1.0),
        case("unequal numbers", rng, 50, 35, 4, 0.0, 1.4),
        case("more features than objects", rng, 14, 14, 40, 0.1, 0.8),
        case("unequal numbers, many features", rng, 12, 20, 30, 0.0, 1.0),
        case("constant features", rng, 40, 45, 9, 0.2, 1.1, constant=3),
        case("one feature", rng, 30, 30, 1, 1.0, 1.0),
    ],
}).replace("], [", "],\n["))
