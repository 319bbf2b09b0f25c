"""Write UCX plugins in Python.

```python
from ucx import connect, lookup, pass_, router, seconds, trunk

@router
def route(request):
    row = lookup("routes").longest_prefix(request.dialled)
    if row is None:
        return pass_("no prefix fits")
    return connect([trunk(row.require("trunk"), request.dialled, ring=seconds(20))], because=f"prefix {row.key}")
```

Times are whole milliseconds, as in the WIT packages; `seconds(20)` and `timedelta` are taken too. Every value is checked
before it crosses into the host: a wrong one is an `InvalidValue`, with the place where it stands.
"""

from . import testing, types
from .errors import (
    Cancelled,
    Conflict,
    Denied,
    Gone,
    HostError,
    Invalid,
    InvalidValue,
    NotAnswered,
    NotFound,
    Quota,
    TimedOut,
    Unavailable,
)
from .events import Reject, Retry, subscriber
from .flows import (
    Bridge,
    Channel,
    Characters,
    Date,
    Dialing,
    Digits,
    File,
    Number,
    Phonetic,
    Playback,
    Recording,
    Silence,
    Stored,
    Tone,
    Url,
    adopt,
    call_flow,
    create_bridge,
    done,
    failed,
    goto,
    hang_up,
    next_event,
    originate,
)
from .host import (
    bucket,
    cancel_timer,
    cancelled,
    config,
    count,
    fetch,
    gauge,
    is_open,
    local_time,
    log,
    lookup,
    now,
    observe,
    random_bytes,
    secret,
    seconds,
    set_timer,
    sleep,
)
from .routing import connect, continue_at, endpoint, pass_, place, queue, reject, router, to, trunk, uri, voicemail

__all__ = [name for name in globals() if not name.startswith("_")]
