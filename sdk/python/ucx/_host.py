"""How is the host called? Values are checked, its errors become exceptions, its handles are remembered and closed."""

from dataclasses import fields, is_dataclass

from . import errors
from ._adopt import Err, host_module, neutral
from ._check import lower
from ._shapes import FUNCTIONS, TYPES

#: In unit tests: answers instead of the host; see `ucx.testing`.
stand_in = None

#: Handles that nobody closed yet.
_open = []
#: Which class wraps which resource.
_wrappers = {}


def call(name, *args, on=None):
    """Calls the function of that name, `lookup.find` or `channels.channel.play`, the latter on a handle's raw object."""
    function = _function(name, on)
    checked = [lower(value, of, param) for value, (param, of) in zip(args, FUNCTIONS[name], strict=True)]
    try:
        result = function(*checked)
    except Err as error:
        raise errors.from_host(error.value) from None
    return wrap(result)


def _function(name, on):
    *path, last = name.split(".")
    if on is not None:
        return getattr(on, last)
    if stand_in is not None:
        return stand_in.function(name)
    module = host_module(path[0])
    if module is None:
        raise errors.Unavailable(f"the world of this component has no {path[0]}; ask for another world in plugin.toml")
    if len(path) == 2:
        module = getattr(module, TYPES[".".join(path)][2])
    return getattr(module, last)


def wrap(result):
    """Puts the handles in a result into their classes."""
    if type(result).__name__ in _wrappers and not isinstance(result, Handle):
        return _wrappers[type(result).__name__](result)
    if is_dataclass(result):
        for field in fields(result):
            value = getattr(result, field.name)
            if type(value).__name__ in _wrappers and not isinstance(value, Handle):
                setattr(result, field.name, wrap(value))
    return result


def close_all():
    """Closes what a function left open. Python may never collect it, and the host should not have to wait."""
    while _open:
        _open[-1].close()


class Handle:
    """A handle of the host's: closed by `with`, by `close`, or when the exported function returns."""

    _resource = ""

    def __init__(self, raw):
        self._raw = raw
        _open.append(self)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not cls._resource:
            return
        _wrappers[TYPES[cls._resource][2]] = cls
        start = f"{cls._resource}."
        for name, params in FUNCTIONS.items():
            method = name[len(start) :]
            if name.startswith(start) and method not in vars(cls):
                setattr(cls, method, _method(name, params))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Lets go of it. What this does is written at the resource in the WIT package."""
        raw = self._forget()
        if raw is not None and hasattr(raw, "__exit__"):
            raw.__exit__(None, None, None)

    def _forget(self):
        raw, self._raw = self._raw, None
        _open[:] = [handle for handle in _open if handle is not self]
        return raw

    def _lend(self):
        if self._raw is None:
            raise errors.Gone(f"this {self._resource.rsplit('.', 1)[1]} was closed")
        return self._raw

    def _give(self):
        self._lend()
        return self._forget()

    def _call(self, method, *args):
        return call(f"{self._resource}.{method}", *args, on=self._lend())


def arguments(name, params, args, kwargs):
    """Fills a function's parameters: by place, by name, by the fields of the record that stands last; then neutrally."""
    if len(args) > len(params):
        raise TypeError(f"{name} takes {len(params)} arguments, not {len(args)}")
    filled = dict(zip((param for param, _ in params), args))
    for param, of in params[len(args) :]:
        if param in kwargs:
            filled[param] = kwargs.pop(param)
        elif isinstance(of, str) and of in TYPES and TYPES[of][0] == "record":
            own = {field for field, _ in TYPES[of][3]}
            filled[param] = {field: kwargs.pop(field) for field in list(kwargs) if field in own}
        else:
            filled[param] = _neutral(of, name, param)
    if kwargs:
        raise TypeError(f"{name} has no {', '.join(sorted(kwargs))}")
    return [filled[param] for param, _ in params]


def _neutral(of, name, param):
    value = neutral(of)
    if value is None and of[0] != "option":
        raise TypeError(f"{name} needs {param}")
    return value


def _method(name, params):
    method = name.rsplit(".", 1)[1]

    def run(self, *args, **kwargs):
        return self._call(method, *arguments(method, params, args, kwargs))

    run.__name__ = method
    run.__doc__ = f"`{name.replace('_', '-')}` of the WIT package; what is left out is neutral."
    return run
