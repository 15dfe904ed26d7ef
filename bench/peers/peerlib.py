"""What the peers share: their arguments, the timing, one JSON object a row."""
import argparse
import gc
import importlib
import json
import os
import platform
import statistics
import sys
import time

MISSING = 3  # exit status where the peer's library is not installed
WARM_UP = 3


def arguments(description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bench", choices=("step", "forward", "sample", "check"))
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--branches", type=int, default=19)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--only", default="", help="rows whose names hold all these words: a,b,c")
    parser.add_argument("--list", action="store_true", help="print the names of the rows, run none")
    return parser.parse_args()


def need(module):
    """Imports a library, or ends the process with the status that means `not installed`."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        note(f"{error} (Python {platform.python_version()}); to get it: sh bench/peers/setup")
        sys.exit(MISSING)


def note(text):
    print("peers: " + text, file=sys.stderr)


def has_bf16():
    """Whether the processor multiplies bf16; emulated, such rows would compare nothing."""
    with open("/proc/cpuinfo") as file:
        flags = next((line for line in file if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def measure(work, runs):
    for _ in range(WARM_UP):
        work()
    gc.collect()
    gc.disable()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    gc.enable()
    return {
        "median_ms": round(1e3 * statistics.median(seconds), 3),
        "best_ms": round(1e3 * min(seconds), 3),
        "runs": runs,
    }


class Rows:
    """The rows of one call.  `add` times one way to do the work of Ramify's row `against`."""

    def __init__(self, args, library, version, versions):
        self.args, self.library, self.version = args, library, version
        self.versions = {"python": platform.python_version(), **versions}
        self.failed = 0

    def add(self, against, way, precision, make, **notes):
        """`make` builds what is timed and returns it as a function, so that rows not asked for cost nothing."""
        args = self.args
        name = f"{args.bench} {against}, {self.library} {way} {precision}"
        if not set(filter(None, args.only.split(","))) <= set(name.replace(",", " ").split()):
            return
        if args.list:
            print(name)
            return
        try:
            figure = measure(make(), args.runs)
        except Exception as error:  # the other rows are worth having
            first = (str(error).splitlines() or [""])[0]
            note(f"{name}: {type(error).__name__}: {first}")
            self.failed += 1
            return
        row = {
            "bench": args.bench,
            "name": against,
            "peer": f"{self.library} {self.version} {way} {precision}",
            "way": way,
            "against": against,
            **figure,
            "threads": args.threads,
            "batch": args.batch,
            "precision": precision,
            **notes,
            "versions": self.versions,
        }
        print(json.dumps(row), flush=True)
        gc.collect()

    def done(self):
        sys.exit(1 if self.failed else 0)
