#!/usr/bin/env python3
"""Golden values of the nn room: operations and optimisers, from PyTorch in double precision.

Run:  python3 tools/golden/nn.py > tests/golden/nn.txt

Inputs are not stored: both sides compute value(i, s) = sin(0.37·i·(1 + 0.1·s) + s) for element i of
the tensor with number s, rounded to float.  Each line of the output is a key, a count and the values.
Tensors are channels last here and channels first in PyTorch.
"""
import math
import sys

import numpy
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def value(shape, s):
    i = numpy.arange(int(numpy.prod(shape)), dtype=numpy.float64)
    v = numpy.sin(0.37 * i * (1 + 0.1 * s) + s).astype(numpy.float32)
    return torch.tensor(v.astype(numpy.float64).reshape(shape), requires_grad=True)


def put(key, tensor):
    v = tensor.detach().contiguous().reshape(-1).tolist()
    print(key, len(v), *("%.8g" % x for x in v))


def case(name, y, tensors):
    """tensors: short name -> leaf; the loss is sum r·y with r = value(·, 9)."""
    put(name + ".y", y)
    (y * value(tuple(y.shape), 9).detach()).sum().backward()
    for key, t in tensors.items():
        put(name + ".d" + key, t.grad)


def first(x):  # channels first
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def operations():
    # Rows 0-1 use bank row 2, row 2 uses bank row 0.
    x, w, b = value((3, 4), 1), value((3, 4, 5), 2), value((3, 5), 3)
    rows = torch.tensor([2, 2, 0])
    case("linear", torch.einsum("ni,nio->no", x, w[rows]) + b[rows], {"x": x, "w": w, "b": b})

    x, w, b = value((2, 5, 4, 2), 1), value((3, 3, 2, 3), 2), value((3,), 3)
    case("conv", last(F.conv2d(first(x), w.permute(3, 2, 0, 1), b, padding=1)),
         {"x": x, "w": w, "b": b})
    x, w = value((2, 6, 5, 2), 1), value((3, 3, 2, 3), 2)
    case("conv_stride", last(F.conv2d(first(x), w.permute(3, 2, 0, 1), stride=2)),
         {"x": x, "w": w})

    # w [kh, kw, cout, cin]; PyTorch wants [cin, cout, kh, kw].
    x, w, b = value((2, 3, 2, 3), 1), value((3, 3, 2, 3), 2), value((2,), 3)
    y = F.conv_transpose2d(first(x), w.permute(3, 2, 0, 1), b, stride=2, padding=1, output_padding=1)
    case("conv_transposed", last(y), {"x": x, "w": w, "b": b})

    for name, act in (("silu", F.silu), ("relu", F.relu), ("tanh", torch.tanh)):
        x, g, b = value((2, 3, 2, 4), 1), value((4,), 2), value((4,), 3)
        y = act(F.group_norm(first(x), 2, g, b, 1e-5))
        case("norm_" + name, last(y), {"x": x, "w": g, "b": b})

    x, g, b = value((3, 2, 2, 4), 1), value((3, 4), 2), value((3, 4), 3)
    s, t = value((3, 4), 4), value((3, 4), 5)
    u = torch.cat([F.group_norm(first(x)[r:r + 1], 2, g[rows[r]], b[rows[r]], 1e-5) for r in range(3)])
    u = u * (1 + s)[:, :, None, None] + t[:, :, None, None]
    case("norm_film", last(F.silu(u)), {"x": x, "w": g, "b": b, "s": s, "t": t})

    x = value((2, 3, 12), 1)
    parts = [p.reshape(2, 3, 2, 2).transpose(1, 2) for p in x.split(4, dim=2)]  # [n, heads, p, d]
    a = torch.softmax(parts[0] @ parts[1].transpose(2, 3) / math.sqrt(2), dim=-1)
    case("attention", (a @ parts[2]).transpose(1, 2).reshape(2, 3, 4), {"x": x})

    x, s, t = value((2, 2, 2, 3), 1), value((2, 3), 2), value((2, 3), 3)
    y = x * (1 + s[:, None, None, :]) + t[:, None, None, :]
    case("modulate", y, {"x": x, "w": s, "b": t})
    x = value((1, 2, 2, 3), 1)
    case("upsample", last(F.interpolate(first(x), scale_factor=2, mode="nearest")), {"x": x})
    x = value((2, 3, 2, 3), 1)
    case("mean", x.mean(dim=(1, 2)), {"x": x})
    x, g, b = value((3, 4), 1), value((4,), 2), value((4,), 3)
    case("affine", x * g + b, {"x": x, "w": g, "b": b})
    w = value((4, 3), 2)
    case("gather", F.embedding(torch.tensor([3, 0, 3]), w), {"w": w})
    t, w = value((3,), 1).detach(), value((4,), 2).detach()
    angle = 2 * math.pi * 30 * t[:, None] * w
    put("fourier.y", torch.cat([angle.sin(), angle.cos()], dim=1))


def optimiser(key, make, clip):
    """Three bank rows and a shared parameter; a row without gradient is skipped by PyTorch as well."""
    rows = [torch.nn.Parameter(value((5,), 1 + r).detach()) for r in range(3)]
    shared = torch.nn.Parameter(value((4,), 7).detach())
    opt = make(rows + [shared])
    norms = []
    for step in range(12):
        opt.zero_grad(set_to_none=True)
        used = {step % 2, 2 if step % 4 == 3 else step % 2}
        for r in used:
            rows[r].grad = value((5,), 20 + step + 3 * r).detach()
        shared.grad = value((4,), 40 + step).detach()
        parameters = [rows[r] for r in sorted(used)] + [shared]
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, clip))
        opt.step()
    put(key + ".rows", torch.stack(rows))
    put(key + ".shared", shared)
    put(key + ".norms", torch.stack(norms))


print("# python", sys.version.split()[0], "torch", torch.__version__, "numpy", numpy.__version__)
operations()
optimiser("adam", lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.9, 0.99), eps=1e-8), 1e9)
optimiser("adamw", lambda p: torch.optim.AdamW(p, lr=0.05, betas=(0.9, 0.999), eps=1e-6,
                                               weight_decay=0.2), 1.5)
