# Written by ucx-generate from the WIT packages; change those, then run `cargo xtask sdk`.
"""The types of the WIT packages. What is left out of a record has a neutral value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Optional, Union

from ._adopt import adopt, neutral


@dataclass
class BridgeSpec:
    """How to make a bridge."""

    kind: str = ""
    """Comma-separated as in ARI: `mixing`, `holding`, `dtmf_events`, `proxy_media`, `video_sfu`. Empty: `mixing`."""

    name: str = ""
    """A name for people; may be empty."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `id`, `sample-rate`, `video-mode`."""


@dataclass
class BridgeInfo:
    """A bridge as it is now."""

    id: str = ""
    """Its id."""

    kind: str = ""
    """As in `bridge-spec`."""

    name: str = ""
    """Name for people."""

    channels: list[str] = field(default_factory=list)
    """The legs in it."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `technology`, `created`, `music`."""


@dataclass
class MemberSpec:
    """How a leg takes part."""

    role: str = ""
    """`participant`, or in a holding bridge `announcer`."""

    absorb_digits: bool = False
    """Do not let the others hear its DTMF."""

    muted: bool = False
    """Do not let the others hear it."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `inhibit-connected-line`."""


class ChannelState(Enum):
    """How far a leg is."""

    DOWN = 0
    """Made, nothing sent yet."""

    DIALING = 1
    """We are calling out, nothing heard yet."""

    RINGING = 2
    """It rings at the far end, or we were told so."""

    PROGRESS = 3
    """Not answered, but sound goes through."""

    UP = 4
    """Answered."""

    BUSY = 5
    """Busy signal."""

    ENDED = 6
    """Over."""

    OTHER = 7
    """Anything else; the attribute `state` says what."""


@dataclass
class ChannelInfo:
    """A leg as it is now."""

    id: str = ""
    """Its id."""

    call: str = ""
    """The call it belongs to."""

    tenant: str = ""
    """Whose it is."""

    name: str = ""
    """`PJSIP/6001-00000001`."""

    state: ChannelState = field(default_factory=lambda: neutral("channels.channel-state"))
    """How far it is."""

    caller: Party = field(default_factory=lambda: neutral("common.party"))
    """Who is at this leg."""

    connected: Optional[Party] = None
    """Who it is connected with, if known."""

    dialled: str = ""
    """What it dialled."""

    place: Location = field(default_factory=lambda: neutral("common.location"))
    """Where it is in the dialplan."""

    language: str = ""
    """Language of sounds."""

    created: int = 0
    """When it was made."""

    answered: Optional[int] = None
    """When it was answered."""

    held: bool = False
    """Did the far end put us on hold?"""

    bridge: Optional[str] = None
    """The bridge it is in."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `codec`, `account`, `peer-address` (if granted), `state`."""


class Side(Enum):
    """Whose sound."""

    SPOKEN = 0
    """What this leg says."""

    HEARD = 1
    """What this leg hears."""

    BOTH = 2
    """Both."""


@dataclass
class DialSpec:
    """How to dial."""

    groups: list[list[Leg]] = field(default_factory=list)
    """Whom."""

    timeout: int = 0
    """For all of it together; 0: the legs' own times only."""

    early_media: bool = False
    """Let the caller hear what the far end sends before it answers (announcements, foreign ring tones)."""

    ring_back: list[MediaItem] = field(default_factory=list)
    """What the caller hears meanwhile; empty: ringing."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `confirm` (press a key to take the call), `privacy`, `forwarding` (`follow`, `ignore`), `tag`."""


class DialStatus(Enum):
    """What came of dialling."""

    ANSWERED = 0
    """Somebody answered."""

    BUSY = 1
    """All busy."""

    NO_ANSWER = 2
    """Nobody took it in time."""

    REJECTED = 3
    """Refused."""

    UNAVAILABLE = 4
    """Nobody there: not registered, no such number."""

    CONGESTION = 5
    """The network failed."""

    CANCELLED = 6
    """Called off by `cancel`, or the caller hung up."""

    OTHER = 7
    """Anything else; the attribute `status` says what."""


@dataclass
class ConnectSpec:
    """How to connect two legs."""

    max: int = 0
    """Longest; 0: no limit. Warnings are given as the host is configured."""

    features: str = ""
    """May the caller, the other side or both use feature codes, one letter each as in `Dial`: `T`, `t`, `H`, `h`, `K`, `k`..."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `record`, `bridge`, `warn-at`."""


@dataclass
class ConnectResult:
    """How a connection ended."""

    ended_by_us: bool = False
    """Did this leg end it? Otherwise the other side did."""

    talked: int = 0
    """How long they talked."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `reason` (`hangup`, `limit`, `transfer`), `cause`."""


@dataclass
class EnqueueSpec:
    """How to wait in a queue."""

    queue: str = ""
    """Which."""

    priority: int = 0
    """Higher is served earlier."""

    timeout: int = 0
    """Longest wait; 0: the queue's own."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `announce`, `rule`, `position`, `options`, `skills`; the selector sees them all."""


