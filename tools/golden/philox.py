"""Golden values of core's random numbers, from an own Philox4x32-10 in Python integers.

Run: python3 tools/golden/philox.py > tests/golden/random.txt
Columns: kind seed stream sample step index value; for "below" index is the bound, for "fold" the
value folded into the key.
"""
import math
import struct
import sys

MASK = 0xFFFFFFFF


def philox(key, counter):
    k0, k1 = key
    c0, c1, c2, c3 = counter
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def words(value):
    return value & MASK, value >> 32


def make_key(seed, stream):
    return philox((0x52616D69, 0x66792031), words(seed) + words(stream))[:2]


def kind_key(key, kind):
    return key[0] ^ (kind * 0x85157AF5 & MASK), key[1] ^ (kind * 0xA2F9836F & MASK)


FOLD, NORMAL, UNIFORM, UNIT, BELOW = 1, 2, 3, 4, 5


def fold(key, value):
    return philox(kind_key(key, FOLD), words(value) + (0, 0))[:2]


def block(key, kind, sample, step, index):
    return philox(kind_key(key, kind), (index, step) + words(sample))


def place(i):
    """Element i of a fill: its block and word (groups of 8 blocks side by side)."""
    return i // 32 * 8 + i % 8, i // 8 % 4


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def normal(key, sample, step, i):
    index, word = place(i)
    bits = block(key, NORMAL, sample, step, index)
    first = word // 2 * 2
    u = float32(float32(bits[first] >> 1) + 1) / 2**31
    radius, angle = math.sqrt(-2 * math.log(u)), 2 * math.pi * bits[first + 1] / 2**32
    return radius * (math.sin(angle) if word % 2 else math.cos(angle))


def uniform(key, sample, step, i):
    index, word = place(i)
    return (block(key, UNIFORM, sample, step, index)[word] >> 8) / 2**24


def bits64(key, kind, sample, step, index):
    low, high = block(key, kind, sample, step, index)[:2]
    return high << 32 | low


def unit(key, sample, step):
    return (bits64(key, UNIT, sample, step, 0) >> 11) / 2**53


def below(key, sample, step, bound):
    index = 0
    while True:
        product = bits64(key, BELOW, sample, step, index) * bound
        if product % 2**64 >= 2**64 % bound:
            return product >> 64
        index += 1


def main():
    print("# made by tools/golden/philox.py, Python", sys.version.split()[0])
    for seed, stream, sample, step in [(0, 1, 0, 0), (7, 5, 12345, 3), (2**64 - 1, 11, 2**40 + 9, 2**32 - 1)]:
        key = make_key(seed, stream)
        address = f"{seed} {stream} {sample} {step}"
        for i in list(range(40)) + [255, 256, 511, 783, 784, 999]:
            print(f"normal {address} {i} {normal(key, sample, step, i):.9g}")
            print(f"uniform {address} {i} {uniform(key, sample, step, i):.17g}")
        print(f"unit {address} 0 {unit(key, sample, step):.17g}")
        for value in (0, 1, 4000000000):
            print(f"fold {address} {value} {unit(fold(key, value), sample, step):.17g}")
        for bound in (1, 2, 10, 60000, 2**32 - 1):
            print(f"below {address} {bound} {below(key, sample, step, bound)}")


if __name__ == "__main__":
    main()
