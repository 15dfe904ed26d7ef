"""Golden values for tests/tree/test_criterion.c, from NumPy and SciPy, by the definitions.

    pip install numpy scipy && python3 tools/golden/criterion.py > tests/golden/criterion.txt

Three classes of 9, 7 and 8 objects with 5 features, x = f32(sin(1.3·i + 0.7·j) + shift).  Lines:
"separation criterion alpha sigma a b value".
"""
import numpy as np
import scipy
from scipy.special import gammaln, hyp1f1

SIZES, D = [9, 7, 8], 5


def objects():
    out, i = [], 0
    for c, n in enumerate(SIZES):
        rows = []
        for _ in range(n):
            rows.append([np.float32(np.sin(1.3 * i + 0.7 * j) * (1 + 0.4 * c) + 1.5 * c * (j % 2))
                         for j in range(D)])
            i += 1
        out.append(np.array(rows, dtype=np.float32).astype(np.float64))
    return out


def rho(r):
    """Mean resultant length of N(r·e, I) directions."""
    scale = np.exp(gammaln((D + 1) / 2) - gammaln(D / 2 + 1))
    return r / np.sqrt(2) * scale * hyp1f1(0.5, D / 2 + 1, -r * r / 2)


def cosine(x, y, alpha, sigma):
    def noised(a):
        norm = np.linalg.norm(a, axis=1, keepdims=True)
        return rho(alpha * norm / sigma) * a / norm

    def within(a):
        g = a @ a.T
        return (g.sum() - np.trace(g)) / (len(a) * (len(a) - 1))

    u, v = noised(x), noised(y)
    return 2 * D * (0.5 * (within(u) + within(v)) - (u @ v.T).mean())


def linear(x, y, alpha, sigma):
    sx, sy = np.cov(x.T), np.cov(y.T)
    delta = x.mean(0) - y.mean(0)
    gap = delta @ delta - np.trace(sx) / len(x) - np.trace(sy) / len(y)
    within = delta @ (0.5 * (sx + sy)) @ delta
    return alpha**2 * gap**2 / (alpha**2 * within + sigma**2 * gap) if gap > 0 else 0.0


def mmd(x, y, alpha, sigma, everything):
    square = ((everything[:, None] - everything[None]) ** 2).sum(-1)
    n = len(everything)
    h = 0.5 * alpha**2 * square.sum() / (n * (n - 1)) + sigma**2 * D

    def kernel(a, b):
        s = ((a[:, None] - b[None]) ** 2).sum(-1)
        return (h / (h + 2 * sigma**2)) ** (D / 2) * np.exp(-alpha**2 * s / (2 * (h + 2 * sigma**2)))

    def within(a):
        k = kernel(a, a)
        return (k.sum() - np.trace(k)) / (len(a) * (len(a) - 1))

    ratio = 2 * kernel(x, y).mean() / (within(x) + within(y))
    return max(0.0, -2 * (h + 2 * sigma**2) / sigma**2 * np.log(ratio))


print("# numpy", np.__version__, "scipy", scipy.__version__)
data = objects()
everything = np.concatenate(data)
for alpha, sigma in [(1, 0.1), (0.9, 0.5), (0.6, 0.8), (0.2, 0.98), (1, 4)]:
    for a in range(3):
        for b in range(a + 1, 3):
            x, y = data[a], data[b]
            for name, value in [("cosine", cosine(x, y, alpha, sigma)),
                                ("linear", linear(x, y, alpha, sigma)),
                                ("mmd", mmd(x, y, alpha, sigma, everything))]:
                print("separation", name, alpha, sigma, a, b, "%.15g" % max(0.0, value))
