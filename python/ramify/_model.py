"""Trained models: making, reading, sampling, extending, measuring."""

import ctypes
import math

import numpy

from ._arrays import Dataset, Samples, floats, pointer
from ._hybrid import draw
from ._library import (Borrowed, Error, Handle, Owned, Progress, assignments, constants, created, encoded, found,
                       json_of, lib, structs, texts, value_text)
from ._tree import Tree


def _settings(function, *arguments):
    """(settings, base) of a function that gives both."""
    settings, base = ctypes.c_void_p(), ctypes.c_void_p()
    function(*arguments, ctypes.byref(settings), ctypes.byref(base))
    return Handle(settings.value, lib.settings_free), Handle(base.value, lib.free)


def _argument_settings(data, label=None, set=None):
    """A DATA argument of the commands: a recipe, a file or a folder."""
    over = assignments(set)
    argument = structs["rmf_data_argument"](
        data=encoded(data), label=encoded(label), set=ctypes.addressof(over), n_set=len(set or {}))
    return _settings(lib.data_argument_settings, ctypes.byref(argument))


def read(data, label=None, **keys):
    """A Dataset from what commands call DATA: a recipe, a file (.npz, .csv, IDX) or a folder of PNGs.

    label   the label column of a table
    keys    of the section data of a recipe: classes, max_per_class, format …
    """
    settings, base = _argument_settings(data, label, {f"data.{key}": value for key, value in keys.items()})
    struct = structs["rmf_dataset"]()
    lib.dataset_open(settings, ctypes.cast(base.address, ctypes.c_char_p), ctypes.byref(struct))
    return Dataset._owned(struct)


def digits():
    """The 1,797 handwritten digits that the library carries (8×8, ten classes)."""
    struct = structs["rmf_dataset"]()
    lib.dataset_digits(ctypes.byref(struct))
    return Dataset._owned(struct)


def recipe(name, set=None):
    """A recipe (its file, or a name that the library knows) with all its defaults: {key: text}."""
    return _texts(_settings(lib.recipe_load, encoded(name), assignments(set), len(set or {}))[0])


def _texts(settings):
    keys = [lib.settings_key(settings, i) for i in range(lib.settings_count(settings))]
    return {key.decode(): lib.settings_text(settings, key).decode("utf-8") for key in keys}


def train(recipe, run, *, set=None, resume=False, force=False, threads=0, callback=None):
    """Trains by a recipe and leaves the folder `run`; gives its Model.

    recipe     a file, or a name such as "digits"; None goes on with the run's own (resume=True)
    set        {"train.steps": 500, "data.path": "mine.npz"}: any keys of a recipe
    callback   called with an Event now and then; False stops: the run is saved, and Interrupted raised
    """
    settings = base = None
    if recipe is not None:
        settings, base = _settings(lib.recipe_load, encoded(recipe), assignments(set), len(set or {}))
    elif set:
        raise TypeError("a run that is resumed keeps its own recipe; set can't change it")
    training = structs["rmf_training"](
        settings=settings and settings.address, base=base and ctypes.cast(base.address, ctypes.c_char_p),
        run=encoded(run), threads=threads, resume=resume, replace=force)
    with Progress(callback) as progress:
        lib.train(ctypes.byref(training), progress)
    return Model(run)


def extend(run, out, data, classes, *, label=None, at=None, leaves=None, start="nearest", set=None, resume=False,
           force=False, threads=0, callback=None):
    """Adds classes to a trained run and leaves the folder `out`; gives its Model.  The old classes keep every byte.

    data      a recipe, a file or a folder that holds objects of the new classes
    at        the time at which they leave the tree, leaves: the classes of the branch that they leave; both
              are found where they are not given
    start     "nearest" or "parent": what their parameters start as
    set       {"train.steps": 500}: keys of data., train. and tree., and seed
    """
    set = dict(set or {})
    own = {key: set.pop(key) for key in list(set) if key.startswith("data.")}
    settings, base = _argument_settings(data, label, own)
    name = f"RMF_START_{start.upper()}"
    if name not in constants:
        raise Error(f'start is "{start}"; expected nearest or parent', "ERR_USAGE")
    added, left, over = texts(classes), texts(leaves or ()), assignments(set)
    extension = structs["rmf_extension"](
        run=encoded(run), out=encoded(out), data=settings.address, base=ctypes.cast(base.address, ctypes.c_char_p),
        classes=ctypes.addressof(added), n_classes=len(classes), time=math.nan if at is None else at,
        n_from=len(leaves or ()), start=constants[name], set=ctypes.addressof(over), n_set=len(set),
        threads=threads, resume=resume, replace=force)
    setattr(extension, "from", ctypes.addressof(left))
    with Progress(callback) as progress:
        lib.extend(ctypes.byref(extension), progress, None)
    return Model(out)


