"""The two image networks of Ramify in PyTorch: Paper (src/net/paper_unet.c) and Unet (src/net/unet.c)."""
import math

import torch
from torch import nn
from torch.nn import functional as F


def count(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


# ---- paper-unet: the published network, a decoder a branch ---------------------------------------

ENCODER, DECODER, TIME = (32, 64, 128, 256), (128, 64, 32), 32


class Stage(nn.Module):
    """Convolution of input and tiled time, group norm, swish; three pixels a side, no padding."""

    def __init__(self, channels_in, channels_out, groups, stride, transposed=False, extra=0):
        super().__init__()
        self.time = nn.Linear(2, TIME)
        kind = {"stride": stride, "bias": False}
        if transposed:
            self.conv = nn.ConvTranspose2d(
                channels_in + TIME, channels_out, 3, output_padding=extra, **kind
            )
        else:
            self.conv = nn.Conv2d(channels_in + TIME, channels_out, 3, **kind)
        self.norm = nn.GroupNorm(groups, channels_out)

    def finish(self, y):
        # bf16: the norm wants its parameters in the type of its input
        weight, bias = self.norm.weight.to(y.dtype), self.norm.bias.to(y.dtype)
        return F.silu(F.group_norm(y, self.norm.num_groups, weight, bias))

    def forward(self, x, angle):
        tiled = self.time(angle)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.finish(self.conv(torch.cat((x, tiled), 1)))

    def split(self, x, angle):
        """The same of a convolution without padding: there the tiled time adds one number a channel."""
        own = x.shape[1]
        weight = self.conv.weight
        y = F.conv2d(x, weight[:, :own], stride=self.conv.stride)
        shift = F.linear(self.time(angle), weight[:, own:].sum((2, 3)))
        return self.finish(y + shift[:, :, None, None])


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


class Paper(nn.Module):
    shared, branch = 526_944, 545_057  # trained numbers: common ones, and those of each branch

    def __init__(self, branches, split=False):
        super().__init__()
        widths, self.split = (1,) + ENCODER, split
        self.down = nn.ModuleList(
            Stage(widths[i], widths[i + 1], 4 if i == 0 else 32, 1 if i == 0 else 2)
            for i in range(4)
        )
        self.heads = nn.ModuleList(Decoder() for _ in range(branches))

    def encode(self, x, t):
        turn = 2 * math.pi * t[:, None]
        angle, levels = F.silu(torch.cat((torch.sin(turn), torch.cos(turn)), 1)), []
        for stage in self.down:
            x = stage.split(x, angle) if self.split else stage(x, angle)
            levels.append(x)
        return levels, angle

    def all_heads(self, x, t, branch):
        levels, angle = self.encode(x, t)
        every = torch.stack([head(levels, angle) for head in self.heads], 1)
        return every[torch.arange(len(x)), branch]

    def one_head(self, x, t, counts):
        """counts: how many rows each branch has; rows are sorted by branch."""
        levels, angle = self.encode(x, t)
        parts, first = [], 0
        for head, rows in zip(self.heads, counts):
            if rows:
                own = slice(first, first + rows)
                parts.append(head([level[own] for level in levels], angle[own]))
                first += rows
        return torch.cat(parts)

    def forward(self, x, t):
        return self.heads[0](*self.encode(x, t))


# ---- unet: residual blocks under a condition; a vector and a head a branch -----------------------

WIDTHS, EMBEDDING, FREQUENCIES = (32, 64, 96), 128, 64


def norm(channels):
    return nn.GroupNorm(channels // 4, channels)


class Residual(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.norm1, self.norm2 = norm(channels_in), norm(channels_out)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.film = nn.Linear(EMBEDDING, 2 * channels_out)
        same = channels_in == channels_out
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x, condition):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, 1)
        h = F.silu(torch.addcmul(shift, self.norm2(h), 1 + scale))
        return self.skip(x) + self.conv2(h)


class Heads(nn.Module):
    """Last norm and convolution of every branch; the rows of a batch are done together."""

    def __init__(self, branches, width):
        super().__init__()
        self.groups = width // 4
        self.gain = nn.Parameter(torch.ones(branches, width))
        self.shift = nn.Parameter(torch.zeros(branches, width))
        self.weight = nn.Parameter(torch.randn(branches, 9, width) / (3 * width**0.5))
        self.bias = nn.Parameter(torch.zeros(branches))

    def forward(self, x, branch):
        rows, width, *side = x.shape
        h = F.group_norm(x, self.groups)
        h = F.silu(torch.addcmul(self.shift[branch][:, :, None, None], h,
                                 self.gain[branch][:, :, None, None]))
        # What each tap makes of each pixel, then the nine added where they belong.
        taps = torch.bmm(h.permute(0, 2, 3, 1).reshape(rows, -1, width),
                         self.weight[branch].transpose(1, 2))
        y = F.fold(taps.transpose(1, 2), side, 3, padding=1)
        return y + self.bias[branch][:, None, None, None]

    def of(self, x, b):
        """All rows by the head of branch b, as a plain convolution."""
        h = F.silu(F.group_norm(x, self.groups, self.gain[b], self.shift[b]))
        kernel = self.weight[b].flip(0).t().reshape(1, -1, 3, 3)
        return F.conv2d(h, kernel, self.bias[b : b + 1], padding=1)


class Unet(nn.Module):
    def __init__(self, branches, skips):
        super().__init__()
        w, self.concat = WIDTHS, skips == "concat"
        self.register_buffer("frequency", torch.randn(FREQUENCIES))
        self.noise1 = nn.Linear(2 * FREQUENCIES, EMBEDDING)
        self.noise2 = nn.Linear(EMBEDDING, EMBEDDING)
        self.vector = nn.Embedding(branches, EMBEDDING)
        self.input = nn.Conv2d(1, w[0], 3, padding=1)
        self.down = nn.ModuleList(Residual(width, width) for width in w)
        self.shrink = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(w, w[1:])
        )
        self.middle = Residual(w[-1], w[-1])
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in zip(w, w[1:]))
        self.up = nn.ModuleList(Residual(2 * a if self.concat else a, a) for a in w[:-1])
        self.head = Heads(branches, w[0])

    def trunk(self, x, noise, branch):
        turn = 2 * math.pi * noise[:, None] * self.frequency
        h = F.silu(torch.cat((torch.sin(turn), torch.cos(turn)), 1))
        h = self.noise2(F.silu(self.noise1(h))) + self.vector(branch)
        condition, skips = F.silu(h), []
        x = self.input(x)
        for level, block in enumerate(self.down):
            x = block(self.shrink[level - 1](x) if level else x, condition)
            skips.append(x)
        x = self.middle(x, condition)
        for level in reversed(range(len(self.up))):
            x = F.interpolate(self.grow[level](x), scale_factor=2.0)
            x = torch.cat((x, skips[level]), 1) if self.concat else x + skips[level]
            x = self.up[level](x, condition)
        return x

    def one_head(self, x, noise, branch):
        return self.head(self.trunk(x, noise, branch), branch)

    def all_heads(self, x, noise, branch):
        x = self.trunk(x, noise, branch)
        every = torch.stack([self.head.of(x, b) for b in range(len(self.head.bias))], 1)
        return every[torch.arange(len(x)), branch]

    def forward(self, x, noise):
        branch = torch.zeros(len(x), dtype=torch.long)
        return self.head.of(self.trunk(x, noise, branch), 0)
