"""What the host answers when it did not do what was asked, as exceptions."""


class HostError(Exception):
    """The host did not do it. `code` is the word of the WIT package, `text` what it says to people."""

    code = "other"

    def __init__(self, text="", code=None, retry_after=None):
        self.code = code or type(self).code
        self.text = text
        #: Milliseconds after which another try can help, if that is known.
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {text}" if text else self.code)


class NotFound(HostError):
    """No such thing, or none that this plugin may see."""

    code = "not-found"


class Gone(HostError):
    """It is over: the caller hung up, or somebody else took control. Ends a call flow quietly."""

    code = "gone"


class Invalid(HostError):
    """The host refused an argument; the text says which and why."""

    code = "invalid"


class Denied(HostError):
    """The manifest did not ask for it or the operator did not grant it; the text is the line that would."""

    code = "denied"


class Quota(HostError):
    """A limit of this plugin is used up."""

    code = "quota"


class Conflict(HostError):
    """Not now, because of the state it is in."""

    code = "conflict"


class TimedOut(HostError):
    """The time given for it passed."""

    code = "timeout"


class Cancelled(HostError):
    """It was called off."""

    code = "cancelled"


class Unavailable(HostError):
    """A part of the host or of the network does not answer; the text says which."""

    code = "unavailable"


class InvalidValue(TypeError, ValueError):
    """A value does not fit the WIT type. Found before the call; the message says where and what was expected."""


class NotAnswered(Exception):
    """Nobody took the call that was dialled. `result` says why."""

    def __init__(self, result):
        self.result = result
        self.status = result.status
        super().__init__(f"not answered: {result.status.name.lower().replace('_', '-')}")


_BY_CASE = {
    "Error_NotFound": NotFound,
    "Error_Gone": Gone,
    "Error_Invalid": Invalid,
    "Error_Denied": Denied,
    "Error_Conflict": Conflict,
    "Error_Timeout": TimedOut,
    "Error_Cancelled": Cancelled,
    "Error_Unavailable": Unavailable,
    # The standard interfaces have cases of their own.
    "Error_NoSuchStore": NotFound,
    "Error_AccessDenied": Denied,
    "Error_Upstream": Unavailable,
    "Error_Io": Unavailable,
}


def from_host(error):
    """The exception for an error value of the host."""
    case, value = type(error).__name__, getattr(error, "value", None)
    if case == "Error_Quota":
        return Quota(retry_after=value)
    if case in _BY_CASE:
        return _BY_CASE[case](value or "")
    if hasattr(value, "message"):
        return HostError(value.message, code=value.code, retry_after=value.retry_after)
    return HostError(str(value if value is not None else error))
