#!/usr/bin/python3 -P
"""Golden values of the device slots, from PyTorch in double precision: tests/golden/device.txt.

Blocks of `name count` and `count` numbers.  Tensors are channels last, weights kh kw cin cout.
Run from the repository's root: /usr/bin/python3 -P tools/golden/device.py > tests/golden/device.txt
(-P: other scripts of this folder have names of standard modules.)
"""
import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(20)
DOUBLE = torch.float64


def emit(name, tensor):
    values = tensor.detach().numpy().ravel()
    print(name, values.size)
    print(" ".join("%.9g" % v for v in values))


def draw(*shape):
    """Numbers that f32 holds exactly, so that both sides start from the same ones."""
    return torch.randn(*shape).float().to(DOUBLE).requires_grad_()


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def convolution(name, n, h, w, cin, cout, kernel, stride, pad):
    x, weight, bias = draw(n, h, w, cin), draw(kernel, kernel, cin, cout), draw(cout)
    y = nhwc(F.conv2d(nchw(x), weight.permute(3, 2, 0, 1), bias, stride, pad))
    dy = draw(*y.shape)
    y.backward(dy)
    emit(name + ".x", x), emit(name + ".w", weight), emit(name + ".b", bias)
    emit(name + ".y", y), emit(name + ".dy", dy)
    emit(name + ".dx", x.grad), emit(name + ".dw", weight.grad)


def transposed(name, n, h, w, cin, cout, kernel, stride, pad, output_padding):
    """In the device's terms: dy = x, dx = y, so its cout is this cin."""
    x, weight, bias = draw(n, h, w, cin), draw(kernel, kernel, cout, cin), draw(cout)
    y = nhwc(F.conv_transpose2d(nchw(x), weight.permute(3, 2, 0, 1), bias, stride, pad,
                                output_padding))
    dy = draw(*y.shape)
    y.backward(dy)
    emit(name + ".x", x), emit(name + ".w", weight), emit(name + ".b", bias)
    emit(name + ".y", y), emit(name + ".dy", dy)
    emit(name + ".dx", x.grad), emit(name + ".dw", weight.grad)


def group_norm(name, n, p, c, groups, activation):
    x, gamma, beta = draw(n, p, c), draw(c), draw(c)
    y = activation(F.group_norm(x.permute(0, 2, 1), groups, gamma, beta, 1e-5)).permute(0, 2, 1)
    dy = draw(n, p, c)
    y.backward(dy)
    emit(name + ".x", x), emit(name + ".gamma", gamma), emit(name + ".beta", beta)
    emit(name + ".y", y), emit(name + ".dy", dy), emit(name + ".dx", x.grad)
    emit(name + ".dgamma", gamma.grad), emit(name + ".dbeta", beta.grad)


def pointwise(name, function):
    x = draw(40)
    y = function(x)
    dy = draw(40)
    y.backward(dy)
    emit(name + ".x", x), emit(name + ".y", y), emit(name + ".dy", dy), emit(name + ".dx", x.grad)


def scale_shift(n, p, c):
    x, scale, shift, dy = draw(n, p, c), draw(n, c), draw(n, c), draw(n, p, c)
    y = x * (1 + scale[:, None]) + shift[:, None]
    y.backward(dy)
    emit("scale.x", x), emit("scale.scale", scale), emit("scale.shift", shift)
    emit("scale.y", y), emit("scale.dy", dy), emit("scale.dx", x.grad)
    emit("scale.dscale", scale.grad), emit("scale.dshift", shift.grad)


def softmax(rows, c):
    x, dy = draw(rows, c), draw(rows, c)
    y = torch.softmax(x, 1)
    y.backward(dy)
    emit("softmax.x", x), emit("softmax.y", y), emit("softmax.dy", dy), emit("softmax.dx", x.grad)


def upsample(n, h, w, c):
    x = draw(n, h, w, c)
    y = nhwc(F.interpolate(nchw(x), scale_factor=2, mode="nearest"))
    dy = draw(*y.shape)
    y.backward(dy)
    emit("upsample.x", x), emit("upsample.y", y), emit("upsample.dy", dy)
    emit("upsample.dx", x.grad)


def adam(count, steps):
    w = draw(count)
    emit("adam.w0", w)
    optimizer = torch.optim.AdamW([w], lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    gradients = draw(steps, count)
    emit("adam.g", gradients)
    for gradient in gradients.detach():
        w.grad = gradient.clone()
        optimizer.step()
    emit("adam.w", w)


def matmul(m, n, k):
    a, b = draw(m, k), draw(k, n)
    emit("matmul.a", a), emit("matmul.b", b), emit("matmul.c", a @ b)


print("# PyTorch %s, NumPy %s, double precision" % (torch.__version__, np.__version__))
convolution("conv", 2, 5, 4, 3, 5, 3, 1, 1)
convolution("strided", 2, 6, 6, 4, 5, 3, 2, 0)
transposed("transposed", 2, 3, 2, 6, 5, 3, 2, 0, 1)
group_norm("norm", 2, 6, 8, 4, F.silu)
group_norm("instance", 2, 5, 3, 3, torch.tanh)
pointwise("silu", F.silu)
pointwise("tanh", torch.tanh)
scale_shift(2, 3, 5)
softmax(3, 11)
upsample(2, 2, 3, 3)
adam(9, 4)
matmul(3, 5, 4)
