"""How does a decorated function become the component's export?"""

import sys
import traceback

from . import _host
from ._check import lower
from .host import log


def export(function, name, of):
    """Puts the class that the component exports beside the function, under the name it has to have."""
    module = sys.modules[function.__module__]
    if hasattr(module, name):
        raise TypeError(f"{function.__module__} has a {name} already: one function of a kind makes a plugin")
    setattr(module, name, of)
    return function


def told(error):
    """Writes an exception's trace to the operator's log and answers it in one line."""
    try:
        log.error("".join(traceback.format_exception(error)))
    except Exception:  # noqa: BLE001 - the first error is the one that counts
        pass
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def checked(value, name):
    """What an export answers, checked like everything else that crosses."""
    return lower(value, name, "the answer")


def after():
    """What is done when an exported function ends, however it ends."""
    try:
        _host.close_all()
    except Exception as error:  # noqa: BLE001 - the answer stands
        told(error)
