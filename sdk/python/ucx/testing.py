"""How are a plugin's decisions tested without a host? With a stand-in that answers from what the test sets.

```python
with testing.Host(tables={"routes": {"+44": {"trunk": "london"}}}):
    verdict = app.Router().route(testing.request("+442071234567"))
```
"""

from . import _host, types
from ._adopt import Err


class Host:
    """The host's functions, answered from tables, settings and secrets; what the plugin did is kept."""

    def __init__(self, tables=None, config=None, secrets=None, answers=None):
        self.tables, self.config, self.secrets = tables or {}, config or {}, secrets or {}
        #: Answers of other functions by name (`http.fetch`): a value, or a function of the arguments.
        self.answers = answers or {}
        self.lines, self.counters, self.calls = [], {}, []

    def __enter__(self):
        _host.stand_in = self
        return self

    def __exit__(self, *_):
        _host.stand_in = None

    def function(self, name):
        """What answers instead of the host's function of that name."""
        own = getattr(self, "_" + name.replace(".", "_"), None)
        if own is not None:
            return own

        def answer(*args):
            self.calls.append((name, *args))
            if name not in self.answers:
                raise AssertionError(f"the test gives no answer for {name}")
            given = self.answers[name]
            return given(*args) if callable(given) else given

        return answer

    def _logging_log(self, level, _context, text):
        self.lines.append((level.name.lower(), text))

    def _rows(self, table):
        if table not in self.tables:
            raise Err(types.Error_NotFound())
        return self.tables[table]

    def _lookup_find(self, table, key):
        columns = self._rows(table).get(key)
        return None if columns is None else row(key, columns)

    def _lookup_longest_prefix(self, table, digits):
        rows = self._rows(table)
        ends = range(len(digits), -1, -1)
        return next((row(digits[:end], rows[digits[:end]]) for end in ends if digits[:end] in rows), None)

    def _lookup_find_many(self, table, keys):
        return [self._lookup_find(table, key) for key in keys]

    def _wasi_config_store_get(self, name):
        return self.config.get(name)

    def _secrets_get(self, name):
        if name not in self.secrets:
            raise Err(types.Error_NotFound())
        return self.secrets[name]

    def _metrics_count(self, name, n, _labels):
        self.counters[name] = self.counters.get(name, 0) + n


class Caller:
    """A caller with a script: what is pressed at each `gather`, how each dial ends. What the flow did is in `done`."""

    def __init__(self, digits=(), dials=(), variables=None, gone_at=None):
        self.digits, self.dials = list(digits), list(dials)
        self.variables = variables or {}
        #: The name of the method at which the caller has hung up.
        self.gone_at = gone_at
        self.done, self.closed = [], False

    def __exit__(self, *_):
        self.closed = True

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*args):
            self.done.append((name, *args))
            if name == self.gone_at:
                raise Err(types.Error_Gone())
            return self._answer(name, args)

        return method

    def _answer(self, name, args):
        if name == "play":
            return types.Played(types.Ending.COMPLETE)
        if name == "gather":
            digits = self.digits.pop(0) if self.digits else ""
            return types.Gathered(digits, types.Ending.COMPLETE if digits else types.Ending.TIMED_OUT)
        if name == "dial":
            status = self.dials.pop(0) if self.dials else "no-answer"
            status = types.DialStatus[status.upper().replace("-", "_")]
            answered = Channel() if status is types.DialStatus.ANSWERED else None
            return types.DialResult(status, answered)
        if name == "connect":
            return types.ConnectResult(False, 1000)
        if name == "get_variable":
            return self.variables.get(args[0])
        return None


class Channel(Caller):
    """A leg that was dialled."""


def run(flow, caller, *args):
    """Runs a flow's exported class for a caller; answers the outcome."""
    return flow().run(caller, [types.Attr(f"arg{n}", types.Value_Text(arg)) for n, arg in enumerate(args, 1)])


def row(key, columns):
    """A row of a table."""
    return types.Row(key, [types.Attr(name, types.Value_Text(text)) for name, text in columns.items()])


def request(dialled, caller="6001", **fields):
    """A question about a call to that number."""
    place = types.Location("default", dialled, "1")
    asked = {"call": "1", "direction": types.Direction.INTERNAL, "caller": types.Party(caller), "place": place}
    return types.RouteRequest(dialled=dialled, **{**asked, **fields})


def event(seq, kind, **attrs):
    """An event of that kind about call 1."""
    attrs = [types.Attr(name.replace("_", "-"), types.Value_Text(str(text))) for name, text in attrs.items()]
    return types.Delivery_Event(types.Event(seq=seq, kind=kind, edition=1, call="1", attrs=attrs))
