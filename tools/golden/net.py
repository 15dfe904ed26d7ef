#!/usr/bin/env python3
"""Golden outputs of the networks, from PyTorch modules written from their descriptions.

usage: /usr/bin/python3 -P tools/golden/net.py > tests/golden/net.txt   (-P: the neighbouring
scripts must not shadow Python's own modules)

Parameters and inputs are no file: both sides compute them from their name and index by hashing
(value(), fill()), so that only outputs are stored.  PyTorch sees images channels first; weights
are turned from our layout, [kh, kw, in, out] (transposed convolutions: [kh, kw, out, in]).
"""
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


# ---- parameters and inputs by formula ------------------------------------------------------------

def value(name, count):
    """count numbers in [-1, 1) that depend on name and index only."""
    h = 2166136261
    for c in name.encode():
        h = (h ^ c) * 16777619 % 2**32
    i = (np.arange(count, dtype=np.uint64) + np.uint64(h)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        i = ((i ^ (i >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    i ^= i >> np.uint64(16)
    return (i >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def fill(name, shape, bank=0):
    """A parameter as the tests fill it; bank > 0 gives [bank, *shape]."""
    u = value(name, max(bank, 1) * math.prod(shape))
    kind = name.rsplit(".", 1)[1]
    if kind == "gain":
        u = 1 + 0.3 * u
    elif kind == "bias":
        u = 0.2 * u
    elif kind == "frequency":
        u = 8 * u
    elif kind != "embedding":
        u = u * math.sqrt(3 * shape[-1] / math.prod(shape))
    u = u.astype(np.float32).astype(np.float64)
    return torch.tensor(u.reshape((bank, *shape) if bank else shape))


class Net:
    """Reads parameters; banks are read at the row of the sample at hand."""

    def __init__(self, rows):
        self.rows, self.row = rows, 0

    def get(self, name, shape, bank):
        return fill(name, shape, self.rows)[self.row] if bank else fill(name, shape)

    def dense(self, name, x, n_in, n_out, bank=False):
        w = self.get(name + ".weight", (n_in, n_out), bank)
        return x @ w + self.get(name + ".bias", (n_out,), bank)

    def dense_pixels(self, name, x, n_in, n_out, bank=False):
        return self.dense(name, x.permute(0, 2, 3, 1), n_in, n_out, bank).permute(0, 3, 1, 2)

    def conv(self, name, x, n_in, n_out, bank=False, size=(3, 3), **kw):
        w = self.get(name + ".weight", (*size, n_in, n_out), bank).permute(3, 2, 0, 1)
        return F.conv2d(x, w, self.get(name + ".bias", (n_out,), bank), **kw)

    def norm(self, name, x, c, groups, bank=False):
        return F.group_norm(x, groups, self.get(name + ".gain", (c,), bank),
                            self.get(name + ".bias", (c,), bank), eps=1e-5)


def silu(x):
    return x * torch.sigmoid(x)


# ---- the published networks ------------------------------------------------------------------------

def paper_tabular(net, x, t, noise, label=False):
    a = 2 * math.pi * t[:, None] * fill("time.frequency", (128,))
    e = silu(net.dense("time1", silu(torch.cat([a.sin(), a.cos()], 1)), 256, 256))
    h = net.dense("input", x, x.shape[1], 256) + net.dense("time2", e, 256, 256)
    if label:
        h = torch.cat([h, net.get("label.embedding", (32,), True).expand(len(h), -1)], 1)
    for i in (1, 2, 3):
        h = torch.relu(net.dense(f"dense{i}", h, h.shape[1], 256, bank=i == 3 and not label))
    return net.dense("dense4", h, 256, x.shape[1], bank=not label)


def paper_unet(net, x, t, noise, label=False):
    te = silu(torch.stack([(2 * math.pi * t).sin(), (2 * math.pi * t).cos()], 1))

    def with_time(name, x, bank=False):
        e = net.dense(name + ".time", te, 2, 32, bank)
        if label:
            own = net.get("label.embedding", (32,), True).expand(len(x), -1)
            e = torch.cat([e, net.dense(name + ".label", own, 32, 32, bank)], 1)
        return torch.cat([x, e[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)

    skip, h, beside, bank = [], x, 64 if label else 32, not label
    for i, (n_in, n_out, g, s) in enumerate(
            [(1, 32, 4, 1), (32, 64, 32, 2), (64, 128, 32, 2), (128, 256, 32, 2)]):
        name = f"encoder{i + 1}"
        w = torch.cat([net.get(name + ".weight", (3, 3, n_in, n_out), False),
                       net.get(name + ".time_weight", (3, 3, beside, n_out), False)], 2)
        h = F.conv2d(with_time(name, h), w.permute(3, 2, 0, 1), stride=s)
        h = silu(net.norm(name + ".norm", h, n_out, g))
        skip.append(h)
    for i, (n_in, n_out, s, op) in enumerate(
            [(256, 128, 2, 0), (256, 64, 2, 1), (128, 32, 2, 1), (64, 1, 1, 0)]):
        name = f"decoder{i + 1}"
        if i > 0:
            h = torch.cat([h, skip[3 - i]], 1)
        if i < 3:
            h, n_in = with_time(name, h, bank), n_in + beside
        w = net.get(name + ".weight", (3, 3, n_out, n_in), bank).permute(3, 2, 0, 1)
        b = net.get(name + ".bias", (n_out,), bank) if i == 3 else None
        h = F.conv_transpose2d(h, w, b, stride=s, output_padding=op)
        if i < 3:
            h = silu(net.norm(name + ".norm", h, n_out, 32, bank))
    return h


# ---- our own -----------------------------------------------------------------------------------------

def condition(net, noise, frequencies, width):
    a = 2 * math.pi * noise[:, None] * fill("condition.frequency", (frequencies,))
    h = silu(torch.cat([a.sin(), a.cos()], 1))
    h = silu(net.dense("condition.noise1", h, 2 * frequencies, width))
    h = net.dense("condition.noise2", h, width, width)
    return silu(h + net.get("condition.branch.embedding", (width,), True))


def tabular(net, x, t, noise, width=24, embedding=8, adapter=4):
    c = condition(net, noise, 5, embedding)
    h = net.dense("input", x, x.shape[1], width)
    for i in range(2):
        name, bank = f"block{i}", i == 1
        m = net.dense(name + ".film", c, embedding, 2 * width, bank)
        u = h * (1 + m[:, :width]) + m[:, width:]
        u = silu(net.dense(name + ".dense1", u, width, width, bank))
        h = h + net.dense(name + ".dense2", u, width, width, bank)
    u = silu(net.dense("adapter.dense1", h, width, adapter, True))
    h = h + net.dense("adapter.dense2", u, adapter, width, True)
    h = silu(net.norm("head.norm", h, width, 1, True))
    return net.dense("head.dense", h, width, x.shape[1], True)


def groups(c):
    return max(g for g in range(1, 33) if c % g == 0 and g <= max(1, c // 4))


def unet(net, x, t, noise, widths, banks, attention=(), film=True, patch=1,
         add=False):
    """One block a level; up levels whose number is in banks have their own parameters, and so has
    the head."""
    embedding, heads, channels = 8, 2, x.shape[1]
    c = condition(net, noise, 5, embedding)

    def block(name, x, n_in, n_out, bank):
        h = net.conv(name + ".conv1", silu(net.norm(name + ".norm1", x, n_in, groups(n_in), bank)),
                     n_in, n_out, bank, padding=1)
        m = net.dense(name + ".film", c, embedding, n_out * (2 if film else 1), bank)
        m = m[:, :, None, None]
        if film:
            h = net.norm(name + ".norm2", h, n_out, groups(n_out), bank)
            h = h * (1 + m[:, :n_out]) + m[:, n_out:]
        else:
            h = net.norm(name + ".norm2", h + m, n_out, groups(n_out), bank)
        h = net.conv(name + ".conv2", silu(h), n_out, n_out, bank, padding=1)
        if n_in != n_out:
            x = net.dense_pixels(name + ".skip", x, n_in, n_out, bank)
        return x + h

    def attend(name, x, w, bank):
        n, _, height, breadth = x.shape
        h = net.norm(name + ".norm", x, w, groups(w), bank)
        qkv = net.dense_pixels(name + ".qkv", h, w, 3 * w, bank).flatten(2)
        q, k, v = (p.reshape(n, heads, w // heads, -1) for p in qkv.split(w, 1))
        a = torch.softmax(torch.einsum("nhdi,nhdj->nhij", q, k) / math.sqrt(w // heads), -1)
        h = torch.einsum("nhij,nhdj->nhdi", a, v).reshape(n, w, height, breadth)
        return x + net.dense_pixels(name + ".projection", h, w, w, bank)

    def level(name, x, n_in, l, bank):
        x = block(name + ".block0", x, n_in, widths[l], bank)
        return attend(name + ".attention0", x, widths[l], bank) if l in attention else x

    outer = {"size": (2 * patch,) * 2, "stride": patch, "padding": patch // 2} if patch > 1 else \
        {"padding": 1}
    h, skip = net.conv("input", x, channels, widths[0], **outer), []
    for l, w in enumerate(widths):
        if l > 0:
            h = net.conv(f"down{l}.shrink", h, widths[l - 1], w, stride=2, padding=1)
        h = level(f"down{l}", h, w, l, False)
        skip.append(h)
    h = block("middle", h, widths[-1], widths[-1], False)
    for l in reversed(range(len(widths) - 1)):
        h = F.interpolate(h, scale_factor=2, mode="nearest")
        extra = [1 + a - b for a, b in zip(h.shape[2:], skip[l].shape[2:])]
        name = f"up{l}.grow"
        if extra == [1, 1]:
            h = net.dense_pixels(name, h, widths[l + 1], widths[l], l in banks and len(banks) > 1)
        else:
            h = net.conv(name, h, widths[l + 1], widths[l], l in banks and len(banks) > 1,
                         size=extra)
        h, n_in = (h + skip[l], widths[l]) if add else (torch.cat([h, skip[l]], 1), 2 * widths[l])
        h = level(f"up{l}", h, n_in, l, l in banks)
    h = silu(net.norm("head.norm", h, widths[0], groups(widths[0]), True))
    if patch == 1:
        return net.conv("head.conv", h, widths[0], channels, True, padding=1)
    w = net.get("head.conv.weight", (2 * patch, 2 * patch, channels, widths[0]), True)
    return F.conv_transpose2d(h, w.permute(3, 2, 0, 1), net.get("head.conv.bias", (channels,), True),
                              stride=patch, padding=patch // 2)


# ---- cases: the names and sizes of tests/net/test_golden.c -----------------------------------------

CASES = {
    "paper-tabular": (paper_tabular, {}, (16,), 3, [0, 0, 1, 2, 2]),
    "paper-unet": (paper_unet, {}, (1, 28, 28), 3, [0, 1, 1]),
    "paper-tabular-label": (paper_tabular, {"label": True}, (16,), 4, [0, 0, 1, 3, 3]),
    "paper-unet-label": (paper_unet, {"label": True}, (1, 28, 28), 3, [0, 2, 2]),
    "tabular": (tabular, {}, (7,), 3, [0, 1, 1, 2]),
    "unet-odd": (unet, {"widths": (8, 12, 16), "banks": (0, 1), "attention": (1,)}, (2, 7, 10), 2,
                 [0, 1]),
    "unet-shift": (unet, {"widths": (8, 12), "banks": (0,), "film": False, "patch": 2,
                          "add": True}, (1, 8, 12), 2, [1, 1]),
}


def main():
    print(f"# PyTorch {torch.__version__}, NumPy {np.__version__}, in double; tools/golden/net.py")
    for name, (build, args, shape, rows, used) in CASES.items():
        n = len(used)
        if len(shape) == 3:
            x = 1.7 * value("x", n * math.prod(shape)).reshape(n, *shape[1:], shape[0])
            x = torch.tensor(x.astype(np.float32).astype(np.float64)).permute(0, 3, 1, 2)
        else:
            x = torch.tensor((1.7 * value("x", n * math.prod(shape)).reshape(n, -1))
                             .astype(np.float32).astype(np.float64))
        t = torch.tensor((0.5 + 0.5 * value("t", n)).astype(np.float32).astype(np.float64))
        noise = torch.tensor((1.2 * value("noise", n)).astype(np.float32).astype(np.float64))
        net, out = Net(rows), []
        for r, row in enumerate(used):
            net.row = row
            y = build(net, x[r:r + 1], t[r:r + 1], noise[r:r + 1], **args)
            out.append(y.permute(0, 2, 3, 1) if y.dim() == 4 else y)
        out = torch.cat(out).flatten().tolist()
        print(f"{name} {len(out)}")
        for i in range(0, len(out), 8):
            print(" ".join(f"{v:.6g}" for v in out[i:i + 8]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
