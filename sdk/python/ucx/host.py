"""What may a plugin ask of the host? Tables, settings, secrets, storage, figures, lines for the log, time, HTTP."""

import json as _json
from dataclasses import dataclass

from . import types
from ._host import Handle, call


class _Log:
    """Lines for the operator's log."""

    def line(self, level, text):
        """A line at that level, a word such as `info`."""
        call("logging.log", level, "", str(text))

    def debug(self, text):
        """A decision was made."""
        self.line("debug", text)

    def info(self, text):
        """Something happened."""
        self.line("info", text)

    def warn(self, text):
        """Something is not as it should be."""
        self.line("warn", text)

    def error(self, text):
        """Something is broken."""
        self.line("error", text)

    def critical(self, text):
        """Something is broken beyond repair."""
        self.line("critical", text)


log = _Log()


@dataclass(frozen=True)
class Table:
    """A table the operator keeps. The manifest has to ask for it."""

    name: str

    def find(self, key):
        """The row with exactly this key, or none."""
        return call("lookup.find", self.name, key)

    def longest_prefix(self, digits):
        """The row whose key is the longest prefix of the digits, or none."""
        return call("lookup.longest_prefix", self.name, digits)

    def find_many(self, keys):
        """Several exact keys in one go; a row or none for each."""
        return call("lookup.find_many", self.name, keys)


def lookup(table):
    """The operator's table of that name."""
    return Table(table)


def config(name, default=None):
    """The operator's setting of that name. The manifest has to ask for it."""
    value = call("wasi_config_store.get", name)
    return default if value is None else value


def secret(name):
    """The secret of that name. The manifest has to ask for it."""
    return call("secrets.get", name)


def count(name, n=1, **labels):
    """Adds to a counter."""
    call("metrics.count", name, n, labels)


def observe(name, value, **labels):
    """Puts an observation into a histogram."""
    call("metrics.observe", name, value, labels)


def gauge(name, value, **labels):
    """Sets a gauge."""
    call("metrics.gauge", name, value, labels)


def local_time(at, zone=""):
    """What the clock shows in a zone at that moment."""
    return call("calendar.local", at, zone)


def is_open(schedule, at):
    """Is the operator's schedule open at that moment?"""
    return call("calendar.is_open", schedule, at)


class Bucket(Handle):
    """The plugin's own storage. Routers can only read it."""

    _resource = "wasi_keyvalue_store.bucket"

    def increment(self, key, delta=1):
        """Adds to a number and answers the sum."""
        return call("atomics.increment", self, key, delta)

    def set_expiring(self, key, value, ttl):
        """Sets a value that goes away after `ttl`."""
        call("keyvalue_extra.set_expiring", self, key, value, ttl)

    def get_versioned(self, key):
        """The value with its version, or none."""
        return call("keyvalue_extra.get_versioned", self, key)

    def swap(self, key, expected, value):
        """Sets only if the version is `expected`; the new version, or none if somebody else was faster."""
        return call("keyvalue_extra.swap", self, key, expected, value)


def bucket(name="default"):
    """Opens a bucket. The manifest has to ask for it."""
    return call("wasi_keyvalue_store.open", name)


def now():
    """Milliseconds since 1970, by the host's clock. A router takes the time of its request instead."""
    moment = call("wall_clock.now")
    return moment.seconds * 1000 + moment.nanoseconds // 1_000_000


def random_bytes(count):
    """Bytes nobody can guess."""
    return call("random.get_random_bytes", count)


def sleep(time):
    """Waits. Ends early with `Gone` when the caller hangs up."""
    call("turn.sleep", time)


def cancelled():
    """Does the host want the plugin to finish?"""
    return call("turn.cancelled")


def set_timer(delay, tag):
    """Delivers an event `timer` with that subject after `delay`; answers its id."""
    return call("turn.set_timer", delay, tag)


def cancel_timer(timer):
    """Calls a timer off."""
    call("turn.cancel_timer", timer)


@dataclass
class Answer:
    """What an HTTP server answered."""

    status: int
    headers: list
    body: bytes

    @property
    def ok(self):
        """Is it a 2xx?"""
        return 200 <= self.status < 300

    def text(self):
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self):
        """The body as JSON."""
        return _json.loads(self.body)

    def header(self, name):
        """The first header of that name, or none."""
        return next((h.value for h in self.headers if h.name.lower() == name.lower()), None)


def fetch(url, method="GET", headers=None, body=b"", json=None, timeout=0):
    """Asks an HTTP server and waits for the answer. The manifest has to ask for its host. A status of 500 is an answer."""
    headers = dict(headers or {})
    if json is not None:
        body = _json.dumps(json)
        headers.setdefault("content-type", "application/json")
    if isinstance(body, str):
        body = body.encode("utf-8")
    lines = [types.Header(name, value) for name, value in headers.items()]
    answer = call("http.fetch", types.Request(method, url, lines, body, timeout))
    return Answer(answer.status, answer.headers, answer.body)


def seconds(number):
    """That many seconds, in the milliseconds that every time here is given in."""
    return round(number * 1000)


def _first(self, name):
    return next((attr.value.value for attr in self if attr.name == name), None)


def _value(self, name, default=None):
    """The value of that attribute, or the default; the first of a name counts."""
    found = _first(self.columns if hasattr(self, "columns") else self.attrs, name)
    return default if found is None else found


def _text(self, name, default=None):
    """The text of that name, or the default if it is absent or no text."""
    found = _value(self, name)
    return found if isinstance(found, str) else default


def _int(self, name, default=None):
    """The whole number of that name; a text that reads as one counts."""
    found = _value(self, name)
    if isinstance(found, str):
        try:
            return int(found)
        except ValueError:
            return default
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def _require(self, column):
    """The text in that column; a `ValueError` that names row and column if there is none."""
    found = _text(self, column)
    if not found:
        raise ValueError(f"row {self.key} has no {column}")
    return found


def _header(self, name):
    """The first header of that name, in any case, or none."""
    return next((h.value for h in self.headers if h.name.lower() == name.lower()), None)


for _class in (types.Row, types.RouteRequest, types.Event, types.ChannelInfo):
    _class.value, _class.text, _class.int = _value, _text, _int
types.Row.require = _require
types.RouteRequest.header = _header
