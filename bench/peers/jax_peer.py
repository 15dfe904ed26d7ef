#!/usr/bin/env python3
"""JAX beside Ramify: `peer_jax step|forward|check`, the published U-Net in nhwc f32.  README.md says more."""
import math
import os

import peerlib

ENCODER, DECODER, TIME = (32, 64, 128, 256), (128, 64, 32), 32
RATE, BETA1, BETA2, EPSILON, DECAY, CLIP = 1e-3, 0.9, 0.999, 1e-8, 0.999, 1.0

args = peerlib.arguments(__doc__)
# XLA takes as many threads as there are processors that it may run on.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = peerlib.need("jax")
np = peerlib.need("numpy")

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402


def uniform(random, shape, fan_in):
    return random.uniform(-1, 1, shape).astype(np.float32) / np.float32(math.sqrt(fan_in))


def stage(random, channels_in, channels_out):
    kernel = (3, 3, channels_in + TIME, channels_out)
    return {
        "time": (uniform(random, (2, TIME), 2), uniform(random, (TIME,), 2)),
        "kernel": uniform(random, kernel, 9 * kernel[2]),
        "gain": np.ones(channels_out, np.float32),
        "bias": np.zeros(channels_out, np.float32),
    }


def decoder(random):
    e, d = ENCODER, DECODER
    last = d[2] + e[0]
    return {
        "up": [stage(random, *io) for io in ((e[3], d[0]), (d[0] + e[2], d[1]), (d[1] + e[1], d[2]))],
        "last": (uniform(random, (3, 3, last, 1), 9), uniform(random, (1,), 9)),
    }


def initial(branches):
    random, widths = np.random.default_rng(0), (1,) + ENCODER
    return {
        "down": [stage(random, a, b) for a, b in zip(widths, widths[1:])],
        "heads": [decoder(random) for _ in range(branches)],
    }