class QueueStatus(Enum):
    """How waiting ended."""

    SERVED = 0
    """An agent took the call, and it is over now."""

    TIMED_OUT = 1
    """Too long."""

    FULL = 2
    """The queue was full."""

    EMPTY = 3
    """Nobody is there: not let in, or sent out."""

    LEFT = 4
    """The caller pressed a key to leave."""

    OTHER = 5
    """Anything else; the attribute `status` says what."""


@dataclass
class EnqueueResult:
    """How waiting ended."""

    status: QueueStatus = field(default_factory=lambda: neutral("channels.queue-status"))
    """How."""

    agent: Optional[str] = None
    """Who served."""

    waited: int = 0
    """How long the caller waited."""

    key: str = ""
    """The key, if a key ended it."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `position`, `status`."""


class TransferStatus(Enum):
    """How a transfer ended."""

    DONE = 0
    """It went through; this leg is out of it."""

    REFUSED = 1
    """The far end refused, nothing changed."""

    OTHER = 2
    """Anything else, nothing changed; the attribute `status` says what."""


@dataclass
class TransferResult:
    """How a transfer ended."""

    status: TransferStatus = field(default_factory=lambda: neutral("channels.transfer-status"))
    """How."""

    sip_code: int = 0
    """SIP status of the answer to REFER, 0 if none was sent."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow."""


@dataclass
class DialResult:
    """The answer to `dial` and `originate`."""

    status: DialStatus = field(default_factory=lambda: neutral("channels.dial-status"))
    """What came of it."""

    answered: Optional["Channel"] = None
    """The leg that answered, only with `answered`. Not yet connected: use `connect`, or a bridge."""

    cause: int = 0
    """Q.850 cause of the last failure; 0 if answered."""

    sip_code: int = 0
    """SIP status of the last failure; 0 if none."""

    leg: int = 0
    """Which leg answered, counted from 0 over all groups."""

    rang: int = 0
    """How long it rang."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `status`, `causes`."""


@dataclass
class OriginateSpec:
    """A call the plugin makes by itself."""

    leg: Leg = field(default_factory=lambda: neutral("routing.leg"))
    """Whom to call."""

    caller: Party = field(default_factory=lambda: neutral("common.party"))
    """Room in words: shown as the caller to the leg that is called."""

    variables: list[Attr] = field(default_factory=list)
    """Channel variables for it; only granted names."""

    dedupe_key: str = ""
    """Asking again with the same key within ten minutes gives the first call, not a second one. Empty: no check."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `early-media`, `account`, `codecs`, `other-channel`."""


@dataclass
class JoinSpec:
    """How to join."""

    room: str = ""
    """The room; made if it is not there."""

    bridge_profile: str = ""
    """Profiles of confbridge.conf by name; empty: the default ones."""

    user_profile: str = ""
    """Profile of the user."""

    menu: str = ""
    """Menu."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: single profile options such as `admin`, `marked`, `startmuted`, `quiet`."""


@dataclass
class Joined:
    """How it ended for this leg."""

    reason: str = ""
    """`left`, `kicked`, `hung-up`, `ended`, `full`, `locked`, `wrong-pin` or anything later."""

    duration: int = 0
    """How long it was in."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow."""


@dataclass
class Participant:
    """Somebody in a room."""

    channel: str = ""
    """The leg."""

    admin: bool = False
    """May lead."""

    muted: bool = False
    """Cannot be heard."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `marked`, `waiting`, `talking`, `joined-at`."""


class DeviceState(Enum):
    """What a device does."""

    UNKNOWN = 0
    """Nobody knows."""

    NOT_INUSE = 1
    """Free."""

    INUSE = 2
    """Talking."""

    BUSY = 3
    """Talking, no second call possible."""

    INVALID = 4
    """No such device, or wrongly configured."""

    UNAVAILABLE = 5
    """Not reachable."""

    RINGING = 6
    """Rings."""

    RINGINUSE = 7
    """Talks and rings."""

    ONHOLD = 8
    """Has a call on hold."""


@dataclass
class Hint:
    """The state behind an extension's hint."""

    devices: str = ""
    """The devices, as in the dialplan: `PJSIP/6001&Custom:door`."""

    state: DeviceState = field(default_factory=lambda: neutral("devices.device-state"))
    """State of all of them together."""

    presence: str = ""
    """Presence: `available`, `away`, `dnd` and so on; empty if none."""

    message: str = ""
    """Its message."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow."""


@dataclass
class MailboxCounts:
    """How many messages."""

    new_messages: int
    """Not heard yet."""

    old_messages: int
    """Heard."""

    urgent: int
    """Not heard yet and urgent."""


@dataclass
class Outcome_Done:
    """Go on after the step that called the flow."""


