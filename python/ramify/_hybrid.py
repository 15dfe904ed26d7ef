"""What classes have in common: states before they part, the objects to expect, the ways on."""

import ctypes
from typing import NamedTuple, Optional

import numpy

from ._arrays import pointer
from ._library import Error, lib, structs


class Hybrids(NamedTuple):
    """Arrays [count, …] in the data's own units, float32.

    states    at `time`, drawn along the branches that the classes share
    means     the objects that each state can become, on average: E[x0 | x(time)]
    mixed     where each state goes under the weighted mean of the classes' scores; None: no weights were given
    continued    {class: [count, …]}, where each goes in every class; None: not asked for
    """

    time: float
    states: numpy.ndarray
    means: numpy.ndarray
    mixed: Optional[numpy.ndarray]
    continued: Optional[dict]


def draw(model, classes, sampling, progress, *, time, mix, continuations):
    """Hybrids of a prepared sampling, sampling.count of them."""
    tree, count = model.tree, sampling.count
    chosen = [tree._index(name) for name in classes]
    if mix is not None and len(mix) != len(chosen):
        raise Error(f"mix: {len(mix)} weights; expected {len(chosen)}, one for each class", "ERR_USAGE")
    if count < 1:
        raise Error(f"count is {count}; expected at least 1", "ERR_USAGE")
    numbers = (ctypes.c_int * len(chosen))(*chosen)
    hybrid = structs["rmf_hybrid"](sampling=ctypes.addressof(sampling), classes=ctypes.addressof(numbers),
                                   n_classes=len(chosen), time=time or 0, count=count)
    request = ctypes.byref(hybrid)

    def objects(*shape):
        return numpy.empty((*shape, count, *model.shape), numpy.float32)

    states, means, mixed, continued = objects(), objects(), None, None
    lib.hybrid_states(request, progress, pointer(states), None)
    lib.hybrid_means(request, pointer(states), pointer(means))
    if mix is not None:
        weights, mixed = (ctypes.c_double * len(mix))(*mix), objects()
        lib.hybrid_mix(request, weights, progress, pointer(states), pointer(mixed), None)
    if continuations:
        continued = objects(len(chosen))
        lib.hybrid_continue(request, progress, pointer(states), pointer(continued), None)
    features, units = lib.model_features(model._handle), lib.model_normalisation(model._handle)
    for x in (states, means, mixed, continued):
        if x is not None:
            lib.normalisation_invert(units, pointer(x), x.size // features, features)
    return Hybrids(time or tree.branch_point(*classes), states, means, mixed,
                   None if continued is None else dict(zip(map(str, classes), continued)))
