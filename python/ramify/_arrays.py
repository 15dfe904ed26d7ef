"""Objects and samples as NumPy arrays: the library's memory seen by NumPy, or the other way round."""

import ctypes

import numpy

from ._library import Owned, lib, structs, texts


def view(owner, address, kind, shape):
    """An array over the library's memory, which `owner` keeps alive."""
    count = int(numpy.prod(shape, dtype=numpy.int64))
    if count == 0:
        return numpy.empty(shape, kind)
    memory = (ctypes.c_char * (count * numpy.dtype(kind).itemsize)).from_address(address)
    memory.owner = owner
    return numpy.frombuffer(memory, dtype=kind).reshape(shape)


def names(address, count):
    """The texts of a char **."""
    return tuple(text.decode("utf-8") for text in (ctypes.c_char_p * count).from_address(address)) if count else ()


def floats(x):
    """As the library reads them: a copy only where type or layout differ."""
    return numpy.ascontiguousarray(x, dtype=numpy.float32)


def pointer(array):
    return None if array is None else array.ctypes.data


class Dataset:
    """Labelled objects.

    x        [n, …]: [n, features] for tables, [n, height, width, channels] for images; float32
    label    [n], numbers into `classes`; given as other values, these become the classes
    classes  names
    low, high   the range that the data's format promises (bytes: 0 and 255); equal: none
    """

    def __init__(self, x, label, classes=None, low=0.0, high=0.0):
        self.x, self.low, self.high = floats(x), float(low), float(high)
        if self.x.ndim == 3:
            self.x = self.x[..., None]
        if self.x.ndim not in (2, 4):
            raise ValueError(f"x has {self.x.ndim} dimensions; expected 2 (tables), 3 or 4 (images)")
        label = numpy.asarray(label)
        if label.shape != (len(self.x),):
            raise ValueError(f"label has shape {label.shape}; expected one of {len(self.x)} objects")
        if classes is None:
            known, label = numpy.unique(label, return_inverse=True)
            classes = [str(name) for name in known]
        self.classes = tuple(map(str, classes))
        self.label = numpy.ascontiguousarray(label, dtype=numpy.int32)
        if len(label) and not 0 <= self.label.min() <= self.label.max() < len(self.classes):
            raise ValueError(f"labels go from {self.label.min()} to {self.label.max()}; "
                             f"expected numbers of {len(self.classes)} classes")

    @classmethod
    def _owned(cls, struct):
        """Takes over a filled rmf_dataset."""
        owner = Owned(struct, lib.dataset_free)
        shape = tuple(struct.shape)[: struct.rank]
        self = cls.__new__(cls)
        self.x = view(owner, struct.x, numpy.float32, (struct.n, *shape))
        self.label = view(owner, struct.label, numpy.int32, (struct.n,))
        self.classes = names(struct.class_name, struct.n_classes)
        self.low, self.high = struct.low, struct.high
        return self

    def __len__(self):
        return len(self.x)

    def __repr__(self):
        return f"<{type(self).__name__}: {len(self)} objects {self.x.shape[1:]} of {len(self.classes)} classes>"

    def of(self, name):
        """The objects of one class."""
        return self.x[self.label == self.classes.index(str(name))]

    def save(self, path):
        """As .npz, which every command and every recipe (data.path) reads."""
        numpy.savez(path, x=self.x, label=self.label, classes=numpy.array(self.classes))

    def _struct(self):
        """An rmf_dataset that borrows the arrays: for the time of a call."""
        names_kept = texts(self.classes)
        struct = structs["rmf_dataset"](
            n=len(self.x), features=self.x[:1].size or int(numpy.prod(self.x.shape[1:])), rank=self.x.ndim - 1,
            x=pointer(self.x), label=pointer(self.label), n_classes=len(self.classes),
            class_name=ctypes.addressof(names_kept), low=self.low, high=self.high, source=b"array")
        for i in range(3):
            struct.shape[i] = self.x.shape[1 + i] if i + 1 < self.x.ndim else 1
        struct.kept = names_kept
        return struct


class Samples(Dataset):
    """A Dataset that was drawn: beside its arrays seed, sampler, guidance and nfe, the network evaluations
    of one sample along its way."""

    @classmethod
    def _drawn(cls, struct):
        owner = Owned(struct, lib.samples_free)
        self = cls.__new__(cls)
        self._owner = owner
        self.x = view(owner, struct.x, numpy.float32, (struct.n, *tuple(struct.shape)[: struct.rank]))
        self.label = view(owner, struct.label, numpy.int32, (struct.n,))
        self.classes = names(struct.class_name, struct.n_classes)
        self.low, self.high = struct.low, struct.high
        self.seed, self.nfe, self.guidance = struct.seed, struct.nfe, struct.guidance
        self.sampler = struct.sampler.decode()
        return self

    def write(self, path, force=False):
        """.npz, .csv or .png (a grid, a row for each class), by the ending."""
        lib.samples_write(ctypes.byref(self._owner.struct), str(path).encode(), force)