@dataclass
class Outcome_ContinueAt:
    """Go on in the dialplan there."""
    value: Location


@dataclass
class Outcome_Hangup:
    """Hang up with that Q.850 cause."""
    value: int


@dataclass
class Outcome_Failed:
    """It did not work out: the words go to the trace, the caller gets the manifest's `fallback`."""
    value: str


@dataclass
class Outcome_Other:
    """Anything else, by name; a host that does not know it treats it as `done` and logs a warning."""
    value: list[Attr]


@dataclass
class SpokenTime:
    """A moment to be spoken."""

    at: int
    """The moment."""

    zone: str
    """Time zone; empty is the tenant's."""

    format: str
    """Which parts, in the notation of `SayUnixTime` (`ABdY 'digits/at' IMp`); empty is date and time of the language."""


@dataclass
class SpokenNumber:
    """A number to be spoken."""

    number: int
    """The number."""

    gender: str
    """`m`, `f`, `n`, `c` or `p` where the language asks for it; empty otherwise."""


@dataclass
class OtherMedia:
    """Something of a kind this version has no case for."""

    kind: str = ""
    """What kind, for example `speech` with a text to be synthesised by whatever the operator installed."""

    name: str = ""
    """Which one."""

    attrs: list[Attr] = field(default_factory=list)
    """More about it."""


@dataclass
class MediaItem_File:
    """A sound by name without ending (`queue-thankyou`, `custom/welcome`); looked up in the channel's language."""
    value: str


@dataclass
class MediaItem_Tone:
    """A tone by name (`ring`, `busy`, `dial`, `beep`) or as in indications.conf (`440+480/2000,0/4000`)."""
    value: str


@dataclass
class MediaItem_Digits:
    """Digits spoken one by one."""
    value: str


@dataclass
class MediaItem_Number:
    """A number spoken as a number."""
    value: SpokenNumber


@dataclass
class MediaItem_Characters:
    """Characters spoken one by one."""
    value: str


@dataclass
class MediaItem_Phonetic:
    """Characters spoken in the spelling alphabet."""
    value: str


@dataclass
class MediaItem_Date:
    """Date and time."""
    value: SpokenTime


@dataclass
class MediaItem_Url:
    """An audio file fetched over HTTP; needs a grant for its host. Cached by the host."""
    value: str


@dataclass
class MediaItem_Recording:
    """A recording by the name it was stored under."""
    value: str


@dataclass
class MediaItem_Silence:
    """Silence."""
    value: int


@dataclass
class MediaItem_Other:
    """Anything else."""
    value: OtherMedia


@dataclass
class PlayOptions:
    """How to play."""

    language: str = ""
    """Language; empty is the channel's own."""

    stop_on: str = ""
    """Keys that end it, for example `0123456789*#`; empty: none."""

    offset: int = 0
    """Skip that much at the start."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `repeat`, `volume`, `skip-step`, `no-answer` (play as early media)."""


class Ending(Enum):
    """Why playing, collecting or recording ended."""

    COMPLETE = 0
    """All of it was played; everything asked for was collected."""

    KEY = 1
    """One of the named keys was pressed."""

    STOPPED = 2
    """`stop` was called."""

    TIMED_OUT = 3
    """The time given was up."""

    SILENCE = 4
    """Silence for the time given."""

    HUNG_UP = 5
    """The other side hung up."""

    OTHER = 6
    """Anything else; the attribute `ending` says what."""


@dataclass
class Played:
    """How playing ended."""

    ending: Ending = field(default_factory=lambda: neutral("media.ending"))
    """Why."""

    key: str = ""
    """The key, if a key ended it."""

    position: int = 0
    """How far it got, over all items."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `item`, `failed`."""


@dataclass
class GatherSpec:
    """Ask for digits."""

    prompt: list[MediaItem] = field(default_factory=list)
    """Played first, and again at each new try."""

    min_digits: int = 0
    """Fewer than that is a timeout."""

    max_digits: int = 0
    """Ends by itself at that many; 0 is no limit."""

    terminators: str = ""
    """Keys that end it and do not count, usually `#`."""

    first: int = 0
    """Time for the first digit, from the end of the prompt."""

    between: int = 0
    """Time between digits."""

    barge_in: bool = False
    """May a key cut the prompt short? The key then counts."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `tries`, `retry-prompt`, `language`, `speech`."""


@dataclass
class Gathered:
    """What was pressed."""

    digits: str = ""
    """The digits without the terminator."""

    ending: Ending = field(default_factory=lambda: neutral("media.ending"))
    """Why it ended: `complete`, `key` (a terminator), `timed-out`."""

    key: str = ""
    """The terminator, if one ended it."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `tries`, `transcript`."""


class IfExists(Enum):
    """What to do if a recording of that name is there already."""

    REFUSE = 0
    """Answer the error `conflict`."""

    OVERWRITE = 1
    """Replace it."""

    APPEND = 2
    """Record to its end."""


