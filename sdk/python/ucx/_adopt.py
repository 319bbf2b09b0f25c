"""Makes the types of this package and those of the component one and the same."""

import importlib
from dataclasses import is_dataclass

from ._shapes import FUNCTIONS, TYPES

try:
    from componentize_py_types import Err
except ImportError:  # In unit tests, without a component around.

    class Err(Exception):  # type: ignore[no-redef]
        """The failure of a function that answers a result."""

        def __init__(self, value):
            super().__init__(value)
            self.value = value


def _load(key):
    for side in ("imports", "exports"):
        try:
            return importlib.import_module(f"wit_world.{side}.{key}")
        except ImportError:
            continue
    return None


# All at once, while the component is built: when it runs there are no files to import from.
_MODULES = {key: _load(key) for key in {name.split(".")[0] for name in (*TYPES, *FUNCTIONS)}}


def host_module(key):
    """The component's module of that interface, or none: a world has only the interfaces it names."""
    return _MODULES[key]


def adopt(names, modules):
    """Puts the component's class in the place of ours wherever it has one, and gives it our defaults."""
    for name, key in modules.items():
        theirs = getattr(host_module(key), name, None)
        if theirs is None:
            continue
        if is_dataclass(theirs):
            theirs.__init__ = names[name].__init__
        names[name] = theirs


_PLAIN = {"string": "", "bool": False, "f64": 0.0, "bytes": b""}


def neutral(of):
    """What stands for a value of that type which was left out: an empty one, the first word, or nothing at all."""
    from . import types

    if not isinstance(of, str):
        return [] if of[0] == "list" else None
    if of not in TYPES:
        return _PLAIN.get(of, 0)
    kind, _, class_name, parts = TYPES[of]
    if kind == "variant":
        return None
    made = getattr(types, class_name)
    if kind == "enum":
        return next(iter(made))
    record = object.__new__(made)
    for field, inner in parts:
        setattr(record, field, neutral(inner))
    return record
