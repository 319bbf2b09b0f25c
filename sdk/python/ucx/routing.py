"""How does a router say where a call goes?"""

from . import types
from ._adopt import Err
from ._export import after, checked, export, told


def router(function):
    """Makes `function(request)` the plugin's router. It answers a verdict; an exception becomes the manifest's fallback."""

    class Router:
        def route(self, request):
            try:
                return checked(function(request), "routing.verdict")
            except Err:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the call gets its fallback
                words = told(error)
            finally:
                after()
            raise Err(words)

    return export(function, "Router", Router)


def connect(legs, because=""):
    """Dials these legs together; the first to answer wins."""
    return types.Verdict(types.Decision_Connect([list(legs)]), because)


def reject(cause, reason):
    """Refuses the call with an ITU-T Q.850 cause (17 busy, 21 rejected) and words for the trace."""
    return types.Verdict(types.Decision_Reject(types.Rejection(cause, 0, reason)), reason)


def pass_(because=""):
    """Leaves the call to the next router of the chain."""
    return types.Verdict(types.Decision_Pass(), because)


def continue_at(context, exten, priority=1, because=""):
    """Goes on in the dialplan at that place."""
    return types.Verdict(types.Decision_ContinueAt(place(context, exten, priority)), because)


def place(context, exten="s", priority=1):
    """A place in the dialplan; the priority is a number or a label."""
    return types.Location(context, exten, str(priority))


def to(target, ring=0, caller=None, headers=None, **attrs):
    """A leg to any destination, ringing that many milliseconds (0: as long as the host is set to)."""
    lines = [types.Header(name, value) for name, value in (headers or {}).items()]
    return types.Leg(target, ring, caller, lines, {name.replace("_", "-"): v for name, v in attrs.items()})


def endpoint(name, **leg):
    """A leg to an endpoint by its name."""
    return to(types.Target_Endpoint(name), **leg)


def trunk(name, number, **leg):
    """A leg to a number over a trunk."""
    return to(types.Target_Trunk(types.TrunkNumber(name, number)), **leg)


def queue(name, **leg):
    """A leg into a queue."""
    return to(types.Target_Queue(name), **leg)


def voicemail(mailbox, **leg):
    """A leg into a mailbox, `6001@default`."""
    return to(types.Target_Voicemail(mailbox), **leg)


def uri(address, **leg):
    """A leg to a SIP address. Needs a grant of its own."""
    return to(types.Target_Uri(address), **leg)


def _then(self, legs):
    """Adds legs that are tried together when the ones before did not answer."""
    self.decision.value.append(list(legs))
    return self


def _because(self, reason):
    """Gives the reason, in one sentence for people."""
    self.reason = reason
    return self


def _setting(self, name, value):
    """Sets a channel variable."""
    self.set.append(types.Attr(name, value))
    return self


types.Verdict.then, types.Verdict.because, types.Verdict.setting = _then, _because, _setting
