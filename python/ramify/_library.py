"""The shared library: where it is, its functions, errors as exceptions, progress as a callable."""

import ctypes
import json
import os
import pathlib
import weakref

from . import _headers

NAME = "libramify.so.0"

headers = _headers.Headers(_headers.find_folder())
structs = headers.structs
constants = headers.constants


class Error(Exception):
    """What the library says in its one line: place, what was found, what was expected, what to do.

    ``status`` is the name of the library's status: "ERR_USAGE", "ERR_IO" and so on.
    """

    def __init__(self, message, status="ERR_ARGUMENT"):
        super().__init__(message)
        self.status = status


class Interrupted(Error):
    """Work that stopped because a callback returned False.  A training is saved: go on with resume=True."""


# ---- loading ----

def _candidates():
    """RAMIFY_LIBRARY alone if it is set; else below a prefix that holds this package too, or in the build
    folder of a checkout; then wherever the loader looks."""
    given = os.environ.get("RAMIFY_LIBRARY")
    if given:
        return [given]
    package = pathlib.Path(__file__).resolve().parent
    places = [package] + list(package.parents)[:4]
    found = [str(folder / below / NAME) for folder in places for below in ("", "build")]
    return [path for path in found if os.path.exists(path)] + [NAME]


def _load():
    # Threads that wait should not spin for long: see main.c.  libgomp reads this when it is loaded.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    problems = []
    for path in _candidates():
        try:
            return ctypes.CDLL(path), path
        except OSError as error:
            problems.append(str(error))
    raise ImportError(f"{NAME}: {'; '.join(problems)}; expected an installed or built library: "
                      "RAMIFY_LIBRARY names one")


_handle, path = _load()


def _check(status, _function, _arguments):
    if status:
        name = headers.statuses[status] if status < len(headers.statuses) else str(status)
        line = _handle.rmf_message().decode("utf-8", "replace")
        raise (Interrupted if name == "ERR_INTERRUPTED" else Error)(line, name)
    return status


class _Functions:
    """Functions by name without rmf_; one that returns a status raises Error instead."""

    def __getattr__(self, name):
        full = "rmf_" + name
        if full not in headers.functions:
            raise AttributeError(f"the headers declare no {full}")
        result, arguments, is_status = headers.functions[full]
        function = _handle[full]  # a new object each time it is asked for; kept below
        function.restype = result
        if arguments is not None:
            function.argtypes = arguments
        if is_status:
            function.errcheck = _check
        setattr(self, name, function)
        return function


lib = _Functions()
_handle.rmf_message.restype = ctypes.c_char_p


def table(name):
    """Address of a table of options that a header declares."""
    return ctypes.addressof(ctypes.c_char.in_dll(_handle, name))


# ---- memory and texts ----

class Handle:
    """A pointer to something of the library's that is freed with this object."""

    def __init__(self, address, free):
        self.address = address
        self._as_parameter_ = ctypes.c_void_p(address)
        self._finalizer = weakref.finalize(self, free, ctypes.c_void_p(address))


class Borrowed:
    """A pointer that something else frees."""

    def __init__(self, address):
        self._as_parameter_ = ctypes.c_void_p(address)


class Owned:
    """A structure whose contents the library frees."""

    def __init__(self, struct, free):
        self.struct = struct
        self._finalizer = weakref.finalize(self, free, ctypes.byref(struct))


def created(function, *arguments, free):
    """What a function gives through its last argument."""
    out = ctypes.c_void_p()
    function(*arguments, ctypes.byref(out))
    return Handle(out.value, free)


def found(function, kind, name):
    """The address of a row of a registry; the function is its rmf_…_find()."""
    row = function(encoded(name))
    if not row:
        raise Error(f'{kind} is "{name}"; expected a name that `ramify list {kind}` shows', "ERR_USAGE")
    return row


def text_of(function, *arguments):
    """A text that a function gives through its last argument."""
    out = ctypes.c_void_p()
    function(*arguments, ctypes.byref(out))
    try:
        return ctypes.string_at(out.value).decode("utf-8")
    finally:
        lib.free(out)


def json_of(address):
    """A JSON value of the library (Jansson's json_t, a new reference) as Python has it."""
    return json.loads(text_of(lib.json_take_text, address))


def encoded(text):
    return None if text is None else os.fsencode(text) if isinstance(text, os.PathLike) else str(text).encode()


def texts(items):
    """A char *[]; keep it while it is in use."""
    items = [str(item).encode() for item in items]
    return (ctypes.c_char_p * max(len(items), 1))(*items)


def value_text(value):
    """As a recipe or an option writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(value_text(item) for item in value)
    return repr(value) if isinstance(value, float) else str(value)


def assignments(settings):
    """{"train.steps": 100} as "train.steps=100"."""
    return texts(f"{key}={value_text(value)}" for key, value in (settings or {}).items())


# ---- progress ----

class Event:
    """What long work tells now and then: activity, done, total, unit, loss, seconds_left, note."""

    def __init__(self, event):
        self.activity = (event.activity or b"").decode()
        self.unit = (event.unit or b"").decode()
        self.note = event.note.decode() if event.note else None
        self.done, self.total = event.done, event.total
        self.loss, self.seconds_left = event.loss, event.seconds_left

    def __repr__(self):
        return f"<{self.activity} {self.done}/{self.total} {self.unit}>"


_REPORT = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.POINTER(structs["rmf_progress_event"]))


class Progress:
    """`with Progress(callback) as p:` gives the rmf_progress for a call.

    callback(event) may return False to stop.  What it raises, Ctrl-C included, stops the work and is raised
    when the call is over.
    """

    def __init__(self, callback):
        self._callback, self._raised = callback, None
        self._report = _REPORT(self._tell)
        self._struct = structs["rmf_progress"](ctypes.cast(self._report, ctypes.c_void_p), None)

    def _tell(self, _context, event):
        try:
            return self._callback is None or self._callback(Event(event[0])) is not False
        except BaseException as error:
            self._raised = error
            return False

    def __enter__(self):
        return ctypes.byref(self._struct)

    def __exit__(self, _kind, error, _trace):
        if self._raised is not None and (error is None or isinstance(error, Error)):
            raise self._raised
        return False
