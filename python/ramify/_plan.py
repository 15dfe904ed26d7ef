"""Before training: what trees cost, what they can give at best, and how much they depend on their data."""

import ctypes

import numpy

from ._arrays import names, view
from ._library import Borrowed, Progress, constants, created, encoded, found, json_of, lib, structs, text_of, texts
from ._tree import Search, Tree

LEVELS = (0.55, 0.6, 0.67, 0.78, 0.92)


def _made(function, search, request, progress, free):
    """What a request of a search gives."""
    request.data, request.noise = ctypes.addressof(search.labelled), ctypes.addressof(search.noise)
    request.discovery, request.source = ctypes.addressof(search.discovery), b"array"
    return created(function, ctypes.byref(request), progress, free=free)


def _addresses(handles):
    """A const rmf_… *const []; keep it while it is in use."""
    values = [handle._as_parameter_.value for handle in handles]
    return (ctypes.c_void_p * max(len(values), 1))(*values)


def _reals(values):
    return (ctypes.c_double * max(len(values), 1))(*values)


# ---- cost against error ----

class Plan:
    """Trees of one data set, the cost of each and the error that the ideal sampler makes along it; plan() makes one.

    trees        one a row: by falling sibling accuracy, then those that were given
    cost, mean, worst    [rows]: the cost as a share of flat sampling; the metric's mean over classes, and that of
                 the worst class
    value        [rows, classes]: the metric of each class
    floor, no_sharing    the mean of real objects against real ones, and of the ideal sampler without a tree
    metric, classes      names
    """

    def __init__(self, handle):
        self._handle = handle
        curve = structs["rmf_curve"].from_address(handle.address)
        points = (structs["rmf_curve_point"] * curve.n_points).from_address(curve.point)
        self.metric, self.classes = curve.metric.decode(), names(curve.class_name, curve.n_classes)
        self.trees = tuple(Tree(Borrowed(point.tree), owner=handle) for point in points)
        self.cost = numpy.array([point.cost for point in points])
        self.mean = numpy.array([point.score.mean for point in points])
        self.worst = numpy.array([point.score.worst for point in points])
        self.value = numpy.array([view(handle, point.score.value, numpy.float64, (curve.n_classes,))
                                  for point in points])
        self.floor, self.no_sharing = curve.real.mean, curve.flat.mean

    def pick(self, margin=0.1):
        """The row of the cheapest tree whose mean is at most (1 + margin)·no_sharing; Error where none is."""
        row = ctypes.c_int()
        lib.curve_pick(self._handle, margin, ctypes.byref(row))
        return row.value

    def to_dict(self, picked=None):
        """What plan.json holds; `picked`, a row, is marked."""
        out = ctypes.c_void_p()
        lib.curve_to_json(self._handle, -1 if picked is None else picked, ctypes.byref(out))
        return json_of(out)

    def write_svg(self, path, force=False, picked=None):
        """Cost against error, with both floors."""
        lib.curve_write_svg(self._handle, -1 if picked is None else picked, encoded(path), force)

    def __str__(self):
        return text_of(lib.curve_table, self._handle, -1)

    def __repr__(self):
        return f"<Plan: {len(self.trees)} trees of {len(self.classes)} classes>"


def plan(data, label=None, *, classes=None, levels=LEVELS, epsilon=None, trees=None, objects=1000, metric="frechet",
         bisect=0, margin=0.1, sde="vp:0.1,20", normalise="auto", seed=0, callback=None, **options):
    """What trees from much sharing to little cost, and the error that a perfect network would still make: a Plan.

    data     a Dataset, or objects [n, …] with their `label`
    levels   sibling accuracies, a tree each; epsilon: thresholds of the paper instead
    trees    {name: Tree} of your own, as further rows
    objects  samples, and real objects, a class; at most half of what a class has
    bisect   trees to try between the one that pick(margin) would choose and its cheaper neighbour
    options  further fields of rmf_discovery, as for discover()
    """
    search = Search("plan", data, label, classes, sde, normalise, {"seed": seed, **options})
    chosen, trees = tuple(levels if epsilon is None else epsilon), dict(trees or {})
    numbers, given, given_names = _reals(chosen), _addresses(tree._handle for tree in trees.values()), texts(trees)
    ideal = structs["rmf_ideal_options"](objects=objects, seed=seed, metric=found(lib.metric_find, "metric", metric))
    request = structs["rmf_curve_request"](
        level=ctypes.addressof(numbers), n_levels=len(chosen), level_is_epsilon=epsilon is not None,
        tree=ctypes.addressof(given), tree_name=ctypes.addressof(given_names), n_trees=len(trees),
        ideal=ideal, bisect=bisect, margin=margin)
    with Progress(callback) as progress:
        return Plan(_made(lib.curve_make, search, request, progress, lib.curve_free))