@dataclass
class RecordSpec:
    """How to record."""

    name: str = ""
    """Name to store it under, with `/` for folders, inside the plugin's own recordings; empty: the host makes one up."""

    format: str = ""
    """`wav`, `wav49`, `gsm`, `ulaw`, `alaw`, `sln16`."""

    max: int = 0
    """Longest; 0 is no limit but the grant's."""

    silence: int = 0
    """End after that much silence; 0: never."""

    terminators: str = ""
    """Keys that end it (`#`, `any`); empty: none."""

    beep: bool = False
    """Beep first?"""

    if_exists: IfExists = field(default_factory=lambda: neutral("media.if-exists"))
    """If the name is taken."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `direction` (`in`, `out`, `both`), `stereo`, `announce`."""


@dataclass
class Recorded:
    """A finished recording."""

    name: str = ""
    """Name it is stored under; play it with `media-item.recording`."""

    duration: int = 0
    """How long it is."""

    ending: Ending = field(default_factory=lambda: neutral("media.ending"))
    """Why it ended."""

    key: str = ""
    """The key, if a key ended it."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `size`, `peak`, `talking`."""


class SpyMode(Enum):
    """How to listen in."""

    LISTEN = 0
    """Only listen."""

    WHISPER = 1
    """Listen, and speak to the watched leg alone."""

    BARGE = 2
    """Listen, and speak to both."""


@dataclass
class Parked:
    """A parked call."""

    lot: str = ""
    """The lot."""

    space: str = ""
    """The space, for example `701`."""

    channel: str = ""
    """The leg."""

    since: int = 0
    """Since when."""

    timeout: int = 0
    """Comes back after that long."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `parker`, `caller`, `return-to`."""


@dataclass
class TrunkNumber:
    """A number to be sent out over a trunk."""

    trunk: str
    """The trunk's name in the configuration."""

    number: str
    """The number as it shall be sent."""


@dataclass
class FlowTarget:
    """A plugin's call flow, and what to hand it."""

    flow: str = ""
    """Plugin id, or `plugin/export`."""

    args: list[Attr] = field(default_factory=list)
    """Arguments for its `run`."""


@dataclass
class OtherTarget:
    """A destination of a kind this version has no case for."""

    kind: str = ""
    """What kind, for example `fax`."""

    name: str = ""
    """Which one."""

    attrs: list[Attr] = field(default_factory=list)
    """More about it."""


@dataclass
class Target_Endpoint:
    """An endpoint by name (`6001`): all its contacts ring."""
    value: str


@dataclass
class Target_Trunk:
    """A number over a trunk."""
    value: TrunkNumber


@dataclass
class Target_Uri:
    """A SIP URI. Needs a grant of its own."""
    value: str


@dataclass
class Target_DialString:
    """An Asterisk dial string (`PJSIP/6001&PJSIP/6002`). Needs a grant of its own."""
    value: str


@dataclass
class Target_Location:
    """An extension of the dialplan, entered at its priority."""
    value: Location


@dataclass
class Target_Queue:
    """A queue."""
    value: str


@dataclass
class Target_Flow:
    """A call flow in a plugin."""
    value: FlowTarget


@dataclass
class Target_Conference:
    """A conference room."""
    value: str


@dataclass
class Target_Voicemail:
    """A mailbox, `6001@default`: the caller leaves a message."""
    value: str


@dataclass
class Target_Other:
    """Anything else."""
    value: OtherTarget


@dataclass
class Leg:
    """One leg to be tried."""

    to: Target = field(default_factory=lambda: neutral("routing.target"))
    """Where to."""

    ring: int = 0
    """How long it may ring; 0 is the host's default (30 s)."""

    caller: Optional[Party] = None
    """Caller identity to show to this leg; none keeps the caller's own."""

    headers: list[Header] = field(default_factory=list)
    """SIP headers to send along; only names the grant allows, others are the error `denied`."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `codecs`, `delay`, `answer-confirm`, `diversion`."""


@dataclass
class RouteRequest:
    """What a router is asked. Numbers are masked if the grant says so."""

    call: str = ""
    """The call."""

    tenant: str = ""
    """Whose it is."""

    direction: Direction = field(default_factory=lambda: neutral("common.direction"))
    """Which way it goes."""

    caller: Party = field(default_factory=lambda: neutral("common.party"))
    """Who calls."""

    dialled: str = ""
    """What was dialled, after the trunk's number normalising."""

    via: Optional[str] = None
    """The trunk or endpoint it came in by; none for calls the host makes itself."""

    place: Location = field(default_factory=lambda: neutral("common.location"))
    """Where in the dialplan the question arose."""

    at: int = 0
    """When. Use this and not a clock, so that the decision can be replayed."""

    attempt: int = 0
    """0 for the first question about this call, then counting (after a failed attempt, or a transfer)."""

    headers: list[Header] = field(default_factory=list)
    """SIP headers of the request, only those named in manifest and grant."""

    attrs: list[Attr] = field(default_factory=list)
    """Channel variables named in manifest and grant, and `codecs`, `language`, `redirecting`, `last-cause`, `arg1`..."""


