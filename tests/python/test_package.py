"""The Python package against the command: same arguments, same bytes.  And what only a binding can get wrong."""

import gc
import json
import math
import os
import unittest

import numpy

import ramify

from checks import SMALL, command, content, rounded, three_groups

class Data(unittest.TestCase):
    def test_digits(self):
        data = ramify.digits()
        self.assertEqual(data.x.shape, (1797, 8, 8, 1))
        self.assertEqual(data.classes, tuple("0123456789"))
        self.assertEqual((data.low, data.high), (0, 16))
        self.assertEqual(int((data.label == 3).sum()), 183)
        self.assertEqual(data.of("3").shape, (183, 8, 8, 1))

    def test_views_keep_their_memory(self):
        x = ramify.digits().x
        self.assertFalse(x.flags.owndata)
        before = x.sum(dtype=float)
        gc.collect()
        for _ in range(20):
            ramify.digits()
        self.assertEqual(x.sum(dtype=float), before)
        self.assertEqual(before, 561718)

    def test_no_copy(self):
        x = numpy.random.default_rng(1).normal(size=(6, 2)).astype(numpy.float32)
        self.assertTrue(numpy.shares_memory(ramify.Dataset(x, [0, 0, 0, 1, 1, 1]).x, x))

    def test_labels(self):
        data = ramify.Dataset(numpy.zeros((4, 2)), ["b", "a", "b", "c"])
        self.assertEqual(data.classes, ("a", "b", "c"))
        self.assertEqual(data.label.tolist(), [1, 0, 1, 2])
        with self.assertRaisesRegex(ValueError, "labels go from 0 to 2; expected numbers of 2"):
            ramify.Dataset(numpy.zeros((2, 2)), [0, 2], classes=["a", "b"])
        with self.assertRaisesRegex(ValueError, "label has shape"):
            ramify.Dataset(numpy.zeros((2, 2)), [0])
        with self.assertRaisesRegex(ValueError, "x has 1 dimensions"):
            ramify.Dataset(numpy.zeros(2), [0, 1])

    def test_read(self):
        with open("t.csv", "w", encoding="utf-8") as file:
            file.write("u,kind,v\n0.5,x,2\n1.5,y,3\n2.5,x,4\n")
        data = ramify.read("t.csv", label="kind")
        self.assertEqual(data.x.tolist(), [[0.5, 2], [1.5, 3], [2.5, 4]])
        self.assertEqual([data.classes[k] for k in data.label], ["x", "y", "x"])
        self.assertEqual(len(ramify.read("t.csv", label="kind", classes=["x"])), 2)
        data.save("t.npz")
        again = ramify.read("t.npz")
        self.assertEqual((again.x.tolist(), again.label.tolist(), again.classes),
                         (data.x.tolist(), data.label.tolist(), data.classes))
        self.assertEqual(len(ramify.read("digits", classes=["4", "9"])), 361)

    def test_errors(self):
        with self.assertRaises(ramify.Error) as caught:
            ramify.read("nothing.csv")
        self.assertEqual(caught.exception.status, "ERR_IO")
        self.assertIn("nothing.csv: ", str(caught.exception))
        with self.assertRaisesRegex(ramify.Error, 'unknown key "data.klasses"; did you mean "data.classes"'):
            ramify.read("digits", klasses=["4"])


