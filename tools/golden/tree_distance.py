"""Golden values for tests/tree/test_compare.c: distances of trees by DendroPy.

    pip install dendropy && python3 tools/golden/tree_distance.py > tests/golden/tree_distance.txt

Random rooted trees of 3 to 12 classes that end at time 1, some with branch points of several
children.  Lines: "pair robinson_foulds branch_score newick newick".  DendroPy compares rooted trees
by clades (bipartitions of rooted trees), the root's own length included.
"""
import random

import dendropy
from dendropy.calculate import treecompare


def newick(rng, n):
    """Groups join at rising times; a group takes one to three others in."""
    groups = [(f"{c}", 0.0) for c in range(n)]
    t = 0.0
    while len(groups) > 1:
        t = t + (0.95 - t) * rng.uniform(0.05, 0.5)
        rng.shuffle(groups)
        k = min(len(groups), rng.choice([2, 2, 2, 3, 4]))
        inner = ",".join(f"{text}:{t - age:.17g}" for text, age in groups[:k])
        groups = [(f"({inner})", t)] + groups[k:]
    return f"{groups[0][0]}:{1 - groups[0][1]:.17g};"


def main():
    rng = random.Random(20240)
    print(f"# DendroPy {dendropy.__version__}")
    for i in range(40):
        n = 3 + i % 10
        texts = [newick(rng, n), newick(rng, n)]
        if i % 8 == 7:
            texts[1] = texts[0]
        taxa = dendropy.TaxonNamespace()
        trees = [dendropy.Tree.get(data=t, schema="newick", taxon_namespace=taxa, rooting="force-rooted")
                 for t in texts]
        rf = treecompare.symmetric_difference(*trees)
        score = treecompare.euclidean_distance(*trees)
        print(f"pair {rf} {score:.15g} {texts[0]} {texts[1]}")


main()