@dataclass
class Rejection:
    """Why not."""

    cause: int
    """ITU-T Q.850 cause, 1 to 127 (17 busy, 21 rejected, 34 no circuit). 0: derive it from `sip-code`."""

    sip_code: int
    """SIP status, 400 to 699; 0: derive it from `cause`."""

    reason: str
    """Words for the trace and the SIP Reason header."""


@dataclass
class Decision_Connect:
    """Dial."""
    value: list[list[Leg]]


@dataclass
class Decision_ContinueAt:
    """Go on in the dialplan there."""
    value: Location


@dataclass
class Decision_Reject:
    """Refuse."""
    value: Rejection


@dataclass
class Decision_Pass:
    """Not mine: ask the next router of the chain."""


@dataclass
class Decision_Other:
    """Anything else, by name; a host that does not know it treats it as `pass` and logs a warning."""
    value: list[Attr]


@dataclass
class Verdict:
    """A router's answer."""

    decision: Decision = field(default_factory=lambda: neutral("routing.decision"))
    """Where the call goes."""

    reason: str = ""
    """For `ucx why`: one sentence for people."""

    set: list[Attr] = field(default_factory=list)
    """Channel variables to set; only granted names."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `record`, `early-media`, `max-duration`, `ring-back`, `cache-for`."""


@dataclass
class Event:
    """One event: a fixed head, the ids of what it is about, and attributes by kind."""

    seq: int = 0
    """Position in the stream."""

    at: int = 0
    """When it happened."""

    tenant: str = ""
    """Whose it is."""

    kind: str = ""
    """What happened, for example `channel.answered`. Skip kinds you do not know."""

    edition: int = 0
    """Edition of this kind's attributes. Within one edition attributes are only added."""

    call: Optional[str] = None
    """The call it belongs to."""

    channel: Optional[str] = None
    """The leg it is about."""

    bridge: Optional[str] = None
    """The bridge it is about."""

    queue: Optional[str] = None
    """The queue it is about."""

    agent: Optional[str] = None
    """The agent or queue member it is about."""

    subject: Optional[str] = None
    """Anything else it is about: a device, mailbox, parking space, conference, registration."""

    attrs: list[Attr] = field(default_factory=list)
    """The facts, as the catalogue lists them for the kind."""

    traceparent: Optional[str] = None
    """W3C trace context of the call, if it is traced."""


@dataclass
class Gap:
    """Events that were dropped because this subscriber was too slow. Read the state anew and go on."""

    first: int
    """First one lost."""

    last: int
    """Last one lost."""

    reason: str
    """Why, in words."""


@dataclass
class Delivery_Event:
    """An event."""
    value: Event


@dataclass
class Delivery_Gap:
    """A hole."""
    value: Gap


@dataclass
class Nack_Retry:
    """Send the same batch again later (with growing pauses, and at most the manifest's `retry-max` times)."""


@dataclass
class Nack_Reject:
    """This batch can never be taken: set it aside with these words and go on."""
    value: str


@dataclass
class LocalTime:
    """A moment on the wall clock of some place."""

    year: int
    """For example 2026."""

    month: int
    """1 to 12."""

    day: int
    """1 to 31."""

    hour: int
    """0 to 23."""

    minute: int
    """0 to 59."""

    second: int
    """0 to 60."""

    weekday: int
    """1 is Monday, 7 is Sunday."""

    offset: int
    """Minutes east of UTC, daylight saving included."""


@dataclass
class Snapshot:
    """Saved state."""

    schema: str
    """Name of the format, for example `acme.vip`."""

    edition: int
    """Edition of the format."""

    body: bytes = b""
    """The state, 1 MiB at most. Put ids in it, never handles: the new version `adopt`s them."""


@dataclass
class Request:
    """What to ask."""

    method: str
    """`GET`, `POST` and so on."""

    url: str
    """Absolute `http:` or `https:` address."""

    headers: list[Header] = field(default_factory=list)
    """Headers; the host adds `host`, `content-length` and `traceparent`."""

    body: bytes = b""
    """The body, up to the grant's limit (1 MiB)."""

    timeout: int = 0
    """For the whole exchange; 0 is the grant's own limit (5 s)."""


@dataclass
class Response:
    """What came back, whatever its status."""

    status: int
    """100 to 599."""

    headers: list[Header] = field(default_factory=list)
    """Headers in the order they came."""

    body: bytes = b""
    """The body, up to the grant's limit (1 MiB; a longer one is the error `quota`)."""


@dataclass
class Versioned:
    """A value and the version it has."""

    value: bytes
    """The bytes."""

    version: int
    """Grows with each write of this key; 0 is never used."""


