"""Plans and studies of trees: the package against the command."""

import gc
import json
import math
import unittest

import ramify

from checks import command, content, rounded, three_groups


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = ramify.digits()
        cls.data.save("plan.npz")

    def test_as_the_command(self):
        own = ramify.discover(self.data, sibling_accuracy=0.8, linkage="centroid")
        own.write("plan-own.json", force=True)
        command("plan", "plan.npz", "--normalise", "range", "--p", "0.7,0.6", "--also", "plan-own.json", "--objects",
                40, "--seed", 3, "--out", "plan.json", "--pick", "50", "--bisect", 1)
        plan = ramify.plan(self.data, levels=[0.7, 0.6], trees={"plan-own.json": own}, objects=40, seed=3, bisect=1,
                           margin=50)
        with open("plan.json", encoding="utf-8") as file:
            wanted = json.load(file)
        found = plan.to_dict(plan.pick(50))
        for key in ("points", "floor", "no_sharing", "picked", "objects", "metric", "seed"):
            self.assertEqual(rounded(found[key]), rounded(wanted[key]))
        points = found["points"]
        self.assertEqual(plan.cost.tolist(), [point["cost"] for point in points])
        self.assertEqual(plan.mean.tolist(), [point["mean"] for point in points])
        self.assertEqual(plan.worst.tolist(), [point["worst"] for point in points])
        self.assertEqual(plan.value.tolist(), [list(point["per_class"].values()) for point in points])
        self.assertEqual((plan.floor, plan.no_sharing), (found["floor"]["mean"], found["no_sharing"]["mean"]))
        self.assertEqual(plan.trees[-1].to_newick(), own.to_newick())
        plan.write_svg("plan.svg")
        self.assertIn(b"<svg", content("plan.svg"))

    def test_options(self):
        plan = ramify.plan(self.data, epsilon=[0.01, 0.05], metric="wasserstein", objects=20)
        self.assertEqual((plan.metric, plan.value.shape), ("wasserstein", (2, 10)))
        self.assertEqual(plan.trees[0].to_newick(), ramify.discover(self.data, epsilon=0.05).to_newick())
        self.assertIn("wasserstein", str(plan))
        first = plan.trees[0]
        before = first.to_newick()
        del plan
        gc.collect()
        self.assertEqual(first.to_newick(), before)  # the plan lives as long
        with self.assertRaisesRegex(ramify.Error, 'metric is "fretchet"'):
            ramify.plan(self.data, metric="fretchet")
        with self.assertRaisesRegex(TypeError, "plan.. has no option epsylon"):
            ramify.plan(self.data, epsylon=0.05)
        with self.assertRaises(ramify.Error) as caught:
            ramify.plan(self.data, levels=[0.99], objects=20).pick(0)
        self.assertEqual(caught.exception.status, "ERR_NUMERIC")
        with self.assertRaisesRegex(ramify.Error, "no sibling accuracy and no tree"):
            ramify.plan(self.data, levels=[])

    def test_stopped(self):
        with self.assertRaises(ramify.Interrupted):
            ramify.plan(self.data, callback=lambda event: False)


class Studies(unittest.TestCase):
    COUNTS = {"montecarlo": 2, "objects": 40, "bootstrap": 2, "random": 1}

    def test_as_the_command(self):
        data = ramify.digits()
        data.save("study.npz")
        with open("study.nwk", "w", encoding="utf-8") as file:
            file.write("((0,6),(1,7),((3,8),9),(2,4,5));")
        own = ramify.discover(data, sibling_accuracy=0.8)
        own.write("study-own.json", force=True)
        options = [part for key, value in self.COUNTS.items() for part in (f"--{key}", value)]
        command("study", "trees", "study.npz", "--normalise", "range", "--sibling-accuracy", "0.7", "--sweep", "0.6",
                "--seed", 4, "--also", "study-own.json", "--topology", "study.nwk", "--out", "study-c", *options)
        study = ramify.study(data, sweep=[0.6], trees={"study-own.json": own}, topologies=["study.nwk"], seed=4,
                             sibling_accuracy=0.7, **self.COUNTS)
        study.write("study-p")
        for name in ("trees.nwk", "distances.csv"):
            self.assertEqual(content("study-p", name), content("study-c", name))
        with open("study-c/study.json", encoding="utf-8") as file:
            wanted = json.load(file)
        self.assertEqual(list(study.names), [tree["name"] for tree in wanted["trees"]])
        self.assertEqual(list(study.groups), [tree["group"] for tree in wanted["trees"]])
        summary = study.summary()
        self.assertEqual(list(summary), [group["name"] for group in wanted["groups"] if group["trees"]])
        for group in filter(lambda group: group["trees"], wanted["groups"]):
            mine = summary[group["name"]]
            self.assertEqual((mine["trees"], mine["clades"], mine["cost"]),
                             (group["trees"], group["clades"], group["cost"]))
            for which in ("within", "to_reference"):
                for gap, spread in (group[which] or {}).items():
                    n, mean, sd = mine[which][gap]
                    self.assertEqual(n, spread["n"])
                    self.assertEqual((None if math.isnan(mean) else mean, None if math.isnan(sd) else sd),
                                     (spread["mean"], spread["sd"]))
        self.assertIn("montecarlo", str(study))

    def test_gaps(self):
        a, b = (ramify.Tree.from_newick(text) for text in
                ("(c:1,(a:0.5,b:0.5):0.5):0;", "(b:1,(a:0.25,c:0.25):0.75):0;"))
        x, label = three_groups()
        data = ramify.Dataset(x, label, ["a", "b", "c"])
        study = ramify.study(data, montecarlo=0, bootstrap=0, random=0, sweep=[], linkages=False,
                             trees={"a": a, "b": b})
        self.assertEqual((study.names[1:], study.gaps.shape), (("a", "b"), (3, 3)))
        self.assertEqual(study.gaps["robinson_foulds"][1, 2], 2)
        # Lengths of a, b, c, ab, ac: 0.5 0.5 1 0.5 0 against 0.25 1 0.25 0 0.75.
        self.assertAlmostEqual(study.gaps["branch_score"][1, 2],
                               math.sqrt(0.25**2 + 0.5**2 + 0.75**2 + 0.5**2 + 0.75**2))
        self.assertTrue((study.gaps["branch_score"] == study.gaps["branch_score"].T).all())
        with self.assertRaisesRegex(ramify.Error, "classes"):
            ramify.study(data, trees={"other": ramify.Tree.from_newick("(a:0.5,d:0.5):0.5;")})
