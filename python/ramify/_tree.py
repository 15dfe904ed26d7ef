"""The class hierarchy."""

import ctypes

import numpy

from ._arrays import Dataset, floats, pointer
from ._library import Error, Progress, constants, created, encoded, found, json_of, lib, structs, text_of, texts


class Tree:
    """Branches with their classes and times.  discover() and read() make one."""

    def __init__(self, handle, owner=None):
        self._handle, self._owner = handle, owner

    @classmethod
    def read(cls, path):
        """From tree.json, or Newick with branch lengths."""
        return cls(created(lib.tree_read, encoded(path), free=lib.tree_free))

    @classmethod
    def from_newick(cls, text):
        return cls(created(lib.tree_from_newick, encoded(text), b"text", free=lib.tree_free))

    @property
    def classes(self):
        return tuple(lib.tree_class_name(self._handle, c).decode("utf-8")
                     for c in range(lib.tree_class_count(self._handle)))

    @property
    def branches(self):
        """One dict a branch, root first: classes, t_start, t_end, parent (a number, or None)."""
        return self.to_dict()["branches"]

    @property
    def cost(self):
        """What sampling along the tree costs, as a share of sampling each class alone."""
        return lib.tree_cost(self._handle)

    def branch_point(self, *classes):
        """The time at which classes part."""
        numbers = (ctypes.c_int * len(classes))(*map(self._index, classes))
        time = ctypes.c_double()
        if lib.common_branch(self._handle, numbers, len(classes), ctypes.byref(time)) < 0:
            raise Error("branch_point: no class; expected at least one", "ERR_USAGE")
        return time.value

    def to_dict(self):
        """What tree.json holds."""
        out = ctypes.c_void_p()
        lib.tree_to_json(self._handle, ctypes.byref(out))
        return json_of(out)

    def to_newick(self):
        return text_of(lib.tree_to_newick, self._handle)

    def write(self, path, force=False):
        lib.tree_write(self._handle, encoded(path), force)

    def write_svg(self, path, force=False, title=None):
        lib.tree_write_svg(self._handle, encoded(path), force, encoded(title))

    def __str__(self):
        return text_of(lib.tree_to_text, self._handle)

    def __repr__(self):
        return f"<Tree: {len(self.classes)} classes, cost {self.cost:.3f}>"

    def _index(self, name):
        index = lib.tree_class_index(self._handle, encoded(name))
        if index < 0:
            raise Error(f'unknown class "{name}"; expected one of {", ".join(self.classes)}', "ERR_USAGE")
        return index


def normalised(data, kind):
    """Objects in the units that training compares them in; the data's own array for "none"."""
    if kind == "none":
        return data.x
    struct, fitted = data._struct(), structs["rmf_normalisation"]()
    lib.normalisation_fit(ctypes.byref(struct), encoded(kind), ctypes.byref(fitted))
    x = numpy.array(data.x, order="C")
    lib.normalisation_apply(ctypes.byref(fitted), pointer(x), len(x), struct.features)
    lib.normalisation_free(ctypes.byref(fitted))
    return x


class Search:
    """Labelled objects, process and options as the library takes them; holds whatever they point to."""

    def __init__(self, what, data, label, classes, sde, normalise, options):
        data = data if isinstance(data, Dataset) else Dataset(data, label, classes)
        self.discovery, self._process = structs["rmf_discovery"](), structs["rmf_sde"]()
        lib.discovery_init(ctypes.byref(self.discovery))
        if "epsilon" in options:
            options = {"sibling_accuracy": 0, **options}
        self.dataset, self._kept = data._struct(), []
        for name, value in options.items():
            if name not in dict(self.discovery._fields_):
                raise TypeError(f"{what}() has no option {name}")
            setattr(self.discovery, name, self._option(name, value))
        lib.sde_parse(encoded(sde), b"sde", ctypes.byref(self._process))
        self.noise = lib.sde_noise(ctypes.byref(self._process))
        x, names = floats(normalised(data, normalise)), texts(data.classes)
        self._kept += [data, x, names]
        self.labelled = structs["rmf_labelled"](
            n=len(x), features=self.dataset.features, x=pointer(x), label=pointer(data.label),
            n_names=len(data.classes), names=ctypes.addressof(names))

    def topology(self, name):
        """Groups of classes: a file, or "folders" (class names with slashes)."""
        made = created(lib.topology_open, encoded(name), b".", ctypes.byref(self.dataset), free=lib.topology_free)
        self._kept.append(made)
        return made

    def _option(self, name, value):
        return self.topology(value).address if name == "topology" else _option(name, value)


def discover(data, label=None, *, classes=None, sde="vp:0.1,20", normalise="auto", callback=None, **options):
    """The times at which classes may part.

    data     a Dataset, or objects [n, …] with their `label`
    options  fields of rmf_discovery in tree.h: sibling_accuracy (0.6), epsilon, linkage ("single" or
             "centroid"), criterion (a name), topology (a file of groups, or "folders"), fit ("pairs" or "pooled"),
             min_branch_time, min_branch_length, times, max_per_class, bootstrap, seed, method ("exact" or
             "montecarlo") …
    """
    search = Search("discover", data, label, classes, sde, normalise, options)
    with Progress(callback) as progress:
        return Tree(created(lib.discover, ctypes.byref(search.labelled), ctypes.byref(search.noise),
                            ctypes.byref(search.discovery), progress, free=lib.tree_free))


def _option(name, value):
    if name == "criterion":
        return found(lib.criterion_find, "criterion", value)
    prefix = {"method": "RMF_DISCOVER_", "linkage": "RMF_LINKAGE_", "fit": "RMF_FIT_"}.get(name)
    if prefix is None:
        return value
    if prefix + str(value).upper() not in constants:
        raise Error(f'{name} is "{value}"; expected one of the words in tree.h', "ERR_USAGE")
    return constants[prefix + str(value).upper()]