@dataclass
class Incarnation:
    """Which life of which plugin this is."""

    plugin: str = ""
    """The plugin's id."""

    version: str = ""
    """Its version."""

    generation: int = 0
    """Counts the swaps on this host."""

    resumed: bool = False
    """True if a snapshot was loaded before."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `host-version`, `worlds`, `instance`."""


@dataclass
class Row:
    """One row of a table."""

    key: str = ""
    """The key that matched."""

    columns: list[Attr] = field(default_factory=list)
    """The row's columns."""


@dataclass
class HttpRequest:
    """A request to the application's own part of the REST tree."""

    id: int = 0
    """To be given back with the answer."""

    method: str = ""
    """`GET`, `POST` and so on."""

    path: str = ""
    """Path below the application's own."""

    query: str = ""
    """What stands after the question mark, not decoded."""

    headers: list[Header] = field(default_factory=list)
    """Headers; credentials are taken out."""

    body: bytes = b""
    """The body, up to 1 MiB."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `user`, `peer`."""


@dataclass
class Message_Delivery:
    """An event the manifest asked for, or about what the application holds, or a timer; or a gap."""
    value: Delivery


@dataclass
class Message_Request:
    """Somebody asks something. Answer within 10 s, or the host does with 504."""
    value: HttpRequest


@dataclass
class Message_Drain:
    """Finish, and let `serve` return within the manifest's `drain` time. If there is a `handoff`, `save` comes next."""


@dataclass
class Message_Other:
    """Anything else; skip what you do not know."""
    value: Event


@dataclass
class QueueInfo:
    """A queue as it is now."""

    id: str = ""
    """Which."""

    revision: int = 0
    """Grows with each change: two answers with the same number are the same."""

    waiting: int = 0
    """Callers waiting."""

    longest_wait: int = 0
    """How long the first of them has waited."""

    logged_in: int = 0
    """Agents logged in."""

    ready: int = 0
    """Agents who could take a call now."""

    talking: int = 0
    """Agents talking."""

    answered: int = 0
    """Calls served since the counters were reset."""

    abandoned: int = 0
    """Callers who gave up since then."""

    service_level: int = 0
    """Served within the service level, 0 to 100."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `strategy`, `weight`, `hold-time`, `talk-time`, `reset-at`."""


@dataclass
class WaitingCaller:
    """Somebody waiting."""

    channel: str = ""
    """The leg."""

    call: str = ""
    """The call."""

    caller: Party = field(default_factory=lambda: neutral("common.party"))
    """Who."""

    position: int = 0
    """1 is next."""

    waited: int = 0
    """How long already."""

    priority: int = 0
    """Higher is served earlier."""

    attrs: list[Attr] = field(default_factory=list)
    """What was given to `enqueue`."""


class AgentState(Enum):
    """What an agent does."""

    READY = 0
    """Could take a call."""

    RINGING = 1
    """Rings."""

    TALKING = 2
    """Talks for a queue."""

    BUSY = 3
    """Talks otherwise, or the device is busy."""

    WRAP_UP = 4
    """Work after a call."""

    PAUSED = 5
    """Paused, with a reason."""

    UNAVAILABLE = 6
    """Not reachable."""

    OTHER = 7
    """Anything else; the attribute `state` says what."""


@dataclass
class AgentInfo:
    """An agent in a queue, as it is now."""

    id: str = ""
    """Which."""

    name: str = ""
    """Name for people."""

    state: AgentState = field(default_factory=lambda: neutral("queues.agent-state"))
    """What it does."""

    reason: str = ""
    """Why it is paused; empty otherwise."""

    since: int = 0
    """Since when it has been doing that."""

    last_call: int = 0
    """End of the last call; 0 if none."""

    calls: int = 0
    """Calls taken in this queue."""

    penalty: int = 0
    """Lower is asked earlier."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `skills`, `call`, `ring-count`, `interface`."""


@dataclass
class Choice:
    """What to do with a waiting caller now."""

    groups: list[list[str]]
    """Agents to ring: groups one after another, the agents of one group together. Empty: wait."""

    reason: str
    """For `ucx why`: one sentence for people."""


@dataclass
class Value_Text:
    """UTF-8 text."""
    value: str


@dataclass
class Value_Int:
    """A whole number. JavaScript keeps only -2^53 to 2^53 exactly; send larger ones as `text`."""
    value: int


@dataclass
class Value_Real:
    """A 64-bit floating point number."""
    value: float


@dataclass
class Value_Boolean:
    """True or false."""
    value: bool


@dataclass
class Value_Bytes:
    """Raw bytes."""
    value: bytes


@dataclass
class Attr:
    """A named value. Names are lower case with dashes, or `vendor:name` for other people's. In a list the order is kept and
    a name may stand more than once; a reader that looks for one value takes the first. Unknown names are ignored.
    This is how every record here grows without breaking a compiled plugin.
    """

    name: str
    """The name, 1 to 128 bytes."""

    value: Value
    """The value."""


