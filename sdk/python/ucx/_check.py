"""Checks every value before it crosses into the host, where a wrong one would end the component without an exception.

What is meant is taken: a `dict` for attributes, a text for a sound file, a `timedelta` for milliseconds.
"""

from datetime import timedelta

from . import types
from ._shapes import TYPES
from .errors import InvalidValue

_RANGES = {
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
    "millis": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1),
    "s8": (-(2**7), 2**7 - 1),
    "s16": (-(2**15), 2**15 - 1),
    "s32": (-(2**31), 2**31 - 1),
    "s64": (-(2**63), 2**63 - 1),
}


def lower(value, of, where):
    """The value as the host takes it, or `InvalidValue`."""
    if isinstance(of, str):
        return _PLAIN[of](value, where) if of in _PLAIN else _named(value, of, where)
    kind, inner = of[0], of[1]
    if kind == "list":
        return _list(value, inner, where)
    if kind == "option":
        return None if value is None else lower(value, inner, where)
    if kind == "tuple":
        if not isinstance(value, (tuple, list)) or len(value) != len(of) - 1:
            raise _wrong(value, f"{len(of) - 1} values", where)
        return tuple(lower(v, t, f"{where}[{n}]") for n, (v, t) in enumerate(zip(value, of[1:])))
    return _handle(value, kind, inner, where)


def _wrong(value, wanted, where):
    shown = repr(value)
    return InvalidValue(f"{where}: {wanted} expected, not {shown if len(shown) <= 80 else shown[:77] + '...'}")


def _text(value, where):
    if not isinstance(value, str):
        raise _wrong(value, "text", where)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _wrong(value, "text without lone surrogates", where) from None
    return str(value)


def _bool(value, where):
    if not isinstance(value, bool):
        raise _wrong(value, "True or False", where)
    return value


def _real(value, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(value, "a number", where)
    try:
        return float(value)
    except OverflowError:
        raise _wrong(value, "a number that fits 64 bits", where) from None


def _bytes(value, where):
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _wrong(value, "bytes", where)
    return bytes(value)


def _whole(name):
    low, high = _RANGES[name]

    def check(value, where):
        if name == "millis" and isinstance(value, timedelta):
            value = round(value.total_seconds() * 1000)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _wrong(value, f"a whole number from {low} to {high}", where)
        return int(value)

    return check


_PLAIN = {"string": _text, "bool": _bool, "f64": _real, "bytes": _bytes}
_PLAIN.update((name, _whole(name)) for name in _RANGES)


def _list(value, inner, where):
    if inner == "common.attr" and isinstance(value, dict):
        value = [types.Attr(name, attr) for name, attr in value.items()]
    if inner == "media.media-item" and isinstance(value, _ONE_ITEM):
        value = [value]
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        raise _wrong(value, "a list", where)
    return [lower(v, inner, f"{where}[{n}]") for n, v in enumerate(value)]


def _handle(value, kind, resource, where):
    if getattr(value, "_resource", None) != resource:
        raise _wrong(value, f"a {resource.rsplit('.', 1)[1]}", where)
    return value._lend() if kind == "borrow" else value._give()


def _named(value, name, where):
    kind, _, class_name, parts = TYPES[name]
    if kind == "enum":
        return _enum(value, getattr(types, class_name), where)
    if kind == "variant":
        return _variant(value, name, class_name, parts, where)
    return _record(value, getattr(types, class_name), parts, where)


def _enum(value, of, where):
    if isinstance(value, of):
        return value
    word = value.upper().replace("-", "_") if isinstance(value, str) else ""
    if word in of.__members__:
        return of[word]
    words = ", ".join(member.name.lower().replace("_", "-") for member in of)
    raise _wrong(value, f"one of {words}", where)


def _variant(value, name, class_name, parts, where):
    meant = _MEANT.get(name)
    if meant is not None:
        value = meant(value)
    case = type(value).__name__
    for part, inner in parts:
        if part == case and type(value) is getattr(types, part):
            if inner is None:
                return value
            return type(value)(lower(value.value, inner, f"{where}.value"))
    raise _wrong(value, f"one of the cases of {class_name}", where)


def _record(value, of, parts, where):
    if isinstance(value, dict):
        try:
            value = of(**value)
        except TypeError as error:
            raise InvalidValue(f"{where}: {error}") from None
    if not isinstance(value, of):
        raise _wrong(value, f"a {of.__name__}", where)
    made = object.__new__(of)
    for field, inner in parts:
        setattr(made, field, lower(getattr(value, field, None), inner, f"{where}.{field}"))
    return made


def _value(value):
    """What an attribute holds, by the type of Python's value."""
    if isinstance(value, bool):
        return types.Value_Boolean(value)
    if isinstance(value, int):
        return types.Value_Int(value)
    if isinstance(value, float):
        return types.Value_Real(value)
    if isinstance(value, str):
        return types.Value_Text(value)
    if isinstance(value, (bytes, bytearray)):
        return types.Value_Bytes(bytes(value))
    return value


_MEANT = {
    "common.value": _value,
    "media.media-item": lambda v: types.MediaItem_File(v) if isinstance(v, str) else v,
    "routing.target": lambda v: types.Target_Endpoint(v) if isinstance(v, str) else v,
}
_ONE_ITEM = (str,) + tuple(getattr(types, case) for case, _ in TYPES["media.media-item"][3])
