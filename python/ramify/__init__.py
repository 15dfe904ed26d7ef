"""Hierarchically branched diffusion models: libramify for Python, with NumPy arrays.

    import ramify
    data = ramify.digits()
    tree = ramify.discover(data)
    model = ramify.train("digits", "run", set={"train.steps": 500})
    samples = model.sample(classes=["3", "5"], count=10)

Errors are ramify.Error with the library's one line.  RAMIFY_LIBRARY names a libramify.so.0 other than the one
that is found.  Calls run on all cores; OMP_NUM_THREADS or threads() says how many.
"""

from ._arrays import Dataset, Samples
from ._hybrid import Hybrids
from ._library import Error, Event, Interrupted, lib, path
from ._model import Model, digits, evaluate, extend, read, recipe, train
from ._plan import Plan, Study, plan, study
from ._tree import Tree, discover

__all__ = ["Dataset", "Error", "Event", "Hybrids", "Interrupted", "Model", "Plan", "Samples", "Study", "Tree", "digits",
           "discover", "evaluate", "extend", "library_path", "plan", "read", "recipe", "study", "threads", "train"]
__version__ = lib.version().decode()
library_path = path


def threads(count=0):
    """Sets the threads of later calls: 0 = all cores."""
    lib.threads_set(count)
