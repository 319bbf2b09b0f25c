"""How does a plugin lead a call? In straight lines: each function waits, and `Gone` ends the flow when the caller leaves."""

from . import errors, types
from ._export import after, checked, export, told
from ._host import Handle, arguments, call
from ._shapes import FUNCTIONS
from .routing import place

#: How long a caller may think before the first digit, and between two, unless a flow says otherwise.
FIRST_DIGIT, BETWEEN_DIGITS = 5000, 2000

File = types.MediaItem_File
Tone = types.MediaItem_Tone
Digits = types.MediaItem_Digits
Characters = types.MediaItem_Characters
Phonetic = types.MediaItem_Phonetic
Url = types.MediaItem_Url
Stored = types.MediaItem_Recording
Silence = types.MediaItem_Silence


def Number(number, gender=""):  # noqa: N802 - reads like its neighbours
    """A number, spoken as one."""
    return types.MediaItem_Number(types.SpokenNumber(number, gender))


def Date(at, zone="", format=""):  # noqa: N802, A002
    """Date and time, spoken."""
    return types.MediaItem_Date(types.SpokenTime(at, zone, format))


class Playback(Handle):
    """Something being played."""

    _resource = "media.playback"


class Recording(Handle):
    """Something being recorded."""

    _resource = "media.recording"


class Dialing(Handle):
    """A dial under way."""

    _resource = "channels.dialing"


class Bridge(Handle):
    """Where channels meet."""

    _resource = "bridges.bridge"


class Spying(Handle):
    """Listening in."""

    _resource = "monitoring.spying"


def _options(name, filled, kwargs):
    """Arguments of a method of the channel, the record that stands last by its fields."""
    return arguments(name, FUNCTIONS[f"channels.channel.{name}"], filled, kwargs)


def _groups(legs):
    """Legs that ring together, or groups of them that are tried one after another."""
    groups = [leg if isinstance(leg, (list, tuple)) else None for leg in legs]
    return [list(legs)] if None in groups else [list(group) for group in groups]


class Channel(Handle):
    """A leg of a call. Methods that are not written out here are those of the WIT package."""

    _resource = "channels.channel"

    @property
    def name(self):
        """`PJSIP/6001-00000001`."""
        return self.info().name

    def hangup(self, cause=16):
        """Hangs up with a Q.850 cause."""
        self._call("hangup", cause)

    def play(self, *items, **options):
        """Plays texts (sound files) and media items to the end; options are those of `play-options`."""
        return self._call("play", *_options("play", (items,), options))

    def start_play(self, *items, **options):
        """Starts to play and goes on."""
        return self._call("start_play", *_options("start_play", (items,), options))

    def gather(self, prompt=(), **spec):
        """Plays a prompt and collects digits; a key cuts the prompt short and `#` ends, unless the spec says otherwise."""
        usual = {"min_digits": 1, "terminators": "#", "first": FIRST_DIGIT, "between": BETWEEN_DIGITS, "barge_in": True}
        return self._call("gather", *_options("gather", (), {"prompt": prompt, **usual, **spec}))

    def record(self, name="", format="wav", terminators="#", **spec):  # noqa: A002
        """Records until a key, silence or the time ends it."""
        spec = {"name": name, "format": format, "terminators": terminators, "beep": True, **spec}
        return self._call("record_message", *_options("record_message", (), spec))

    def start_recording(self, name="", format="wav", **spec):  # noqa: A002
        """Starts to record and goes on."""
        spec = {"name": name, "format": format, **spec}
        return self._call("start_recording", *_options("start_recording", (), spec))

    def dial(self, *legs, ring=0, **spec):
        """Dials legs together, or lists of legs one after another; answers the leg that took it, not yet connected.

        `ring` is for all of it, in milliseconds. Raises `NotAnswered`.
        """
        spec = {"groups": _groups(legs), "timeout": ring, **spec}
        result = self._call("dial", *_options("dial", (), spec))
        if result.answered is None:
            raise errors.NotAnswered(result)
        return result.answered

    def start_dial(self, *legs, ring=0, **spec):
        """Starts to dial and goes on."""
        spec = {"groups": _groups(legs), "timeout": ring, **spec}
        return self._call("start_dial", *_options("start_dial", (), spec))

    def variable(self, name):
        """A channel variable, or none."""
        return self._call("get_variable", name)

    def headers(self, name):
        """All values of a SIP header of the INVITE that made this leg."""
        return self._call("get_headers", name)

    def user_event(self, name, **attrs):
        """Publishes an event `user.<name>` about this leg."""
        self._call("user_event", name, attrs)

    def subroutine(self, context, exten="s", priority=1, *args):
        """Runs a subroutine of the dialplan and answers its return value."""
        return self._call("call_subroutine", place(context, exten, priority), [str(arg) for arg in args])


class Arguments(dict):
    """What a flow was handed, by name (`arg1`, `arg2`...); `args[0]` is the first."""

    def __init__(self, attrs):
        super().__init__((attr.name, attr.value.value) for attr in attrs)

    def __getitem__(self, name):
        return super().__getitem__(f"arg{name + 1}" if isinstance(name, int) else name)


def call_flow(function):
    """Makes `function(channel, args)` the plugin's call flow. It answers what becomes of the caller; nothing means `done`."""

    class Flow:
        def run(self, caller, args):
            try:
                outcome = function(Channel(caller), Arguments(args))
                return checked(done() if outcome is None else outcome, "flow.outcome")
            except errors.Gone:
                return done()
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets the fallback
                return failed(told(error))
            finally:
                after()

    return export(function, "Flow", Flow)


def done():
    """Goes on after the step that called the flow."""
    return types.Outcome_Done()


def goto(context, exten="s", priority=1):
    """Goes on in the dialplan there."""
    return types.Outcome_ContinueAt(place(context, exten, priority))


def hang_up(cause=16):
    """Hangs up with that Q.850 cause."""
    return types.Outcome_Hangup(cause)


def failed(words):
    """It did not work out: the caller gets the manifest's fallback."""
    return types.Outcome_Failed(words)


def next_event(wait):
    """The next event about the legs this flow holds, or none after that many milliseconds."""
    return call("channels.next_event", wait)


def originate(leg, **spec):
    """Makes a call and answers the leg that took it. Raises `NotAnswered`."""
    result = call("channels.originate", {"leg": leg, **spec})
    if result.answered is None:
        raise errors.NotAnswered(result)
    return result.answered


def adopt(channel_id):
    """Takes authority over a leg the grant lets this plugin take."""
    return call("channels.adopt", channel_id)


def create_bridge(kind="mixing", name="", **attrs):
    """Makes a bridge."""
    return call("bridges.bridge.create", {"kind": kind, "name": name, "attrs": attrs})
