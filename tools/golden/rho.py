"""Golden values for tests/tree/test_rho.c, from mpmath with 40 digits.

    pip install mpmath && python3 tools/golden/rho.py > tests/golden/rho.txt

Lines: "rho r d value" and "quantile p value".
"""
import mpmath as mp

mp.mp.dps = 40


def rho(r, d):
    """Mean resultant length of N(r·e, I_d) directions, by the confluent hypergeometric function."""
    r, d = mp.mpf(r), mp.mpf(d)
    scale = mp.gamma((d + 1) / 2) / mp.gamma(d / 2 + 1)
    return r / mp.sqrt(2) * scale * mp.hyp1f1(mp.mpf(1) / 2, d / 2 + 1, -r * r / 2)


def quantile(p):
    p = mp.mpf(p)
    return -mp.sqrt(2) * mp.erfinv(1 - 2 * p) if p > 1e-30 else mp.findroot(
        lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) - mp.log(p), -mp.sqrt(-2 * mp.log(p)))


print("# mpmath", mp.__version__)
for d in [1, 2, 3, 4, 5, 7, 10, 16, 19, 20, 21, 30, 64, 100, 784, 3072, 10000, 100000]:
    for r in ["1e-4", "1e-2", "0.3", "1", "2", "3", "4", "5", "6", "8", "10", "13", "20", "30", "50",
              "100", "300", "1000", "1e4", "1e6"]:
        print("rho", r, d, mp.nstr(rho(r, d), 20))
for p in ["1e-300", "1e-100", "1e-20", "1e-9", "0.001", "0.02425", "0.1", "0.25", "0.4", "0.499999",
          "0.6", "0.78", "0.92", "0.975", "0.999", "0.999999"]:
    print("quantile", p, mp.nstr(quantile(p), 20))
