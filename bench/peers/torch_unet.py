#!/usr/bin/env python3
"""The published 28×28 U-Net (recipe mnist-paper) in PyTorch: the peer of bench_step's rows `paper-unet`.

Prints one JSON object a line: milliseconds of a training step (forward, backward, clip, Adam) or of a
forward pass of one head, median and best of the runs. Three ways to train:

    all-heads   every branch's decoder sees every sample, and the sample's own is picked: the
                published code
    one-head    rows sorted by branch, each decoder sees its own rows
    compiled    one-head under torch.compile (PyTorch 2)

Debian's python3-torch is enough for the first two; `sh bench/peers/setup` makes a virtual environment
with a current PyTorch for the third.
"""
import argparse
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

ENCODER, DECODER, TIME = (32, 64, 128, 256), (128, 64, 32), 32


class Stage(nn.Module):
    """Convolution of input and tiled time, group norm, swish; three pixels a side, no padding."""

    def __init__(self, channels_in, channels_out, groups, stride, transposed=False, extra=0):
        super().__init__()
        self.time = nn.Linear(2, TIME)
        kind = {"stride": stride, "bias": False}
        self.conv = (nn.ConvTranspose2d(channels_in + TIME, channels_out, 3, output_padding=extra, **kind)
                     if transposed else nn.Conv2d(channels_in + TIME, channels_out, 3, **kind))
        self.norm = nn.GroupNorm(groups, channels_out)

    def forward(self, x, angle):
        tiled = self.time(angle)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        y = self.conv(torch.cat((x, tiled), 1))
        # bf16: the norm wants its parameters in the type of its input
        weight, bias = self.norm.weight.to(y.dtype), self.norm.bias.to(y.dtype)
        return F.silu(F.group_norm(y, self.norm.num_groups, weight, bias))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        e, d = ENCODER, DECODER
        self.up4 = Stage(e[3], d[0], 32, 2, True)
        self.up3 = Stage(d[0] + e[2], d[1], 32, 2, True, 1)
        self.up2 = Stage(d[1] + e[1], d[2], 32, 2, True, 1)
        self.last = nn.ConvTranspose2d(d[2] + e[0], 1, 3)

    def forward(self, levels, angle):
        x = self.up4(levels[3], angle)
        x = self.up3(torch.cat((x, levels[2]), 1), angle)
        x = self.up2(torch.cat((x, levels[1]), 1), angle)
        return self.last(torch.cat((x, levels[0]), 1))


class Net(nn.Module):
    def __init__(self, branches):
        super().__init__()
        widths = (1,) + ENCODER
        self.down = nn.ModuleList(Stage(widths[i], widths[i + 1], 4 if i == 0 else 32, 1 if i == 0 else 2)
                                  for i in range(4))
        self.heads = nn.ModuleList(Decoder() for _ in range(branches))

    def encode(self, x, t):
        turn = 2 * math.pi * t[:, None]
        angle, levels = F.silu(torch.cat((torch.sin(turn), torch.cos(turn)), 1)), []
        for stage in self.down:
            x = stage(x, angle)
            levels.append(x)
        return levels, angle

    def all_heads(self, x, t, branch):
        levels, angle = self.encode(x, t)
        every = torch.stack([head(levels, angle) for head in self.heads], 1)
        return every[torch.arange(len(x)), branch]

    def one_head(self, x, t, counts):
        levels, angle = self.encode(x, t)
        parts, first = [], 0
        for head, count in zip(self.heads, counts):
            if count:
                own = slice(first, first + count)
                parts.append(head([level[own] for level in levels], angle[own]))
                first += count
        return torch.cat(parts)


def measure(work, runs):
    for _ in range(3):
        work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return {"median_ms": 1e3 * statistics.median(seconds), "best_ms": 1e3 * min(seconds)}


def rows(args, way, layout, precision):
    torch.manual_seed(0)
    net, memory = Net(args.branches), torch.channels_last if layout == "nhwc" else torch.contiguous_format
    net = net.to(memory_format=memory)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    x = torch.randn(args.batch, 1, 28, 28).contiguous(memory_format=memory)
    t, target = torch.rand(args.batch), torch.randn_like(x)
    branch = torch.randint(args.branches, (args.batch,)).sort().values
    counts = torch.bincount(branch, minlength=args.branches).tolist()
    predict = ((lambda: net.all_heads(x, t, branch)) if way == "all-heads" else
               (lambda: net.one_head(x, t, counts)))

    def score():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return predict()

    if way == "compiled":
        score = torch.compile(score)

    def step():
        optimizer.zero_grad(set_to_none=True)
        ((score().float() - target) ** 2).sum((1, 2, 3)).mean().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()

    def forward():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            net.heads[0](*net.encode(x, t))

    yield "step", measure(step, args.runs)
    if way == "one-head":
        yield "forward", measure(forward, args.runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--branches", type=int, default=19)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--ways", default="one-head,all-heads,compiled")
    parser.add_argument("--precisions", default="f32,bf16")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for way in args.ways.split(","):
        if way == "compiled" and not hasattr(torch, "compile"):
            continue
        for precision in args.precisions.split(","):
            for layout in ("nchw", "nhwc"):
                for what, figure in rows(args, way, layout, precision):
                    print(json.dumps({"peer": "torch " + torch.__version__, "what": what, "way": way,
                                      "layout": layout, "precision": precision, "branches": args.branches,
                                      "batch": args.batch, "threads": args.threads, **figure}), flush=True)


main()
