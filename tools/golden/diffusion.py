"""Golden values for the diffusion room: mean factor and variance of each forward process by numerical
integration of its moment equations (dα/dt = f·α, dσ²/dt = 2f·σ² + g²), not by the closed forms.

Run: python3 tools/golden/diffusion.py > tests/golden/diffusion_sde.txt
"""
import math

import numpy
import scipy
from scipy.integrate import solve_ivp


def vp(b0, b1):
    beta = lambda t: b0 + (b1 - b0) * t
    return lambda t: -0.5 * beta(t), lambda t: math.sqrt(beta(t)), 0.0


def ve(s):
    return lambda t: 0.0, lambda t: s**t, 0.0


def vegeo(s0, s1):
    g = lambda t: s0 * (s1 / s0) ** t * math.sqrt(2 * math.log(s1 / s0))
    return lambda t: 0.0, g, s0 * s0


print(f"# numpy {numpy.__version__} scipy {scipy.__version__}: process t alpha sigma drift diffusion")
for name, make, parameters in [
    ("vp", vp, (0.1, 20)),
    ("vp", vp, (0.1, 5)),
    ("vp", vp, (1, 1)),
    ("vp", vp, (5, 0.5)),
    ("ve", ve, (25,)),
    ("ve", ve, (1.5,)),
    ("vegeo", vegeo, (0.01, 50)),
    ("vegeo", vegeo, (0.2, 1)),
]:
    f, g, start = make(*parameters)
    times = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 1.0]
    moments = lambda t, y: [f(t) * y[0], 2 * f(t) * y[1] + g(t) ** 2]
    y = solve_ivp(moments, (0, 1), [1, start], "DOP853", times, rtol=1e-12, atol=1e-15).y
    for t, alpha, variance in zip(times, *y):
        text = f"{name}:{','.join(str(p) for p in parameters)}"
        print(text, t, *(f"{v:.12g}" for v in (alpha, math.sqrt(variance), f(t), g(t))))