@dataclass
class Header:
    """One SIP header line, without its line end. Carriage return, line feed and NUL are refused in both fields."""

    name: str
    """The name in any case, for example `X-Account`."""

    value: str
    """The value as it stands on the wire."""


class Presentation(Enum):
    """May a number be shown to the other side?"""

    ALLOWED = 0
    """It may be shown."""

    RESTRICTED = 1
    """The owner asked for it to be hidden."""

    UNAVAILABLE = 2
    """The network did not deliver it."""


@dataclass
class Party:
    """Somebody on a call, as far as known and as far as this plugin may see (numbers can be masked by the grant)."""

    number: str = ""
    """Telephone number or extension; empty if unknown."""

    name: Optional[str] = None
    """Display name."""

    uri: Optional[str] = None
    """SIP or tel URI."""

    presentation: Presentation = field(default_factory=lambda: neutral("common.presentation"))
    """Whether number and name may be shown."""

    attrs: list[Attr] = field(default_factory=list)
    """Room to grow: `subaddress`, `number-plan`, `tag` and so on."""


class Direction(Enum):
    """Which way a call went, seen from the host."""

    INBOUND = 0
    """From a trunk to us."""

    OUTBOUND = 1
    """From us to a trunk."""

    INTERNAL = 2
    """Between two of our own endpoints."""


@dataclass
class Location:
    """A place in the dialplan."""

    context: str
    """The context; empty means the channel's own."""

    exten: str
    """The extension; empty means the channel's own."""

    priority: str
    """The priority: a number from 1, or a label."""


@dataclass
class Fault:
    """A failure this version has no case for."""

    code: str
    """A stable word for programs, lower case with dashes. Unknown words are to be treated like `unavailable`."""

    message: str
    """A sentence for people. Do not parse it."""

    retry_after: Optional[int] = None
    """If trying again can help: after how long."""


@dataclass
class Error_NotFound:
    """No such thing, or none that this plugin may see."""


@dataclass
class Error_Gone:
    """It existed but is over: the caller hung up, the bridge was destroyed, somebody else took control."""


@dataclass
class Error_Invalid:
    """An argument is wrong; the text says which one and why."""
    value: str


@dataclass
class Error_Denied:
    """The manifest did not ask for it or the operator did not grant it; the text is the manifest line that would."""
    value: str


@dataclass
class Error_Quota:
    """A limit of this plugin is used up; tells when to try again if that is known."""
    value: Optional[int]


@dataclass
class Error_Conflict:
    """Not now, because of the state it is in (already playing, already parked). The text says what stands in the way."""
    value: str


@dataclass
class Error_Timeout:
    """The time given for it passed."""


@dataclass
class Error_Cancelled:
    """This plugin, or the host while draining it, called it off."""


@dataclass
class Error_Unavailable:
    """A part of the host or of the network does not answer; the text says which."""
    value: str


@dataclass
class Error_Other:
    """Anything else, named by a code."""
    value: Fault


class Level(Enum):
    """A log level, describing a kind of message."""

    TRACE = 0
    """Describes messages about the values of variables and the flow of
    control within a program.
    """

    DEBUG = 1
    """Describes messages likely to be of interest to someone debugging a
    program.
    """

    INFO = 2
    """Describes messages likely to be of interest to someone monitoring a
    program.
    """

    WARN = 3
    """Describes messages indicating hazardous situations."""

    ERROR = 4
    """Describes messages indicating serious errors."""

    CRITICAL = 5
    """Describes messages indicating fatal errors."""


