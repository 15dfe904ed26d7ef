#!/usr/bin/env python3
"""Golden values of the metrics, from SciPy and from the formulas of the papers in plain NumPy.

    python3 -P tools/golden/eval.py > tests/golden/eval.json

Samples are multiples of 1/256, so that JSON, float and double hold the same numbers.  -P keeps Python from
taking its neighbour random.py for the standard module.
"""
import json
import pathlib
import sys

import numpy as np
import scipy
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance

sys.path.append(str(pathlib.Path(__file__).parent))
import philox  # noqa: E402

K = 5
EVAL = philox.make_key(0, 10)  # of seed 0, stream of the metrics


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


def discrepancy(kernel, a, b):
    """Unbiased: a set's pairs of different objects, and all pairs between the sets."""
    def within(x):
        values = kernel(x, x)
        return (values.sum() - np.trace(values)) / (len(x) * (len(x) - 1))

    return float(within(a) + within(b) - 2 * kernel(a, b).mean())


def mmd(a, b):
    both = np.concatenate([a, b])
    width = np.median(distances(both, both)[np.triu_indices(len(both), 1)])
    return np.mean([discrepancy(lambda x, y, s=s: np.exp(-distances(x, y) ** 2 / (2 * (s * width) ** 2)), a, b)
                    for s in (0.5, 1, 2)])


def kid(a, b):
    return discrepancy(lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3, a, b)


def sliced_wasserstein(a, b):
    d, key = a.shape[1], philox.fold(EVAL, 5)
    directions = np.array([[philox.normal(key, l, 0, j) for j in range(d)] for l in range(256)])
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    return wasserstein(a @ directions.T, b @ directions.T)


def correlation(a, b):
    varying = (a.std(0) > 0) & (b.std(0) > 0)
    pairs = np.triu_indices(varying.sum(), 1)
    return float(np.abs(np.corrcoef(a[:, varying].T)[pairs] - np.corrcoef(b[:, varying].T)[pairs]).mean())


def agreement(reference, query):
    """How nearly a share α of `query` lies within the α-quantile of `reference`, for all α."""
    alpha = np.array([(reference <= r).mean() for r in reference])
    share = np.array([(query <= r).mean() for r in reference])
    return float(1 - np.abs(share - alpha).sum() / alpha.sum())


def alpha_beta(fake, real):
    def to_centre(x, of):
        return np.sqrt(((x - of.mean(0)) ** 2).sum(-1))

    radius = np.sort(distances(real, real), axis=1)[:, K]
    inside = distances(real, fake) <= radius[:, None]
    innermost = np.where(inside, to_centre(fake, fake)[None], np.inf).min(1)
    return {
        "alpha-precision": agreement(to_centre(real, real), to_centre(fake, real)),
        "beta-recall": agreement(to_centre(fake, fake), innermost),
    }


def authenticity(fake, train):
    """Share of generated objects that lie farther from the nearest training object than its nearest other one does."""
    own, near = distances(train, train), distances(fake, train)
    np.fill_diagonal(own, np.inf)
    return float((near.min(1) > own.min(1)[near.argmin(1)]).mean())


def permutation(key, n):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = philox.below(key, i, 0, i + 1)
        order[i], order[j] = order[j], order[i]
    return np.array(order)


def frechet_inf(a, b):
    """Intercept of a line in 1/n through the mean distances of disjoint subsamples of n/1, n/1.5, …, n/3."""
    n, key = min(len(a), len(b)), philox.fold(EVAL, 6)
    orders = permutation(philox.fold(key, 0), len(a)), permutation(philox.fold(key, 1), len(b))
    x, y = [], []
    for twice in range(2, 7):
        size = 2 * n // twice
        x.append(1 / size)
        y.append(np.mean([frechet(a[orders[0][s:s + size]], b[orders[1][s:s + size]])
                          for s in range(0, n - size + 1, size)]))
    return float(np.polyfit(x, y, 1)[1])


def grid(x):
    return np.round(x * 256) / 256


def training_objects(a, b):
    """Some of `b` with noise, then near copies of every third of `a`, one of them exact."""
    rng = np.random.default_rng(a.shape)
    copies = a[::3] + rng.normal(size=a[::3].shape) * 0.2
    copies[0] = a[0]
    return grid(np.concatenate([b[::2] + rng.normal(size=b[::2].shape) * 0.5, copies]))


def case(name, rng, na, nb, d, shift, scale, constant=0):
    mix = rng.normal(size=(d, d)) / np.sqrt(d)
    a = grid(rng.normal(size=(na, d)) @ mix * scale + shift)
    b = grid(rng.normal(size=(nb, d)) @ mix)
    if constant:  # features that do not vary, on one side or on both
        a[:, 0] = 0.5
        b[:, :constant] = 0.25
    values = {"frechet": frechet(a, b), "frechet-inf": frechet_inf(a, b), "wasserstein": wasserstein(a, b),
              "sliced-wasserstein": sliced_wasserstein(a, b), "mmd": mmd(a, b), "kid": kid(a, b),
              **prdc(a, b), **alpha_beta(a, b)}
    train = training_objects(a, b)
    values["authenticity"] = authenticity(a, train)
    if d > 1:
        values["correlation"] = correlation(a, b)
    sets = {"a": a, "b": b, "train": train}
    return {"name": name, **{key: (x * 256).astype(int).tolist() for key, x in sets.items()}, "values": values}


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