def evaluate(generated, real, *, train=None, metrics="all", features="pixels", floor=False, bootstrap=0,
             seed=0, callback=None):
    """Compares generated with real objects, Datasets of the same classes, in the units that they have.

    train     what the model saw, for memorisation and for the floor of real against real
    features  what distances are of: "pixels", the values, or "classifier", the last layer of one of real objects
    Gives what `ramify eval --json` prints, as a dict.
    """
    options, sets = structs["rmf_eval_options"](), []
    lib.eval_options_init(ctypes.byref(options))
    names, shape = texts(real.classes), real._struct()
    options.features, options.rank, options.shape = shape.features, shape.rank, shape.shape
    options.n_classes, options.class_name = len(real.classes), ctypes.addressof(names)
    options.metrics, options.floor = encoded(",".join(metrics) if not isinstance(metrics, str) else metrics), floor
    options.bootstrap, options.seed, options.real_split = bootstrap, seed, b"given"
    options.space = encoded(features)
    for data in (generated, real, train):
        if data is None:
            sets.append(None)
            continue
        if data.classes != real.classes or data.x.shape[1:] != real.x.shape[1:]:
            raise ValueError(f"objects {data.x.shape[1:]} of classes {data.classes}; "
                             f"expected {real.x.shape[1:]} of {real.classes}")
        sets.append(ctypes.byref(structs["rmf_eval_set"](
            x=pointer(data.x), label=pointer(data.label), n=len(data))))
    out = ctypes.c_void_p()
    with Progress(callback) as progress:
        lib.evaluate(ctypes.byref(options), *sets, progress, ctypes.byref(out))
    return json_of(out)