# Which module of a component each class stands in.
MODULES = {
    "BridgeSpec": "bridges",
    "BridgeInfo": "bridges",
    "MemberSpec": "bridges",
    "ChannelState": "channels",
    "ChannelInfo": "channels",
    "Side": "channels",
    "DialSpec": "channels",
    "DialStatus": "channels",
    "ConnectSpec": "channels",
    "ConnectResult": "channels",
    "EnqueueSpec": "channels",
    "QueueStatus": "channels",
    "EnqueueResult": "channels",
    "TransferStatus": "channels",
    "TransferResult": "channels",
    "DialResult": "channels",
    "OriginateSpec": "channels",
    "JoinSpec": "conferences",
    "Joined": "conferences",
    "Participant": "conferences",
    "DeviceState": "devices",
    "Hint": "devices",
    "MailboxCounts": "devices",
    "Outcome_Done": "flow",
    "Outcome_ContinueAt": "flow",
    "Outcome_Hangup": "flow",
    "Outcome_Failed": "flow",
    "Outcome_Other": "flow",
    "SpokenTime": "media",
    "SpokenNumber": "media",
    "OtherMedia": "media",
    "MediaItem_File": "media",
    "MediaItem_Tone": "media",
    "MediaItem_Digits": "media",
    "MediaItem_Number": "media",
    "MediaItem_Characters": "media",
    "MediaItem_Phonetic": "media",
    "MediaItem_Date": "media",
    "MediaItem_Url": "media",
    "MediaItem_Recording": "media",
    "MediaItem_Silence": "media",
    "MediaItem_Other": "media",
    "PlayOptions": "media",
    "Ending": "media",
    "Played": "media",
    "GatherSpec": "media",
    "Gathered": "media",
    "IfExists": "media",
    "RecordSpec": "media",
    "Recorded": "media",
    "SpyMode": "monitoring",
    "Parked": "parking",
    "TrunkNumber": "routing",
    "FlowTarget": "routing",
    "OtherTarget": "routing",
    "Target_Endpoint": "routing",
    "Target_Trunk": "routing",
    "Target_Uri": "routing",
    "Target_DialString": "routing",
    "Target_Location": "routing",
    "Target_Queue": "routing",
    "Target_Flow": "routing",
    "Target_Conference": "routing",
    "Target_Voicemail": "routing",
    "Target_Other": "routing",
    "Leg": "routing",
    "RouteRequest": "routing",
    "Rejection": "routing",
    "Decision_Connect": "routing",
    "Decision_ContinueAt": "routing",
    "Decision_Reject": "routing",
    "Decision_Pass": "routing",
    "Decision_Other": "routing",
    "Verdict": "routing",
    "Event": "envelope",
    "Gap": "envelope",
    "Delivery_Event": "envelope",
    "Delivery_Gap": "envelope",
    "Nack_Retry": "envelope",
    "Nack_Reject": "envelope",
    "LocalTime": "calendar",
    "Snapshot": "handoff",
    "Request": "http",
    "Response": "http",
    "Versioned": "keyvalue_extra",
    "Incarnation": "lifecycle",
    "Row": "lookup",
    "HttpRequest": "inbox",
    "Message_Delivery": "inbox",
    "Message_Request": "inbox",
    "Message_Drain": "inbox",
    "Message_Other": "inbox",
    "QueueInfo": "queues",
    "WaitingCaller": "queues",
    "AgentState": "queues",
    "AgentInfo": "queues",
    "Choice": "selector",
    "Value_Text": "common",
    "Value_Int": "common",
    "Value_Real": "common",
    "Value_Boolean": "common",
    "Value_Bytes": "common",
    "Attr": "common",
    "Header": "common",
    "Presentation": "common",
    "Party": "common",
    "Direction": "common",
    "Location": "common",
    "Fault": "common",
    "Error_NotFound": "common",
    "Error_Gone": "common",
    "Error_Invalid": "common",
    "Error_Denied": "common",
    "Error_Quota": "common",
    "Error_Conflict": "common",
    "Error_Timeout": "common",
    "Error_Cancelled": "common",
    "Error_Unavailable": "common",
    "Error_Other": "common",
    "Level": "logging",
}

adopt(globals(), MODULES)

Outcome = Union[
    Outcome_Done,
    Outcome_ContinueAt,
    Outcome_Hangup,
    Outcome_Failed,
    Outcome_Other,
]
"""What shall become of the caller now. If the plugin gave the handle away or the caller hung up, it does not matter."""
MediaItem = Union[
    MediaItem_File,
    MediaItem_Tone,
    MediaItem_Digits,
    MediaItem_Number,
    MediaItem_Characters,
    MediaItem_Phonetic,
    MediaItem_Date,
    MediaItem_Url,
    MediaItem_Recording,
    MediaItem_Silence,
    MediaItem_Other,
]
"""One thing to be played."""
Target = Union[
    Target_Endpoint,
    Target_Trunk,
    Target_Uri,
    Target_DialString,
    Target_Location,
    Target_Queue,
    Target_Flow,
    Target_Conference,
    Target_Voicemail,
    Target_Other,
]
"""A destination."""
Decision = Union[
    Decision_Connect,
    Decision_ContinueAt,
    Decision_Reject,
    Decision_Pass,
    Decision_Other,
]
"""Where the call goes."""
Delivery = Union[
    Delivery_Event,
    Delivery_Gap,
]
"""What arrives."""
Nack = Union[
    Nack_Retry,
    Nack_Reject,
]
"""What a subscriber answers when it could not take a batch."""
Message = Union[
    Message_Delivery,
    Message_Request,
    Message_Drain,
    Message_Other,
]
"""What arrives."""
Value = Union[
    Value_Text,
    Value_Int,
    Value_Real,
    Value_Boolean,
    Value_Bytes,
]
"""What an attribute holds. The cases are closed for good; a shape that fits none travels as `text` (JSON, say)."""
Error = Union[
    Error_NotFound,
    Error_Gone,
    Error_Invalid,
    Error_Denied,
    Error_Quota,
    Error_Conflict,
    Error_Timeout,
    Error_Cancelled,
    Error_Unavailable,
    Error_Other,
]
"""Why a host function did not do what was asked. Open: whatever has no case of its own arrives as `other`."""