def convolve(x, kernel, stride):
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def convolve_up(x, kernel, stride, extra):
    """Transposed: the image with zeros between its pixels and two around, plus `extra` at the end."""
    return lax.conv_general_dilated(
        x,
        kernel,
        (1, 1),
        ((2, 2 + extra),) * 2,
        lhs_dilation=(stride, stride),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def finish(p, y, groups):
    rows, height, width, channels = y.shape
    g = y.reshape(rows, height * width, groups, channels // groups)
    g = g - g.mean((1, 3), keepdims=True)
    g = g * lax.rsqrt((g * g).mean((1, 3), keepdims=True) + 1e-5)
    return jax.nn.silu(g.reshape(y.shape) * p["gain"] + p["bias"])


def with_time(p, x, angle):
    channels = angle @ p["time"][0] + p["time"][1]
    tiled = jnp.broadcast_to(channels[:, None, None], x.shape[:3] + (TIME,))
    return jnp.concatenate((x, tiled), 3)


def down(p, x, angle, i, split):
    groups, stride = (4, 1) if i == 0 else (32, 2)
    if not split:
        return finish(p, convolve(with_time(p, x, angle), p["kernel"], stride), groups)
    own = x.shape[3]  # no padding: the tiled time adds one number a channel
    channels = angle @ p["time"][0] + p["time"][1]
    shift = channels @ p["kernel"][:, :, own:].sum((0, 1))
    return finish(p, convolve(x, p["kernel"][:, :, :own], stride) + shift[:, None, None], groups)


def encode(p, x, t, split):
    turn = 2 * math.pi * t[:, None]
    angle, levels = jax.nn.silu(jnp.concatenate((jnp.sin(turn), jnp.cos(turn)), 1)), []
    for i, layer in enumerate(p["down"]):
        x = down(layer, x, angle, i, split)
        levels.append(x)
    return levels, angle


def decode(p, levels, angle):
    x = levels[3]
    for i, layer in enumerate(p["up"]):
        if i > 0:
            x = jnp.concatenate((x, levels[3 - i]), 3)
        x = finish(layer, convolve_up(with_time(layer, x, angle), layer["kernel"], 2, i > 0), 32)
    return convolve_up(jnp.concatenate((x, levels[0]), 3), p["last"][0], 1, 0) + p["last"][1]


def one_head(p, x, t, counts, split=False):
    levels, angle = encode(p, x, t, split)
    parts, first = [], 0
    for head, rows in zip(p["heads"], counts):
        if rows:
            own = slice(first, first + rows)
            parts.append(decode(head, [level[own] for level in levels], angle[own]))
            first += rows
    return jnp.concatenate(parts)


def all_heads(p, x, t, branch):
    levels, angle = encode(p, x, t, False)
    every = jnp.stack([decode(head, levels, angle) for head in p["heads"]], 1)
    return every[jnp.arange(len(x)), branch]


def batch():
    random = np.random.default_rng(1)
    x = random.standard_normal((args.batch, 28, 28, 1), np.float32)
    t = random.random(args.batch, np.float32)
    return x, t, np.sort(random.integers(args.branches, size=args.batch))


def make_step(split):
    """Forward, backward, clip, Adam, average in one compiled function that updates its state in place."""
    x, t, branch = batch()
    counts = np.bincount(branch, minlength=args.branches).tolist()
    target = np.random.default_rng(2).standard_normal(x.shape, np.float32)
    values = initial(args.branches)
    # As in Ramify: a branch that the batch does not meet costs nothing.
    values["heads"] = [head for head, rows in zip(values["heads"], counts) if rows]
    counts = [rows for rows in counts if rows]

    def loss(p, x, t):
        return ((one_head(p, x, t, counts, split) - target) ** 2).sum((1, 2, 3)).mean()

    def update(state, steps, x, t):
        gradient = jax.grad(loss)(state[0], x, t)
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
        scale = jnp.minimum(1, CLIP / (norm + 1e-6))

        def adam(g, w, m, v, mean):
            m = m + (1 - BETA1) * (g * scale - m)
            v = v + (1 - BETA2) * ((g * scale) ** 2 - v)
            rate = RATE / (1 - BETA1**steps)
            w = w - rate * m / (jnp.sqrt(v / (1 - BETA2**steps)) + EPSILON)
            return w, m, v, mean + (1 - DECAY) * (w - mean)

        new = jax.tree.map(adam, gradient, *state)
        outer, inner = jax.tree.structure(gradient), jax.tree.structure((0,) * 4)
        return jax.tree.transpose(outer, inner, new)

    zero = lambda: jax.tree.map(jnp.zeros_like, values)  # noqa: E731
    copy = lambda: jax.tree.map(jnp.array, values)  # noqa: E731
    state, steps = [(copy(), zero(), zero(), copy())], [0]
    compiled = jax.jit(update, donate_argnums=0)
    x, t = jnp.array(x), jnp.array(t)

    def step():
        steps[0] += 1
        state[0] = jax.block_until_ready(compiled(state[0], float(steps[0]), x, t))

    return step


def make_forward(split):
    p = jax.tree.map(jnp.array, initial(1))
    x, t, _ = batch()
    x, t = jnp.array(x), jnp.array(t)
    compiled = jax.jit(lambda p, x, t: decode(p["heads"][0], *encode(p, x, t, split)))
    return lambda: compiled(p, x, t).block_until_ready()


def count(p):
    return sum(leaf.size for leaf in jax.tree.leaves(p))


def check():
    p, (x, t, branch) = initial(args.branches), batch()
    counts = np.bincount(branch, minlength=args.branches).tolist()
    assert count(p["down"]) == 526_944 and count(p["heads"]) == 545_057 * args.branches
    print("numbers of parameters: as in Ramify")
    every = jax.jit(all_heads)(p, x, t, branch)
    for split in (False, True):
        one = jax.jit(lambda p, x, t: one_head(p, x, t, counts, split))(p, x, t)
        worst = float(jnp.abs(one - every).max() / jnp.abs(every).max())
        assert worst < 1e-4, worst
        print(f"one head{' split' * split}, all heads: differ by {worst:.1e} of the largest value")


def main():
    if args.bench == "check":
        check()
        return
    if args.bench == "sample":
        peerlib.note("peer_jax has no rows `sample`")
        return
    rows = peerlib.Rows(args, "jax", jax.__version__, {"jax": jax.__version__})
    step = args.bench == "step"
    for split in (False, True):
        way = "one-head compiled" if step else "compiled"
        rows.add(
            f"paper-unet branches {args.branches}" if step else "paper-unet",
            f"{way}{' split' * split} nhwc",
            "f32",
            lambda: (make_step if step else make_forward)(split),
        )
    rows.done()


main()