class Model:
    """A trained run (its folder) or one model file, ready to draw from.

    weights   "ema" (averaged) or "raw"; device: "auto" or a name that `ramify list device` shows
    """

    def __init__(self, path, weights="ema", device="auto"):
        self.path = str(path)
        self._handle = created(lib.model_open, encoded(path), encoded(weights), encoded(device),
                               free=lib.model_free)
        shape = (ctypes.c_int64 * 3)()
        rank = lib.model_shape(self._handle, shape)
        self.shape = tuple(shape)[:rank]

    @property
    def tree(self):
        return Tree(Borrowed(lib.model_tree(self._handle)), owner=self)

    @property
    def classes(self):
        return self.tree.classes

    @property
    def recipe(self):
        """{key: text}, complete."""
        return _texts(Borrowed(lib.model_settings(self._handle)))

    def __repr__(self):
        return f"<Model {self.path}: {len(self.classes)} classes, objects {self.shape}>"

    def _sampling(self, seed, keys):
        """What the recipe says, with keys of its section sample over it."""
        over = created(lib.settings_create, free=lib.settings_free)
        for key, value in keys.items():
            lib.settings_put(over, f"sample.{key}".encode(), value_text(value).encode(), key.encode())
        sampling = structs["rmf_sampling"]()
        lib.sampling_over(lib.model_settings(self._handle), over, ctypes.byref(sampling))
        if seed is not None:
            sampling.seed = seed
        return sampling

    def _prepared(self, seed, keys):
        """(sampling, score) with everything of the model's in it; the score must live as long as it is used."""
        sampling, score = self._sampling(seed, keys), structs["rmf_score"]()
        lib.model_prepare(self._handle, ctypes.byref(score), ctypes.byref(sampling))
        return sampling, score

    def sample(self, classes=None, count=None, *, seed=None, callback=None, **keys):
        """Draws `count` objects of each class, as Samples.

        keys   of the section sample of a recipe: sampler, steps, guidance, shared, grid …
        """
        tree = self.tree
        chosen = [tree._index(name) for name in (tree.classes if classes is None else classes)]
        sampling = self._sampling(seed, keys)
        numbers = (ctypes.c_int * len(chosen))(*chosen)
        sampling.classes, sampling.n_classes = ctypes.addressof(numbers), len(chosen)
        if count is not None:
            sampling.count = count
        samples, report = structs["rmf_samples"](), structs["rmf_sampling_report"]()
        with Progress(callback) as progress:
            lib.model_sample(self._handle, ctypes.byref(sampling), progress, ctypes.byref(samples),
                             ctypes.byref(report))
        return Samples._drawn(samples)

    def transmute(self, x, source, target, *, time=None, deterministic=False, seed=None, callback=None, **keys):
        """Objects [n, …] of the class `source` made into the class `target`, by rmf_transmute().

        time   at which source is left for target; None: their branch point
        """
        noisy = structs["rmf_sampler_ops"].from_address(self._sampling(seed, keys).sampler).stochastic
        if deterministic and noisy and "sampler" not in keys:
            keys["sampler"] = "heun"
        sampling, _score = self._prepared(seed, keys)
        sampling.paper = False  # the published grid is that of whole runs
        tree = self.tree
        transmutation = structs["rmf_transmutation"](
            sampling=ctypes.addressof(sampling), to=tree._index(target), time=time or 0, deterministic=deterministic)
        setattr(transmutation, "from", tree._index(source))
        before = numpy.array(x, dtype=numpy.float32, order="C").reshape(len(x), -1)
        features = lib.model_features(self._handle)
        if before.shape[1] != features:
            raise ValueError(f"objects have {before.shape[1]} features; expected {features}")
        units = lib.model_normalisation(self._handle)
        lib.normalisation_apply(units, pointer(before), len(before), features)
        after = numpy.empty_like(before)
        with Progress(callback) as progress:
            lib.transmute(ctypes.byref(transmutation), progress, len(before), pointer(before), pointer(after), None)
        lib.normalisation_invert(units, pointer(after), len(after), features)
        return after.reshape(len(x), *self.shape)

    def hybrid(self, classes, count=None, *, time=None, mix=None, continuations=False, seed=None, callback=None,
               **keys):
        """What several classes have in common: Hybrids, by rmf_hybrid_states() and its relatives.

        count    how many; None: the recipe's sample.count
        time     at which they are taken; None: where the classes part, and not below it
        mix      [classes] weights ≥ 0: the states go on, too, with the weighted mean of the classes' scores
        continuations    True: they go on into every class, too
        keys     as for sample()
        """
        sampling, _score = self._prepared(seed, {"shared": True, **keys})
        sampling.paper = False
        sampling.count = sampling.count if count is None else count
        with Progress(callback) as progress:
            return draw(self, classes, sampling, progress, time=time, mix=mix, continuations=continuations)

    def check(self, count=500, *, metric="frechet", seed=None, callback=None, **keys):
        """What sharing along the tree costs the model, by rmf_check_branches(), as a dict: what check.json holds.

        count    objects a set; at most what a class has
        keys     as for sample()
        """
        sampling, _score = self._prepared(seed, keys)
        real, labelled = Owned(structs["rmf_real"](), lib.real_free), structs["rmf_labelled"]()
        lib.real_read_model(self._handle, ctypes.byref(real.struct))
        lib.real_labelled(self._handle, ctypes.byref(real.struct), ctypes.byref(labelled))
        request = structs["rmf_check_request"](
            sampling=sampling, count=count, real=ctypes.addressof(labelled),
            metric=found(lib.metric_find, "metric", metric))
        with Progress(callback) as progress:
            check = created(lib.check_branches, ctypes.byref(request), progress, free=lib.check_free)
        out = ctypes.c_void_p()
        lib.check_to_json(check, lib.model_tree(self._handle), ctypes.byref(out))
        return json_of(out)

    def data(self):
        """(train, held_out): the objects that the model was trained on, and those kept from it."""
        train, held_out = structs["rmf_dataset"](), structs["rmf_dataset"]()
        units = structs["rmf_normalisation"]()
        lib.model_data(self._handle, b".", ctypes.byref(train), ctypes.byref(held_out), ctypes.byref(units))
        lib.normalisation_free(ctypes.byref(units))
        return Dataset._owned(train), Dataset._owned(held_out)

    def evaluate(self, samples=None, *, metrics=None, features=None, floor=False, bootstrap=None, count=None, seed=0,
                 callback=None, **keys):
        """Holds samples against the run's own data, as `ramify eval RUN` does, and gives what it prints as a dict.

        samples   a Dataset; None: drawn now, as many as the recipe says, with `keys` as for sample()
        """
        real = Owned(structs["rmf_real"](), lib.real_free)
        lib.real_read_model(self._handle, ctypes.byref(real.struct))
        if samples is None:
            settings, most = lib.model_settings(self._handle), ctypes.c_int64()
            lib.real_count(ctypes.byref(real.struct), ctypes.byref(most))
            count = count or lib.settings_int(settings, b"eval.count", 0) or most.value
            samples = self.sample(count=count, seed=seed, callback=callback, **keys)
        borrowed = _as_samples(samples)
        request = structs["rmf_eval_request"](
            metrics=encoded(",".join(metrics) if isinstance(metrics, (list, tuple)) else metrics), floor=floor,
            space=encoded(features), bootstrap=-1 if bootstrap is None else bootstrap, seed=seed)
        out = ctypes.c_void_p()
        with Progress(callback) as progress:
            lib.evaluate_samples(ctypes.byref(request), ctypes.byref(real.struct), ctypes.byref(borrowed), progress,
                                 ctypes.byref(out))
        return json_of(out)


def _as_samples(data):
    """An rmf_samples that borrows a Dataset's arrays."""
    shape, samples = data._struct(), structs["rmf_samples"]()
    for name in ("n", "features", "rank", "shape", "x", "label", "n_classes", "class_name", "low", "high"):
        setattr(samples, name, getattr(shape, name))
    samples.kept = shape.kept
    return samples