class Discovery(unittest.TestCase):
    def test_as_the_command(self):
        data = ramify.digits()
        data.save("all.npz")
        command("discover", "all.npz", "--normalise", "range", "--out", "tree.json", "--sibling-accuracy", "0.7",
                "--linkage", "centroid")
        tree = ramify.discover(data, sibling_accuracy=0.7, linkage="centroid")
        with open("tree.json", encoding="utf-8") as file:
            self.assertEqual(tree.to_dict()["branches"], json.load(file)["branches"])
        self.assertEqual(str(tree), str(ramify.Tree.read("tree.json")))

    def test_arrays(self):
        rng = numpy.random.default_rng(2)
        x = rng.normal(size=(300, 3)).astype(numpy.float32)
        x[100:200, 0] += 1
        x[200:, 1] += 8
        kept = x.copy()
        tree = ramify.discover(x, numpy.repeat(["near", "nearer", "far"], 100), normalise="none")
        self.assertTrue((x == kept).all())
        self.assertLess(tree.branch_point("near", "nearer"), tree.branch_point("near", "far"))
        self.assertEqual(tree.branch_point("near", "far"), tree.branches[0]["t_start"])
        self.assertTrue(0 < tree.cost < 1)

    def test_options(self):
        data = ramify.Dataset(*three_groups())
        a = ramify.discover(data, epsilon=0.05)
        b = ramify.discover(data, epsilon=0.2)
        self.assertLess(b.branch_point("0", "2"), a.branch_point("0", "2"))
        with self.assertRaisesRegex(TypeError, "no option epsylon"):
            ramify.discover(data, epsylon=0.05)
        with self.assertRaisesRegex(ramify.Error, 'linkage is "complete"'):
            ramify.discover(data, linkage="complete")
        with self.assertRaisesRegex(ramify.Error, "^sde: "):
            ramify.discover(data, sde="nothing")
        self.assertNotEqual(ramify.discover(data, criterion="linear").to_newick(), a.to_newick())

    def test_files(self):
        tree = ramify.Tree.from_newick("(a:0.5,b:0.5):0.5;")
        tree.write("own.json")
        self.assertEqual(ramify.Tree.read("own.json").to_newick(), tree.to_newick())
        with self.assertRaisesRegex(ramify.Error, "own.json: already exists") as caught:
            tree.write("own.json")
        self.assertEqual(caught.exception.status, "ERR_EXISTS")
        tree.write("own.json", force=True)
        tree.write_svg("own.svg", title="mine")
        self.assertIn(b"mine", content("own.svg"))


    def test_topologies(self):
        data = ramify.digits()
        data.save("groups-data.npz")
        with open("groups.nwk", "w", encoding="utf-8") as file:
            file.write("((0,6),(1,7),((3,8),9),(2,4,5));")
        for fit in ("pairs", "pooled"):
            command("discover", "groups-data.npz", "--normalise", "range", "--topology", "groups.nwk", "--fit", fit,
                    "--out", "fitted.json", "--force")
            fitted = ramify.discover(data, topology="groups.nwk", fit=fit)
            self.assertEqual(fitted.to_newick(), ramify.Tree.read("fitted.json").to_newick())
        self.assertEqual(fitted.branch_point("3", "8", "9"), fitted.branch_point("3", "9"))
        self.assertEqual(fitted.branch_point("3", "8", "0"), fitted.branches[0]["t_start"])
        with self.assertRaisesRegex(ramify.Error, "nothing.nwk"):
            ramify.discover(data, topology="nothing.nwk")
        with self.assertRaisesRegex(ramify.Error, "at least one"):
            fitted.branch_point()


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.events = []
        cls.model = ramify.train("digits", "run", set=SMALL, threads=1, callback=cls.events.append)

    def test_callback(self):
        training = [event for event in self.events if event.activity == "training"]
        self.assertEqual(training[-1].done, 20)
        self.assertEqual(training[-1].total, 20)
        self.assertTrue(any(math.isfinite(event.loss) for event in training))
        self.assertTrue(any(event.activity == "discovery" for event in self.events))

    def test_as_the_command(self):
        options = [part for key, value in SMALL.items()
                   for part in ("--set", f"{key}={','.join(map(str, value)) if isinstance(value, list) else value}")]
        command("train", "digits", "--out", "run-c", "--threads", 1, "-q", *options)
        self.assertEqual(content("run", "ema.safetensors"), content("run-c", "ema.safetensors"))

    def test_stop_and_resume(self):
        with self.assertRaises(ramify.Interrupted) as caught:
            ramify.train("digits", "broken", set=SMALL, threads=1,
                         callback=lambda event: event.activity != "training" or event.done < 10)
        self.assertEqual(caught.exception.status, "ERR_INTERRUPTED")
        ramify.train(None, "broken", resume=True, threads=1)
        self.assertEqual(content("broken", "ema.safetensors"), content("run", "ema.safetensors"))

    def test_what_a_callback_raises(self):
        def callback(_event):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            self.model.sample(count=2, callback=callback)

    def test_facts(self):
        self.assertEqual(self.model.classes, ("0", "1", "2", "3"))
        self.assertEqual(self.model.shape, (8, 8, 1))
        self.assertEqual(self.model.recipe["train.steps"], "20")
        self.assertEqual(self.model.tree.to_newick(), ramify.Tree.read("run/tree.json").to_newick())
        tree = ramify.Model("run").tree
        gc.collect()
        self.assertEqual(len(tree.classes), 4)  # the model lives as long

    def test_samples(self):
        command("sample", "run", "--out", "c.npz", "--classes", "3,1", "--count", 4, "--steps", 8, "--sampler", "heun",
                "--seed", 5, "-q")
        samples = self.model.sample(["3", "1"], 4, steps=8, sampler="heun", seed=5)
        with numpy.load("c.npz") as wanted:
            self.assertTrue((wanted["x"] == samples.x).all())
            self.assertEqual(wanted["label"].tolist(), samples.label.tolist())
            self.assertEqual(float(wanted["nfe"]), samples.nfe)
        self.assertEqual((samples.classes, samples.sampler, samples.seed), (("3", "1"), "heun", 5))
        samples.write("p.npz")
        self.assertEqual(content("p.npz"), content("c.npz"))
        with self.assertRaisesRegex(ramify.Error, 'unknown class "9"; expected one of 0, 1, 2, 3'):
            self.model.sample(["9"])
        with self.assertRaisesRegex(ramify.Error, 'sample.stepz'):
            self.model.sample(stepz=3)

    def test_independent(self):
        a = self.model.sample(["0", "1"], 2, steps=6, shared=True, seed=1).x
        b = self.model.sample(["0", "1"], 2, steps=6, shared=False, seed=1).x
        self.assertFalse((a == b).all())

    def test_transmute(self):
        data = ramify.digits()
        ramify.Dataset(data.of("3")[:5], ["3"] * 5).save("threes.npz")
        for extra, keys in (([], {}), (["--deterministic"], {"deterministic": True})):
            command("transmute", "run", "--from", "3", "--to", "1", "--input", "threes.npz", "--out", "t.npz", "--force",
                    "--steps", 8, "--seed", 2, "-q", *extra)
            mine = self.model.transmute(data.of("3")[:5], "3", "1", steps=8, seed=2, **keys)
            with numpy.load("t.npz") as wanted:
                self.assertTrue((wanted["x"] == mine).all())
        with self.assertRaisesRegex(ValueError, "expected 64"):
            self.model.transmute(numpy.zeros((2, 5)), "3", "1")

    def test_hybrid(self):
        command("hybrid", "run", "--classes", "3,1,0", "--out", "h.npz", "--count", 4, "--mix", "1,2,1",
                "--continuations", "hc.npz", "--steps", 8, "--seed", 2, "-q")
        mine = self.model.hybrid(["3", "1", "0"], 4, mix=[1, 2, 1], continuations=True, steps=8, seed=2)
        with numpy.load("h.npz") as wanted:
            self.assertEqual(float(wanted["time"]), mine.time)
            self.assertEqual(mine.time, self.model.tree.branch_point("3", "1", "0"))
            for name, array in (("states", mine.states), ("means", mine.means), ("x", mine.mixed)):
                self.assertEqual(array.shape, (4, 8, 8, 1))
                self.assertTrue((wanted[name] == array).all(), name)
        with numpy.load("hc.npz") as wanted:
            self.assertEqual(list(mine.continued), ["3", "1", "0"])
            self.assertTrue((wanted["x"] == numpy.concatenate(list(mine.continued.values()))).all())
        plain = self.model.hybrid(["3", "1"], 2, time=1.0, steps=8)
        self.assertEqual((plain.time, plain.mixed, plain.continued), (1.0, None, None))
        for arguments, keys, said in ((["3"], {}, "1 class; expected at least two"),
                                      (["3", "3"], {}, '"3" twice'),
                                      (["3", "1"], {"time": 1e-3}, "where these classes part"),
                                      (["3", "1"], {"mix": [1]}, "1 weights; expected 2"),
                                      (["3", "1"], {"mix": [0, 0]}, "weight"),
                                      (["3", "1"], {"count": 0}, "expected at least 1"),
                                      (["3", "9"], {}, 'unknown class "9"')):
            with self.assertRaisesRegex(ramify.Error, said) as caught:
                self.model.hybrid(arguments, **{"count": 2, "steps": 4, **keys})
            self.assertEqual(caught.exception.status, "ERR_USAGE")

    def test_check(self):
        wanted = json.loads(command("check", "run", "--count", 12, "--steps", 4, "--seed", 1, "--json", "-q"))
        self.assertEqual(rounded(self.model.check(12, steps=4, seed=1)), rounded(wanted))
        self.assertEqual(wanted["metric"], "frechet")
        self.assertEqual(self.model.check(12, metric="wasserstein", steps=4)["metric"], "wasserstein")
        with self.assertRaisesRegex(ramify.Error, 'metric is "nothing"'):
            self.model.check(metric="nothing")

    def test_evaluate(self):
        wanted = json.loads(command("eval", "run", "--metrics", "frechet,wasserstein", "--count", 12, "--steps", 4,
                                    "--seed", 0, "--json", "-q"))
        found = self.model.evaluate(metrics=["frechet", "wasserstein"], count=12, steps=4)
        self.assertEqual(found["n_real"], wanted["n_real"])
        for metric in ("frechet", "wasserstein"):
            self.assertAlmostEqual(found["metrics"][metric]["mean"], wanted["metrics"][metric]["mean"], places=5)
        samples = self.model.sample(count=12, steps=4, seed=0)
        again = self.model.evaluate(ramify.Dataset(samples.x, samples.label, samples.classes), metrics="frechet")
        self.assertEqual(again["metrics"]["frechet"], found["metrics"]["frechet"])

    def test_evaluate_arrays(self):
        train, _ = self.model.data()
        same = ramify.evaluate(train, train, metrics=["wasserstein"])
        self.assertLess(abs(same["metrics"]["wasserstein"]["mean"]), 1e-6)
        self.assertEqual(same["features"], "pixels")
        learned = ramify.evaluate(train, train, metrics=["wasserstein", "kid"], features="classifier")
        self.assertEqual(learned["features"], "classifier")
        self.assertLess(abs(learned["metrics"]["wasserstein"]["mean"]), 1e-4)
        moved = ramify.Dataset(train.x + 1, train.label, train.classes)
        self.assertGreater(ramify.evaluate(moved, train, metrics="wasserstein")["metrics"]["wasserstein"]["mean"], 0.5)
        with self.assertRaisesRegex(ValueError, "expected"):
            ramify.evaluate(ramify.digits(), train)
        with self.assertRaisesRegex(ValueError, "objects .64,. of"):
            ramify.evaluate(ramify.Dataset(train.x.reshape(len(train), 64), train.label, train.classes), train)

    def test_data(self):
        train, held_out = self.model.data()
        self.assertEqual(len(train) + len(held_out), 720)
        self.assertEqual(train.classes, self.model.classes)

    def test_extend(self):
        wider = ramify.extend("run", "wider", "digits", ["7"], set={"train.steps": 5, "train.batch": 8})
        self.assertEqual(wider.classes, ("0", "1", "2", "3", "7"))
        old = self.model.sample(count=2, steps=6, seed=3)
        self.assertTrue((wider.sample(old.classes, 2, steps=6, seed=3).x == old.x).all())
        self.assertLess(wider.tree.branch_point("7", "0"), 1)
        left = ramify.extend("run", "left", "digits", ["7"], at=0.9, leaves=old.classes,
                             set={"train.steps": 2, "train.batch": 8})
        self.assertEqual(left.tree.branch_point("7", "0"), 0.9)
        with self.assertRaisesRegex(ramify.Error, 'start is "nowhere"'):
            ramify.extend("run", "wrong", "digits", ["7"], start="nowhere")

    def test_errors(self):
        with self.assertRaisesRegex(ramify.Error, '"train.stepz"; did you mean "train.steps"'):
            ramify.train("digits", "wrong", set={"train.stepz": 1})
        with self.assertRaisesRegex(ramify.Error, "^nothing: "):
            ramify.Model("nothing")
        with self.assertRaises(TypeError):
            ramify.train(None, "run", resume=True, set={"train.steps": 30})
        self.assertFalse(os.path.exists("wrong"))