# ---- trees from different samples ----

class Study:
    """Trees of one data set that were found in different ways; study() makes one.

    trees    the reference first, then group by group
    names, groups    [trees], a text each
    gaps     [trees, trees], a structured array: branch_score, robinson_foulds, robinson_foulds_share, shared
             (rmf_tree_gap in tree.h)
    """

    def __init__(self, handle):
        self._handle = handle
        made = structs["rmf_study"].from_address(handle.address)
        rows = (structs["rmf_study_tree"] * made.n_trees).from_address(made.tree)
        self.trees = tuple(Tree(Borrowed(row.tree), owner=handle) for row in rows)
        self.names = tuple(row.name.decode() for row in rows)
        self.groups = tuple(lib.study_group_name(row.group).decode() for row in rows)
        self.gaps = view(handle, made.gap, numpy.dtype(structs["rmf_tree_gap"]), (made.n_trees, made.n_trees))

    def summary(self):
        """{group: {"trees", "clades", "cost", "within", "to_reference"}}.

        The last two are {gap: (n, mean, sd)} over pairs, NaN where there are too few.
        """
        result = {}
        for group in range(constants["RMF_STUDY_GROUPS"]):
            row = structs["rmf_study_row"]()
            lib.study_summarise(self._handle, group, ctypes.byref(row))
            gaps = [{name: _spread(getattr(row, field)[which]) for name, field in _GAPS.items()} for which in (0, 1)]
            if row.trees:
                result[lib.study_group_name(group).decode()] = {
                    "trees": row.trees, "clades": row.groups, "cost": row.cost, "within": gaps[0],
                    "to_reference": gaps[1]}
        return result

    def write(self, folder, force=False):
        """The folder that `ramify study` makes: study.json, trees.nwk, distances.csv and drawings."""
        lib.study_write(self._handle, encoded(folder), force)

    def __str__(self):
        return text_of(lib.study_table, self._handle)

    def __repr__(self):
        return f"<Study: {len(self.trees)} trees of {len(self.trees[0].classes)} classes>"


_GAPS = {"shared_clades": "shared", "robinson_foulds": "foulds", "branch_score": "score"}


def _spread(spread):
    return spread.n, spread.mean, spread.sd


def study(data, label=None, *, classes=None, montecarlo=10, objects=100, bootstrap=10, random=10, sweep=LEVELS,
          linkages=True, trees=None, topologies=(), sde="vp:0.1,20", normalise="auto", callback=None, **options):
    """How much the tree depends on the objects and on the procedure that finds it: a Study.

    data     a Dataset, or objects [n, …] with their `label`
    montecarlo   trees by the published procedure, of `objects` a class, and as many by the closed form from the same
    bootstrap    trees from all objects resampled; random: random shapes with the reference's branch times
    sweep    sibling accuracies, a tree each; linkages: the other linkage as well
    trees    {name: Tree} of your own; topologies: files of groups (or "folders"), with times fitted to them
    options  of the reference: fields of rmf_discovery, as for discover()
    """
    search = Search("study", data, label, classes, sde, normalise, options)
    trees, levels = dict(trees or {}), _reals(sweep)
    given, given_names = _addresses(tree._handle for tree in trees.values()), texts(trees)
    groups = _addresses([search.topology(name) for name in topologies])
    request = structs["rmf_study_request"](
        montecarlo=montecarlo, bootstrap=bootstrap, random=random, objects=objects, level=ctypes.addressof(levels),
        n_levels=len(sweep), linkages=linkages, given=ctypes.addressof(given),
        given_name=ctypes.addressof(given_names), n_given=len(trees), topology=ctypes.addressof(groups),
        n_topologies=len(topologies))
    with Progress(callback) as progress:
        return Study(_made(lib.study_make, search, request, progress, lib.study_free))
