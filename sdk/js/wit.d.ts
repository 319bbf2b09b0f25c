// Written by ucx-generate from the WIT packages; change those, then run `cargo xtask sdk`.

/** The interface `ucx:call/bridges@0.1.0`. */
export namespace bridges {
  /** How to make a bridge. */
  interface BridgeSpec {
    /** Comma-separated as in ARI: `mixing`, `holding`, `dtmf_events`, `proxy_media`, `video_sfu`. Empty: `mixing`. */
    kind?: string;
    /** A name for people; may be empty. */
    name?: string;
    /** Room to grow: `id`, `sample-rate`, `video-mode`. */
    attrs?: Array<common.Attr>;
  }
  /** A bridge as it is now. */
  interface BridgeInfo {
    /** Its id. */
    id?: string;
    /** As in `bridge-spec`. */
    kind?: string;
    /** Name for people. */
    name?: string;
    /** The legs in it. */
    channels?: Array<string>;
    /** Room to grow: `technology`, `created`, `music`. */
    attrs?: Array<common.Attr>;
  }
  /** How a leg takes part. */
  interface MemberSpec {
    /** `participant`, or in a holding bridge `announcer`. */
    role?: string;
    /** Do not let the others hear its DTMF. */
    absorbDigits?: boolean;
    /** Do not let the others hear it. */
    muted?: boolean;
    /** Room to grow: `inhibit-connected-line`. */
    attrs?: Array<common.Attr>;
  }
  /** Authority over a bridge. Dropping the handle destroys nothing: a bridge this plugin made ends with its last leg. */
  class Bridge {
    private constructor();
    /** Makes one. */
    static create(spec: bridges.BridgeSpec): bridges.Bridge;
    /** Its id. */
    id(): string;
    /** Everything about it as it is now. */
    info(): bridges.BridgeInfo;
    /** Puts a leg in, taking it out of another bridge if need be. */
    add(member: channels.Channel, spec: bridges.MemberSpec): void;
    /** Takes a leg out. It is this plugin's again. */
    remove(member: channels.Channel): void;
    /** Plays to all and goes on. */
    startPlay(items: Array<media.MediaItem>, options: media.PlayOptions): media.Playback;
    /** Records all and goes on. */
    startRecording(spec: media.RecordSpec): media.Recording;
    /** Music on hold for all, of that name (empty: default). */
    startMusic(name: string): void;
    /** No more music. */
    stopMusic(): void;
    /** Ends it. Its legs are this plugin's again if it held them, else they get the default treatment. */
    destroy(): void;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** Takes authority over a bridge the grant lets this plugin take. */
  function adoptBridge(id: string): bridges.Bridge;
}

/** The interface `ucx:call/channels@0.1.0`. */
export namespace channels {
  /** How far a leg is. */
  type ChannelState = "down" | "dialing" | "ringing" | "progress" | "up" | "busy" | "ended" | "other";
  /** A leg as it is now. */
  interface ChannelInfo {
    /** Its id. */
    id?: string;
    /** The call it belongs to. */
    call?: string;
    /** Whose it is. */
    tenant?: string;
    /** `PJSIP/6001-00000001`. */
    name?: string;
    /** How far it is. */
    state?: channels.ChannelState;
    /** Who is at this leg. */
    caller?: common.Party;
    /** Who it is connected with, if known. */
    connected?: common.Party | null;
    /** What it dialled. */
    dialled?: string;
    /** Where it is in the dialplan. */
    place?: common.Location;
    /** Language of sounds. */
    language?: string;
    /** When it was made. */
    created?: number;
    /** When it was answered. */
    answered?: number | null;
    /** Did the far end put us on hold? */
    held?: boolean;
    /** The bridge it is in. */
    bridge?: string | null;
    /** Room to grow: `codec`, `account`, `peer-address` (if granted), `state`. */
    attrs?: Array<common.Attr>;
  }
  /** Whose sound. */
  type Side = "spoken" | "heard" | "both";
  /** How to dial. */
  interface DialSpec {
    /** Whom. */
    groups?: Array<Array<routing.Leg>>;
    /** For all of it together; 0: the legs' own times only. */
    timeout?: number;
    /** Let the caller hear what the far end sends before it answers (announcements, foreign ring tones). */
    earlyMedia?: boolean;
    /** What the caller hears meanwhile; empty: ringing. */
    ringBack?: Array<media.MediaItem>;
    /** Room to grow: `confirm` (press a key to take the call), `privacy`, `forwarding` (`follow`, `ignore`), `tag`. */
    attrs?: Array<common.Attr>;
  }
  /** What came of dialling. */
  type DialStatus = "answered" | "busy" | "no-answer" | "rejected" | "unavailable" | "congestion" | "cancelled" | "other";
  /** A dial under way. Dropping the handle calls it off. */
  class Dialing {
    private constructor();
    /** Wait until it is decided, at most that long (`timeout` if not). Gives the answered leg once; `gone` after that. */
    wait(time: number): channels.DialResult;
    /** Call it off. */
    cancel(): void;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** How to connect two legs. */
  interface ConnectSpec {
    /** Longest; 0: no limit. Warnings are given as the host is configured. */
    max?: number;
    /** May the caller, the other side or both use feature codes, one letter each as in `Dial`: `T`, `t`, `H`, `h`, `K`, `k`... */
    features?: string;
    /** Room to grow: `record`, `bridge`, `warn-at`. */
    attrs?: Array<common.Attr>;
  }
  /** How a connection ended. */
  interface ConnectResult {
    /** Did this leg end it? Otherwise the other side did. */
    endedByUs?: boolean;
    /** How long they talked. */
    talked?: number;
    /** Room to grow: `reason` (`hangup`, `limit`, `transfer`), `cause`. */
    attrs?: Array<common.Attr>;
  }
  /** How to wait in a queue. */
  interface EnqueueSpec {
    /** Which. */
    queue?: string;
    /** Higher is served earlier. */
    priority?: number;
    /** Longest wait; 0: the queue's own. */
    timeout?: number;
    /** Room to grow: `announce`, `rule`, `position`, `options`, `skills`; the selector sees them all. */
    attrs?: Array<common.Attr>;
  }
  /** How waiting ended. */
  type QueueStatus = "served" | "timed-out" | "full" | "empty" | "left" | "other";
  /** How waiting ended. */
  interface EnqueueResult {
    /** How. */
    status?: channels.QueueStatus;
    /** Who served. */
    agent?: string | null;
    /** How long the caller waited. */
    waited?: number;
    /** The key, if a key ended it. */
    key?: string;
    /** Room to grow: `position`, `status`. */
    attrs?: Array<common.Attr>;
  }
  /** How a transfer ended. */
  type TransferStatus = "done" | "refused" | "other";
  /** How a transfer ended. */
  interface TransferResult {
    /** How. */
    status?: channels.TransferStatus;
    /** SIP status of the answer to REFER, 0 if none was sent. */
    sipCode?: number;
    /** Room to grow. */
    attrs?: Array<common.Attr>;
  }
  /** Authority over one leg. A plugin has it if it was handed the leg (`flow.run`), made it (`dial`, `originate`) or took
   * it (`adopt`). Dropping the handle gives the leg back to the host's default treatment; it never hangs up. */
  class Channel {
    private constructor();
    /** Its id: for logs, storage and `adopt`. Stays readable after the call is over, as all of `info` does. */
    id(): string;
    /** The call it belongs to. */
    call(): string;
    /** Everything about it as it is now. */
    info(): channels.ChannelInfo;
    /** --- signalling
     * Tell the caller that it rings (180). */
    ring(): void;
    /** Let sound through without answering (183). */
    progress(): void;
    /** Answer. Nothing happens if it is answered. */
    answer(): void;
    /** Hang up with a Q.850 cause (16 normal, 17 busy, 21 rejected); 0 is 16. */
    hangup(cause: number): void;
    /** --- sound
     * Play and wait for the end. */
    play(items: Array<media.MediaItem>, options: media.PlayOptions): media.Played;
    /** Start to play and go on. One at a time: `conflict` if something else plays. */
    startPlay(items: Array<media.MediaItem>, options: media.PlayOptions): media.Playback;
    /** Play a prompt and collect digits. */
    gather(spec: media.GatherSpec): media.Gathered;
    /** Record and wait for the end. */
    recordMessage(spec: media.RecordSpec): media.Recorded;
    /** Start to record and go on. Several at a time are possible. */
    startRecording(spec: media.RecordSpec): media.Recording;
    /** Send DTMF: `0`-`9`, `*`, `#`, `A`-`D`, `w` for half a second's pause. `length` and `gap` 0 are 100 and 100 ms. */
    sendDigits(digits: string, length: number, gap: number): void;
    /** Put the far end on hold (with its music, if `music` is empty), or take it off. */
    hold(on: boolean, music: string): void;
    /** Silence one side of this leg, or let it be heard again. */
    mute(what: channels.Side, on: boolean): void;
    /** Play the music on hold of that name (empty: the channel's own) until stopped. */
    startMusic(name: string): void;
    /** Stop the music. Nothing happens if there is none. */
    stopMusic(): void;
    /** --- other legs
     * Dial on behalf of this leg and wait. Does not connect. */
    dial(spec: channels.DialSpec): channels.DialResult;
    /** Start to dial and go on. */
    startDial(spec: channels.DialSpec): channels.Dialing;
    /** Connect with another leg and wait until one of them ends it. */
    connect(peer: channels.Channel, spec: channels.ConnectSpec): channels.ConnectResult;
    /** Wait in a queue, be served, and come back. */
    enqueue(spec: channels.EnqueueSpec): channels.EnqueueResult;
    /** Send the party on this leg to somewhere else (blind). On success the handle is `gone`. */
    transfer(to: routing.Target, attrs: Array<common.Attr>): channels.TransferResult;
    /** Join the party behind this leg with the party behind `consulted` (attended); both our legs go. Both handles are `gone`. */
    transferTo(consulted: channels.Channel, attrs: Array<common.Attr>): channels.TransferResult;
    /** --- facts
     * A channel variable, with what functions like `CALLERID(num)` give. Only granted names. */
    getVariable(name: string): string | null;
    /** Set a channel variable (`_` and `__` before the name inherit). Only granted names. */
    setVariable(name: string, value: string): void;
    /** All values of a SIP header of the INVITE that made this leg. Only granted names. */
    getHeaders(name: string): Array<string>;
    /** Send this header in our next answer on this leg. Only granted names. */
    addHeader(header: common.Header): void;
    /** Change what the other side is told about who is on this leg. */
    setCaller(caller: common.Party): void;
    /** Change the language of sounds. */
    setLanguage(language: string): void;
    /** A field of the call detail record. */
    getCdr(name: string): string | null;
    /** Set a writable field of the call detail record (`userfield`, `accountcode`, custom ones). */
    setCdr(name: string, value: string): void;
    /** Publish an event `user.<name>` about this leg; AMI sees `UserEvent`, ARI `ChannelUserevent`. */
    userEvent(name: string, attrs: Array<common.Attr>): void;
    /** --- the dialplan
     * Run a subroutine (Gosub) on this leg and wait for its `Return`; answers the return value. */
    callSubroutine(place: common.Location, args: Array<string>): string;
    /** Run one dialplan application and wait. Only granted names. */
    execute(application: string, args: string): void;
    /** Give the leg to the dialplan at that place. The handle is `gone` after that. */
    continueAt(place: common.Location): void;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** The answer to `dial` and `originate`. */
  interface DialResult {
    /** What came of it. */
    status?: channels.DialStatus;
    /** The leg that answered, only with `answered`. Not yet connected: use `connect`, or a bridge. */
    answered?: channels.Channel | null;
    /** Q.850 cause of the last failure; 0 if answered. */
    cause?: number;
    /** SIP status of the last failure; 0 if none. */
    sipCode?: number;
    /** Which leg answered, counted from 0 over all groups. */
    leg?: number;
    /** How long it rang. */
    rang?: number;
    /** Room to grow: `status`, `causes`. */
    attrs?: Array<common.Attr>;
  }
  /** A call the plugin makes by itself. */
  interface OriginateSpec {
    /** Whom to call. */
    leg?: routing.Leg;
    /** Room in words: shown as the caller to the leg that is called. */
    caller?: common.Party;
    /** Channel variables for it; only granted names. */
    variables?: Array<common.Attr>;
    /** Asking again with the same key within ten minutes gives the first call, not a second one. Empty: no check. */
    dedupeKey?: string;
    /** Room to grow: `early-media`, `account`, `codecs`, `other-channel`. */
    attrs?: Array<common.Attr>;
  }
  /** Make a call and wait for the answer. */
  function originate(spec: channels.OriginateSpec): channels.DialResult;
  /** Start to make a call and go on. */
  function startOriginate(spec: channels.OriginateSpec): channels.Dialing;
  /** Take authority over a leg the grant lets this plugin take. Its present holder is told `gone`; the host's own handling
   * (a queue, the dialplan) is interrupted. `conflict` if it may not be. */
  function adopt(id: string): channels.Channel;
  /** A leg as it is now, without taking it. */
  function look(id: string): channels.ChannelInfo;
  /** The next event about the legs, bridges and timers this instance holds, or none after `wait`. In a call flow this is
   * how to hear digits, hold, a finished playback or a hang-up while doing something else. Up to 256 events are kept, then
   * the oldest go and the next one carries the attribute `lost` with their number. An application reads its inbox instead. */
  function nextEvent(wait: number): envelope.Event | null;
}

/** The interface `ucx:call/conferences@0.1.0`. */
export namespace conferences {
  /** How to join. */
  interface JoinSpec {
    /** The room; made if it is not there. */
    room?: string;
    /** Profiles of confbridge.conf by name; empty: the default ones. */
    bridgeProfile?: string;
    /** Profile of the user. */
    userProfile?: string;
    /** Menu. */
    menu?: string;
    /** Room to grow: single profile options such as `admin`, `marked`, `startmuted`, `quiet`. */
    attrs?: Array<common.Attr>;
  }
  /** How it ended for this leg. */
  interface Joined {
    /** `left`, `kicked`, `hung-up`, `ended`, `full`, `locked`, `wrong-pin` or anything later. */
    reason?: string;
    /** How long it was in. */
    duration?: number;
    /** Room to grow. */
    attrs?: Array<common.Attr>;
  }
  /** Somebody in a room. */
  interface Participant {
    /** The leg. */
    channel?: string;
    /** May lead. */
    admin?: boolean;
    /** Cannot be heard. */
    muted?: boolean;
    /** Room to grow: `marked`, `waiting`, `talking`, `joined-at`. */
    attrs?: Array<common.Attr>;
  }
  /** Joins and waits until this leg is out. */
  function join(member: channels.Channel, spec: conferences.JoinSpec): conferences.Joined;
  /** Who is in. */
  function listParticipants(room: string): Array<conferences.Participant>;
  /** Throws one out. */
  function kick(room: string, member: string): void;
  /** Mutes one, or lets it be heard. */
  function muteParticipant(room: string, member: string, on: boolean): void;
  /** Locks the room for newcomers, or opens it. */
  function lock(room: string, on: boolean): void;
  /** Starts recording to that name (empty: made up; answers it), or stops with `on` false. */
  function setRecording(room: string, on: boolean, name: string): string;
}

/** The interface `ucx:call/devices@0.1.0`. */
export namespace devices {
  /** What a device does. */
  type DeviceState = "unknown" | "not-inuse" | "inuse" | "busy" | "invalid" | "unavailable" | "ringing" | "ringinuse" | "onhold";
  /** The state behind an extension's hint. */
  interface Hint {
    /** The devices, as in the dialplan: `PJSIP/6001&Custom:door`. */
    devices?: string;
    /** State of all of them together. */
    state?: devices.DeviceState;
    /** Presence: `available`, `away`, `dnd` and so on; empty if none. */
    presence?: string;
    /** Its message. */
    message?: string;
    /** Room to grow. */
    attrs?: Array<common.Attr>;
  }
  /** How many messages. */
  interface MailboxCounts {
    /** Not heard yet. */
    newMessages: number;
    /** Heard. */
    oldMessages: number;
    /** Not heard yet and urgent. */
    urgent: number;
  }
  /** State of a device, for example `PJSIP/6001` or `Custom:door`. */
  function getState(device: string): devices.DeviceState;
  /** Sets the state of a custom device. Only granted names. */
  function setState(device: string, state: devices.DeviceState): void;
  /** The hint of an extension; none if it has none. */
  function getHint(context: string, exten: string): devices.Hint | null;
  /** Counts of a mailbox, `6001@default`. */
  function getMailbox(mailbox: string): devices.MailboxCounts;
  /** Sets the counts of an external mailbox, which lights the lamps. Only granted names. */
  function setMailbox(mailbox: string, counts: devices.MailboxCounts): void;
  /** Publishes an event `user.<name>` that is about no leg. */
  function publish(name: string, attrs: Array<common.Attr>): void;
  /** A global dialplan variable. Only granted names. */
  function getGlobal(name: string): string | null;
  /** Sets a global dialplan variable. Only granted names. */
  function setGlobal(name: string, value: string): void;
}

/** The interface `ucx:call/flow@0.1.0`. */
export namespace flow {
  /** What shall become of the caller now. If the plugin gave the handle away or the caller hung up, it does not matter. */
  type Outcome =
    /** Go on after the step that called the flow. */
    | { tag: "done" }
    /** Go on in the dialplan there. */
    | { tag: "continue-at"; val: common.Location }
    /** Hang up with that Q.850 cause. */
    | { tag: "hangup"; val: number }
    /** It did not work out: the words go to the trace, the caller gets the manifest's `fallback`. */
    | { tag: "failed"; val: string }
    /** Anything else, by name; a host that does not know it treats it as `done` and logs a warning. */
    | { tag: "other"; val: Array<common.Attr> };
  /** Leads the call. `args` are the arguments of `Wasm(plugin,...)`, named `arg1`, `arg2`..., or those of a `flow-target`. */
  function run(caller: channels.Channel, args: Array<common.Attr>): flow.Outcome;
}

/** The interface `ucx:call/media@0.1.0`. */
export namespace media {
  /** A moment to be spoken. */
  interface SpokenTime {
    /** The moment. */
    at: number;
    /** Time zone; empty is the tenant's. */
    zone: string;
    /** Which parts, in the notation of `SayUnixTime` (`ABdY 'digits/at' IMp`); empty is date and time of the language. */
    format: string;
  }
  /** A number to be spoken. */
  interface SpokenNumber {
    /** The number. */
    number: number;
    /** `m`, `f`, `n`, `c` or `p` where the language asks for it; empty otherwise. */
    gender: string;
  }
  /** Something of a kind this version has no case for. */
  interface OtherMedia {
    /** What kind, for example `speech` with a text to be synthesised by whatever the operator installed. */
    kind?: string;
    /** Which one. */
    name?: string;
    /** More about it. */
    attrs?: Array<common.Attr>;
  }
  /** One thing to be played. */
  type MediaItem =
    /** A sound by name without ending (`queue-thankyou`, `custom/welcome`); looked up in the channel's language. */
    | { tag: "file"; val: string }
    /** A tone by name (`ring`, `busy`, `dial`, `beep`) or as in indications.conf (`440+480/2000,0/4000`). */
    | { tag: "tone"; val: string }
    /** Digits spoken one by one. */
    | { tag: "digits"; val: string }
    /** A number spoken as a number. */
    | { tag: "number"; val: media.SpokenNumber }
    /** Characters spoken one by one. */
    | { tag: "characters"; val: string }
    /** Characters spoken in the spelling alphabet. */
    | { tag: "phonetic"; val: string }
    /** Date and time. */
    | { tag: "date"; val: media.SpokenTime }
    /** An audio file fetched over HTTP; needs a grant for its host. Cached by the host. */
    | { tag: "url"; val: string }
    /** A recording by the name it was stored under. */
    | { tag: "recording"; val: string }
    /** Silence. */
    | { tag: "silence"; val: number }
    /** Anything else. */
    | { tag: "other"; val: media.OtherMedia };
  /** How to play. */
  interface PlayOptions {
    /** Language; empty is the channel's own. */
    language?: string;
    /** Keys that end it, for example `0123456789*#`; empty: none. */
    stopOn?: string;
    /** Skip that much at the start. */
    offset?: number;
    /** Room to grow: `repeat`, `volume`, `skip-step`, `no-answer` (play as early media). */
    attrs?: Array<common.Attr>;
  }
  /** Why playing, collecting or recording ended. */
  type Ending = "complete" | "key" | "stopped" | "timed-out" | "silence" | "hung-up" | "other";
  /** How playing ended. */
  interface Played {
    /** Why. */
    ending?: media.Ending;
    /** The key, if a key ended it. */
    key?: string;
    /** How far it got, over all items. */
    position?: number;
    /** Room to grow: `item`, `failed`. */
    attrs?: Array<common.Attr>;
  }
  /** Ask for digits. */
  interface GatherSpec {
    /** Played first, and again at each new try. */
    prompt?: Array<media.MediaItem>;
    /** Fewer than that is a timeout. */
    minDigits?: number;
    /** Ends by itself at that many; 0 is no limit. */
    maxDigits?: number;
    /** Keys that end it and do not count, usually `#`. */
    terminators?: string;
    /** Time for the first digit, from the end of the prompt. */
    first?: number;
    /** Time between digits. */
    between?: number;
    /** May a key cut the prompt short? The key then counts. */
    bargeIn?: boolean;
    /** Room to grow: `tries`, `retry-prompt`, `language`, `speech`. */
    attrs?: Array<common.Attr>;
  }
  /** What was pressed. */
  interface Gathered {
    /** The digits without the terminator. */
    digits?: string;
    /** Why it ended: `complete`, `key` (a terminator), `timed-out`. */
    ending?: media.Ending;
    /** The terminator, if one ended it. */
    key?: string;
    /** Room to grow: `tries`, `transcript`. */
    attrs?: Array<common.Attr>;
  }
  /** What to do if a recording of that name is there already. */
  type IfExists = "refuse" | "overwrite" | "append";
  /** How to record. */
  interface RecordSpec {
    /** Name to store it under, with `/` for folders, inside the plugin's own recordings; empty: the host makes one up. */
    name?: string;
    /** `wav`, `wav49`, `gsm`, `ulaw`, `alaw`, `sln16`. */
    format?: string;
    /** Longest; 0 is no limit but the grant's. */
    max?: number;
    /** End after that much silence; 0: never. */
    silence?: number;
    /** Keys that end it (`#`, `any`); empty: none. */
    terminators?: string;
    /** Beep first? */
    beep?: boolean;
    /** If the name is taken. */
    ifExists?: media.IfExists;
    /** Room to grow: `direction` (`in`, `out`, `both`), `stereo`, `announce`. */
    attrs?: Array<common.Attr>;
  }
  /** A finished recording. */
  interface Recorded {
    /** Name it is stored under; play it with `media-item.recording`. */
    name?: string;
    /** How long it is. */
    duration?: number;
    /** Why it ended. */
    ending?: media.Ending;
    /** The key, if a key ended it. */
    key?: string;
    /** Room to grow: `size`, `peak`, `talking`. */
    attrs?: Array<common.Attr>;
  }
  /** Something being played. Dropping the handle leaves it playing to its end. */
  class Playback {
    private constructor();
    /** Stop it now. */
    stop(): void;
    /** Hold it where it is. */
    pause(): void;
    /** Go on from there. */
    resume(): void;
    /** Go to `position`, counted from the start over all items. */
    seek(position: number): void;
    /** How far it got. */
    position(): number;
    /** Wait until it ends, at most that long (`timeout` if it still plays). */
    wait(time: number): media.Played;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** Something being recorded. Dropping the handle leaves it recording. */
  class Recording {
    private constructor();
    /** The name it will be stored under. */
    name(): string;
    /** Stop and keep it. */
    stop(): media.Recorded;
    /** Stop and throw it away. */
    discard(): void;
    /** Leave out what comes now. */
    pause(): void;
    /** Go on after `pause`. */
    resume(): void;
    /** Record silence instead of what is said (card numbers), or stop doing so. */
    mask(on: boolean): void;
    /** Wait until it ends, at most that long (`timeout` if it still runs). */
    wait(time: number): media.Recorded;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
}

/** The interface `ucx:call/monitoring@0.1.0`. */
export namespace monitoring {
  /** How to listen in. */
  type SpyMode = "listen" | "whisper" | "barge";
  /** Listening in under way. Dropping the handle ends it. */
  class Spying {
    private constructor();
    /** Changes the way. */
    setMode(mode: monitoring.SpyMode): void;
    /** Watches another leg. */
    switchTo(watched: string): void;
    /** Ends it. */
    stop(): void;
    /** Waits until it ends (the watched leg hung up), at most that long (`timeout` if it goes on). */
    wait(time: number): void;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** Lets the party on `listener` listen in on a leg. `hear` tells which side of the watched leg. */
  function spy(listener: channels.Channel, watched: string, mode: monitoring.SpyMode, hear: channels.Side, attrs: Array<common.Attr>): monitoring.Spying;
}

/** The interface `ucx:call/parking@0.1.0`. */
export namespace parking {
  /** A parked call. */
  interface Parked {
    /** The lot. */
    lot?: string;
    /** The space, for example `701`. */
    space?: string;
    /** The leg. */
    channel?: string;
    /** Since when. */
    since?: number;
    /** Comes back after that long. */
    timeout?: number;
    /** Room to grow: `parker`, `caller`, `return-to`. */
    attrs?: Array<common.Attr>;
  }
  /** Parks a leg in a lot (empty: default), in the wanted space (empty: the next free one). The handle is `gone` after that. */
  function park(member: channels.Channel, lot: string, space: string, attrs: Array<common.Attr>): parking.Parked;
  /** Takes the leg parked there, to be connected. */
  function retrieve(lot: string, space: string): channels.Channel;
  /** What is parked in a lot. */
  function listParked(lot: string): Array<parking.Parked>;
}

/** The interface `ucx:call/router@0.1.0`. */
export namespace router {
  /** Decides about one call, within the manifest's budget (20 ms). An error or a trap counts as the manifest's `fallback`.
   * The text of an error goes to the trace. */
  function route(request: routing.RouteRequest): routing.Verdict;
}

/** The interface `ucx:call/routing@0.1.0`. */
export namespace routing {
  /** A number to be sent out over a trunk. */
  interface TrunkNumber {
    /** The trunk's name in the configuration. */
    trunk: string;
    /** The number as it shall be sent. */
    number: string;
  }
  /** A plugin's call flow, and what to hand it. */
  interface FlowTarget {
    /** Plugin id, or `plugin/export`. */
    flow?: string;
    /** Arguments for its `run`. */
    args?: Array<common.Attr>;
  }
  /** A destination of a kind this version has no case for. */
  interface OtherTarget {
    /** What kind, for example `fax`. */
    kind?: string;
    /** Which one. */
    name?: string;
    /** More about it. */
    attrs?: Array<common.Attr>;
  }
  /** A destination. */
  type Target =
    /** An endpoint by name (`6001`): all its contacts ring. */
    | { tag: "endpoint"; val: string }
    /** A number over a trunk. */
    | { tag: "trunk"; val: routing.TrunkNumber }
    /** A SIP URI. Needs a grant of its own. */
    | { tag: "uri"; val: string }
    /** An Asterisk dial string (`PJSIP/6001&PJSIP/6002`). Needs a grant of its own. */
    | { tag: "dial-string"; val: string }
    /** An extension of the dialplan, entered at its priority. */
    | { tag: "location"; val: common.Location }
    /** A queue. */
    | { tag: "queue"; val: string }
    /** A call flow in a plugin. */
    | { tag: "flow"; val: routing.FlowTarget }
    /** A conference room. */
    | { tag: "conference"; val: string }
    /** A mailbox, `6001@default`: the caller leaves a message. */
    | { tag: "voicemail"; val: string }
    /** Anything else. */
    | { tag: "other"; val: routing.OtherTarget };
  /** One leg to be tried. */
  interface Leg {
    /** Where to. */
    to?: routing.Target;
    /** How long it may ring; 0 is the host's default (30 s). */
    ring?: number;
    /** Caller identity to show to this leg; none keeps the caller's own. */
    caller?: common.Party | null;
    /** SIP headers to send along; only names the grant allows, others are the error `denied`. */
    headers?: Array<common.Header>;
    /** Room to grow: `codecs`, `delay`, `answer-confirm`, `diversion`. */
    attrs?: Array<common.Attr>;
  }
  /** What a router is asked. Numbers are masked if the grant says so. */
  interface RouteRequest {
    /** The call. */
    call?: string;
    /** Whose it is. */
    tenant?: string;
    /** Which way it goes. */
    direction?: common.Direction;
    /** Who calls. */
    caller?: common.Party;
    /** What was dialled, after the trunk's number normalising. */
    dialled?: string;
    /** The trunk or endpoint it came in by; none for calls the host makes itself. */
    via?: string | null;
    /** Where in the dialplan the question arose. */
    place?: common.Location;
    /** When. Use this and not a clock, so that the decision can be replayed. */
    at?: number;
    /** 0 for the first question about this call, then counting (after a failed attempt, or a transfer). */
    attempt?: number;
    /** SIP headers of the request, only those named in manifest and grant. */
    headers?: Array<common.Header>;
    /** Channel variables named in manifest and grant, and `codecs`, `language`, `redirecting`, `last-cause`, `arg1`... */
    attrs?: Array<common.Attr>;
  }
  /** Why not. */
  interface Rejection {
    /** ITU-T Q.850 cause, 1 to 127 (17 busy, 21 rejected, 34 no circuit). 0: derive it from `sip-code`. */
    cause: number;
    /** SIP status, 400 to 699; 0: derive it from `cause`. */
    sipCode: number;
    /** Words for the trace and the SIP Reason header. */
    reason: string;
  }
  /** Where the call goes. */
  type Decision =
    /** Dial. */
    | { tag: "connect"; val: Array<Array<routing.Leg>> }
    /** Go on in the dialplan there. */
    | { tag: "continue-at"; val: common.Location }
    /** Refuse. */
    | { tag: "reject"; val: routing.Rejection }
    /** Not mine: ask the next router of the chain. */
    | { tag: "pass" }
    /** Anything else, by name; a host that does not know it treats it as `pass` and logs a warning. */
    | { tag: "other"; val: Array<common.Attr> };
  /** A router's answer. */
  interface Verdict {
    /** Where the call goes. */
    decision?: routing.Decision;
    /** For `ucx why`: one sentence for people. */
    reason?: string;
    /** Channel variables to set; only granted names. */
    set?: Array<common.Attr>;
    /** Room to grow: `record`, `early-media`, `max-duration`, `ring-back`, `cache-for`. */
    attrs?: Array<common.Attr>;
  }
}

/** The interface `ucx:events/envelope@0.1.0`. */
export namespace envelope {
  /** One event: a fixed head, the ids of what it is about, and attributes by kind. */
  interface Event {
    /** Position in the stream. */
    seq?: number;
    /** When it happened. */
    at?: number;
    /** Whose it is. */
    tenant?: string;
    /** What happened, for example `channel.answered`. Skip kinds you do not know. */
    kind?: string;
    /** Edition of this kind's attributes. Within one edition attributes are only added. */
    edition?: number;
    /** The call it belongs to. */
    call?: string | null;
    /** The leg it is about. */
    channel?: string | null;
    /** The bridge it is about. */
    bridge?: string | null;
    /** The queue it is about. */
    queue?: string | null;
    /** The agent or queue member it is about. */
    agent?: string | null;
    /** Anything else it is about: a device, mailbox, parking space, conference, registration. */
    subject?: string | null;
    /** The facts, as the catalogue lists them for the kind. */
    attrs?: Array<common.Attr>;
    /** W3C trace context of the call, if it is traced. */
    traceparent?: string | null;
  }
  /** Events that were dropped because this subscriber was too slow. Read the state anew and go on. */
  interface Gap {
    /** First one lost. */
    first: number;
    /** Last one lost. */
    last: number;
    /** Why, in words. */
    reason: string;
  }
  /** What arrives. */
  type Delivery =
    /** An event. */
    | { tag: "event"; val: envelope.Event }
    /** A hole. */
    | { tag: "gap"; val: envelope.Gap };
  /** What a subscriber answers when it could not take a batch. */
  type Nack =
    /** Send the same batch again later (with growing pauses, and at most the manifest's `retry-max` times). */
    | { tag: "retry" }
    /** This batch can never be taken: set it aside with these words and go on. */
    | { tag: "reject"; val: string };
}

/** The interface `ucx:events/subscriber@0.1.0`. */
export namespace subscriber {
  /** Takes a batch: up to the manifest's `batch-max` deliveries, or what came within `batch-wait`. In order for each call;
   * across calls there is no order. May be called again with the same batch after a `retry`, a trap or a restart, so it
   * must not harm to see an event twice (compare `seq`). */
  function onEvents(batch: Array<envelope.Delivery>): void;
}

/** The interface `ucx:host/calendar@0.1.0`. */
export namespace calendar {
  /** A moment on the wall clock of some place. */
  interface LocalTime {
    /** For example 2026. */
    year: number;
    /** 1 to 12. */
    month: number;
    /** 1 to 31. */
    day: number;
    /** 0 to 23. */
    hour: number;
    /** 0 to 59. */
    minute: number;
    /** 0 to 60. */
    second: number;
    /** 1 is Monday, 7 is Sunday. */
    weekday: number;
    /** Minutes east of UTC, daylight saving included. */
    offset: number;
  }
  /** What the clock shows in `zone` (`Europe/Berlin`; empty is the tenant's own) at that moment. */
  function local(at: number, zone: string): calendar.LocalTime;
  /** Whether the operator's named schedule (opening hours, holidays) is open at that moment. */
  function isOpen(schedule: string, at: number): boolean;
}

/** The interface `ucx:host/handoff@0.1.0`. */
export namespace handoff {
  /** Saved state. */
  interface Snapshot {
    /** Name of the format, for example `acme.vip`. */
    schema: string;
    /** Edition of the format. */
    edition: number;
    /** The state, 1 MiB at most. Put ids in it, never handles: the new version `adopt`s them. */
    body?: Uint8Array;
  }
  /** Called on the old version when it is idle, with 2 s to answer. An error keeps the old version running. */
  function save(): handoff.Snapshot;
  /** Called on the new version before `start`. An error keeps the old version running. */
  function load(saved: handoff.Snapshot): void;
}

/** The interface `ucx:host/http@0.1.0`. */
export namespace http {
  /** What to ask. */
  interface Request {
    /** `GET`, `POST` and so on. */
    method: string;
    /** Absolute `http:` or `https:` address. */
    url: string;
    /** Headers; the host adds `host`, `content-length` and `traceparent`. */
    headers?: Array<common.Header>;
    /** The body, up to the grant's limit (1 MiB). */
    body?: Uint8Array;
    /** For the whole exchange; 0 is the grant's own limit (5 s). */
    timeout?: number;
  }
  /** What came back, whatever its status. */
  interface Response {
    /** 100 to 599. */
    status: number;
    /** Headers in the order they came. */
    headers?: Array<common.Header>;
    /** The body, up to the grant's limit (1 MiB; a longer one is the error `quota`). */
    body?: Uint8Array;
  }
  /** Sends and waits. An answer to `GET` that says how long it stays good (`cache-control: max-age`) is kept by the host
   * for this plugin and not asked for again meanwhile. An error means that no answer came; a status of 500 is not an error. */
  function fetch(request: http.Request): http.Response;
}

/** The interface `ucx:host/keyvalue-extra@0.1.0`. */
export namespace keyvalue_extra {
  /** A value and the version it has. */
  interface Versioned {
    /** The bytes. */
    value: Uint8Array;
    /** Grows with each write of this key; 0 is never used. */
    version: number;
  }
  /** Like `bucket.set`, but the key goes away after `ttl`. */
  function setExpiring(bucket: wasi_keyvalue_store.Bucket, key: string, value: Uint8Array, ttl: number): void;
  /** Like `bucket.get`, with the version. */
  function getVersioned(bucket: wasi_keyvalue_store.Bucket, key: string): keyvalue_extra.Versioned | null;
  /** Writes only if the key's version still is `expected` (0: only if there is no such key). Answers the new version, or
   * none if somebody else was faster. */
  function swap(bucket: wasi_keyvalue_store.Bucket, key: string, expected: number, value: Uint8Array): number | null;
}

/** The interface `ucx:host/lifecycle@0.1.0`. */
export namespace lifecycle {
  /** Which life of which plugin this is. */
  interface Incarnation {
    /** The plugin's id. */
    plugin?: string;
    /** Its version. */
    version?: string;
    /** Counts the swaps on this host. */
    generation?: number;
    /** True if a snapshot was loaded before. */
    resumed?: boolean;
    /** Room to grow: `host-version`, `worlds`, `instance`. */
    attrs?: Array<common.Attr>;
  }
  /** Called once before anything else. May be called again after a restart, so it must be idempotent. An error keeps this
   * generation from becoming active; the text is shown to the operator. */
  function start(me: lifecycle.Incarnation): void;
  /** Asked every few seconds. An error marks the plugin unhealthy with these words. */
  function health(): void;
}

/** The interface `ucx:host/lookup@0.1.0`. */
export namespace lookup {
  /** One row of a table. */
  interface Row {
    /** The key that matched. */
    key?: string;
    /** The row's columns. */
    columns?: Array<common.Attr>;
  }
  /** The row with exactly this key, or none. */
  function find(table: string, key: string): lookup.Row | null;
  /** The row whose key is the longest prefix of `digits`, or none. */
  function longestPrefix(table: string, digits: string): lookup.Row | null;
  /** Several exact keys in one go, answers in the order of the keys. At most 256 keys. */
  function findMany(table: string, keys: Array<string>): Array<lookup.Row | null>;
}

/** The interface `ucx:host/metrics@0.1.0`. */
export namespace metrics {
  /** Adds `n` to a counter. At most 64 different names a plugin; further names are dropped and counted. */
  function count(name: string, n: number, labels: Array<common.Attr>): void;
  /** Puts one observation into a histogram, in the unit that the name ends with (`_seconds`, `_bytes`). */
  function observe(name: string, value: number, labels: Array<common.Attr>): void;
  /** Sets a gauge. */
  function gauge(name: string, value: number, labels: Array<common.Attr>): void;
}

/** The interface `ucx:host/secrets@0.1.0`. */
export namespace secrets {
  /** The secret of that name. `denied` if not granted, `not-found` if the operator set none. */
  function get(name: string): string;
}

/** The interface `ucx:host/turn@0.1.0`. */
export namespace turn {
  /** What is left of the budget of this turn. Time spent waiting in host functions does not count against a call flow. */
  function remaining(): number;
  /** True once the host wants the plugin to finish: the caller hung up, or the plugin is being drained. */
  function cancelled(): boolean;
  /** Waits. Ends early with `gone` if the caller of a call flow hangs up, with `cancelled` if the plugin is drained. */
  function sleep(time: number): void;
  /** After `delay`, delivers an event of kind `timer` with `tag` as its subject (through `next-event` or the inbox).
   * Answers an id. At most 64 timers for a call flow, 10,000 for an application; then `quota`. */
  function setTimer(delay: number, tag: string): number;
  /** Calls a timer off. Nothing happens if it has fired. */
  function cancelTimer(id: number): void;
}

/** The interface `ucx:plugin/inbox@0.1.0`. */
export namespace inbox {
  /** A request to the application's own part of the REST tree. */
  interface HttpRequest {
    /** To be given back with the answer. */
    id?: number;
    /** `GET`, `POST` and so on. */
    method?: string;
    /** Path below the application's own. */
    path?: string;
    /** What stands after the question mark, not decoded. */
    query?: string;
    /** Headers; credentials are taken out. */
    headers?: Array<common.Header>;
    /** The body, up to 1 MiB. */
    body?: Uint8Array;
    /** Room to grow: `user`, `peer`. */
    attrs?: Array<common.Attr>;
  }
  /** What arrives. */
  type Message =
    /** An event the manifest asked for, or about what the application holds, or a timer; or a gap. */
    | { tag: "delivery"; val: envelope.Delivery }
    /** Somebody asks something. Answer within 10 s, or the host does with 504. */
    | { tag: "request"; val: inbox.HttpRequest }
    /** Finish, and let `serve` return within the manifest's `drain` time. If there is a `handoff`, `save` comes next. */
    | { tag: "drain" }
    /** Anything else; skip what you do not know. */
    | { tag: "other"; val: envelope.Event };
  /** The next message, or none after `wait`. */
  function next(wait: number): inbox.Message | null;
  /** Several at once: waits for the first only. At most `max`. */
  function nextBatch(max: number, wait: number): Array<inbox.Message>;
  /** Answers a request. `gone` if that is too late. */
  function reply(id: number, status: number, headers: Array<common.Header>, body: Uint8Array): void;
}

/** The interface `ucx:queue/queues@0.1.0`. */
export namespace queues {
  /** A queue as it is now. */
  interface QueueInfo {
    /** Which. */
    id?: string;
    /** Grows with each change: two answers with the same number are the same. */
    revision?: number;
    /** Callers waiting. */
    waiting?: number;
    /** How long the first of them has waited. */
    longestWait?: number;
    /** Agents logged in. */
    loggedIn?: number;
    /** Agents who could take a call now. */
    ready?: number;
    /** Agents talking. */
    talking?: number;
    /** Calls served since the counters were reset. */
    answered?: number;
    /** Callers who gave up since then. */
    abandoned?: number;
    /** Served within the service level, 0 to 100. */
    serviceLevel?: number;
    /** Room to grow: `strategy`, `weight`, `hold-time`, `talk-time`, `reset-at`. */
    attrs?: Array<common.Attr>;
  }
  /** Somebody waiting. */
  interface WaitingCaller {
    /** The leg. */
    channel?: string;
    /** The call. */
    call?: string;
    /** Who. */
    caller?: common.Party;
    /** 1 is next. */
    position?: number;
    /** How long already. */
    waited?: number;
    /** Higher is served earlier. */
    priority?: number;
    /** What was given to `enqueue`. */
    attrs?: Array<common.Attr>;
  }
  /** What an agent does. */
  type AgentState = "ready" | "ringing" | "talking" | "busy" | "wrap-up" | "paused" | "unavailable" | "other";
  /** An agent in a queue, as it is now. */
  interface AgentInfo {
    /** Which. */
    id?: string;
    /** Name for people. */
    name?: string;
    /** What it does. */
    state?: queues.AgentState;
    /** Why it is paused; empty otherwise. */
    reason?: string;
    /** Since when it has been doing that. */
    since?: number;
    /** End of the last call; 0 if none. */
    lastCall?: number;
    /** Calls taken in this queue. */
    calls?: number;
    /** Lower is asked earlier. */
    penalty?: number;
    /** Room to grow: `skills`, `call`, `ring-count`, `interface`. */
    attrs?: Array<common.Attr>;
  }
  /** A queue as it is now. */
  function getQueue(id: string): queues.QueueInfo;
  /** All queues this plugin may see. */
  function listQueues(): Array<queues.QueueInfo>;
  /** Who waits, first one first. */
  function listWaiting(id: string): Array<queues.WaitingCaller>;
  /** Who serves. */
  function listAgents(id: string): Array<queues.AgentInfo>;
  /** Lets an agent serve a queue, or changes its penalty. */
  function addAgent(id: string, agent: string, penalty: number, attrs: Array<common.Attr>): void;
  /** Ends that. */
  function removeAgent(id: string, agent: string): void;
  /** Pauses an agent (in one queue, or in all if none is given) with a reason, or ends the pause. */
  function pauseAgent(id: string | null, agent: string, on: boolean, reason: string): void;
  /** Changes the priority of a waiting caller. */
  function prioritise(id: string, waiting: string, priority: number): void;
  /** Takes a caller out of a queue; its `enqueue` ends with `other` and these words as the attribute `status`. */
  function dismiss(id: string, waiting: string, status: string): void;
}

/** The interface `ucx:queue/selector@0.1.0`. */
export namespace selector {
  /** What to do with a waiting caller now. */
  interface Choice {
    /** Agents to ring: groups one after another, the agents of one group together. Empty: wait. */
    groups: Array<Array<string>>;
    /** For `ucx why`: one sentence for people. */
    reason: string;
  }
  /** Picks among the agents who could take a call now. An error or a trap falls back to the queue's own strategy. */
  function choose(queue: queues.QueueInfo, caller: queues.WaitingCaller, ready: Array<queues.AgentInfo>): selector.Choice;
}

/** The interface `ucx:types/common@0.1.0`. */
export namespace common {
  /** What an attribute holds. The cases are closed for good; a shape that fits none travels as `text` (JSON, say). */
  type Value =
    /** UTF-8 text. */
    | { tag: "text"; val: string }
    /** A whole number. JavaScript keeps only -2^53 to 2^53 exactly; send larger ones as `text`. */
    | { tag: "int"; val: number }
    /** A 64-bit floating point number. */
    | { tag: "real"; val: number }
    /** True or false. */
    | { tag: "boolean"; val: boolean }
    /** Raw bytes. */
    | { tag: "bytes"; val: Uint8Array };
  /** A named value. Names are lower case with dashes, or `vendor:name` for other people's. In a list the order is kept and
   * a name may stand more than once; a reader that looks for one value takes the first. Unknown names are ignored.
   * This is how every record here grows without breaking a compiled plugin. */
  interface Attr {
    /** The name, 1 to 128 bytes. */
    name: string;
    /** The value. */
    value: common.Value;
  }
  /** One SIP header line, without its line end. Carriage return, line feed and NUL are refused in both fields. */
  interface Header {
    /** The name in any case, for example `X-Account`. */
    name: string;
    /** The value as it stands on the wire. */
    value: string;
  }
  /** May a number be shown to the other side? */
  type Presentation = "allowed" | "restricted" | "unavailable";
  /** Somebody on a call, as far as known and as far as this plugin may see (numbers can be masked by the grant). */
  interface Party {
    /** Telephone number or extension; empty if unknown. */
    number?: string;
    /** Display name. */
    name?: string | null;
    /** SIP or tel URI. */
    uri?: string | null;
    /** Whether number and name may be shown. */
    presentation?: common.Presentation;
    /** Room to grow: `subaddress`, `number-plan`, `tag` and so on. */
    attrs?: Array<common.Attr>;
  }
  /** Which way a call went, seen from the host. */
  type Direction = "inbound" | "outbound" | "internal";
  /** A place in the dialplan. */
  interface Location {
    /** The context; empty means the channel's own. */
    context: string;
    /** The extension; empty means the channel's own. */
    exten: string;
    /** The priority: a number from 1, or a label. */
    priority: string;
  }
  /** A failure this version has no case for. */
  interface Fault {
    /** A stable word for programs, lower case with dashes. Unknown words are to be treated like `unavailable`. */
    code: string;
    /** A sentence for people. Do not parse it. */
    message: string;
    /** If trying again can help: after how long. */
    retryAfter?: number | null;
  }
  /** Why a host function did not do what was asked. Open: whatever has no case of its own arrives as `other`. */
  type Error =
    /** No such thing, or none that this plugin may see. */
    | { tag: "not-found" }
    /** It existed but is over: the caller hung up, the bridge was destroyed, somebody else took control. */
    | { tag: "gone" }
    /** An argument is wrong; the text says which one and why. */
    | { tag: "invalid"; val: string }
    /** The manifest did not ask for it or the operator did not grant it; the text is the manifest line that would. */
    | { tag: "denied"; val: string }
    /** A limit of this plugin is used up; tells when to try again if that is known. */
    | { tag: "quota"; val: number | null }
    /** Not now, because of the state it is in (already playing, already parked). The text says what stands in the way. */
    | { tag: "conflict"; val: string }
    /** The time given for it passed. */
    | { tag: "timeout" }
    /** This plugin, or the host while draining it, called it off. */
    | { tag: "cancelled" }
    /** A part of the host or of the network does not answer; the text says which. */
    | { tag: "unavailable"; val: string }
    /** Anything else, named by a code. */
    | { tag: "other"; val: common.Fault };
}

/** The interface `wasi:clocks/monotonic-clock@0.2.12`. */
export namespace monotonic_clock {
  /** Read the current value of the clock.
   * 
   * The clock is monotonic, therefore calling this function repeatedly will
   * produce a sequence of non-decreasing values.
   * 
   * For completeness, this function traps if it's not possible to represent
   * the value of the clock in an `instant`. Consequently, implementations
   * should ensure that the starting time is low enough to avoid the
   * possibility of overflow in practice. */
  function now(): number;
  /** Query the resolution of the clock. Returns the duration of time
   * corresponding to a clock tick. */
  function resolution(): number;
}

/** The interface `wasi:clocks/wall-clock@0.2.12`. */
export namespace wall_clock {
  /** A time and date in seconds plus nanoseconds. */
  interface Datetime {
    seconds: number;
    nanoseconds: number;
  }
  /** Read the current value of the clock.
   * 
   * This clock is not monotonic, therefore calling this function repeatedly
   * will not necessarily produce a sequence of non-decreasing values.
   * 
   * The returned timestamps represent the number of seconds since
   * 1970-01-01T00:00:00Z, also known as [POSIX's Seconds Since the Epoch],
   * also known as [Unix Time].
   * 
   * The nanoseconds field of the output is always less than 1000000000.
   * 
   * [POSIX's Seconds Since the Epoch]: https://pubs.opengroup.org/onlinepubs/9699919799/xrat/V4_xbd_chap04.html#tag_21_04_16
   * [Unix Time]: https://en.wikipedia.org/wiki/Unix_time */
  function now(): wall_clock.Datetime;
  /** Query the resolution of the clock.
   * 
   * The nanoseconds field of the output is always less than 1000000000. */
  function resolution(): wall_clock.Datetime;
}

/** The interface `wasi:config/store@0.2.0-rc.1`. */
export namespace wasi_config_store {
  /** An error type that encapsulates the different errors that can occur fetching configuration values. */
  type Error =
    /** This indicates an error from an "upstream" config source.
     * As this could be almost _anything_ (such as Vault, Kubernetes ConfigMaps, KeyValue buckets, etc),
     * the error message is a string. */
    | { tag: "upstream"; val: string }
    /** This indicates an error from an I/O operation.
     * As this could be almost _anything_ (such as a file read, network connection, etc),
     * the error message is a string.
     * Depending on how this ends up being consumed,
     * we may consider moving this to use the `wasi:io/error` type instead.
     * For simplicity right now in supporting multiple implementations, it is being left as a string. */
    | { tag: "io"; val: string };
  /** Gets a configuration value of type `string` associated with the `key`.
   * 
   * The value is returned as an `option<string>`. If the key is not found,
   * `Ok(none)` is returned. If an error occurs, an `Err(error)` is returned. */
  function get(key: string): string | null;
  /** Gets a list of configuration key-value pairs of type `string`.
   * 
   * If an error occurs, an `Err(error)` is returned. */
  function getAll(): Array<[string, string]>;
}

/** The interface `wasi:keyvalue/atomics@0.2.0-draft`. */
export namespace atomics {
  /** Atomically increment the value associated with the key in the store by the given delta. It
   * returns the new value.
   * 
   * If the key does not exist in the store, it creates a new key-value pair with the value set
   * to the given delta.
   * 
   * If any other error occurs, it returns an `Err(error)`. */
  function increment(bucket: wasi_keyvalue_store.Bucket, key: string, delta: number): number;
}

/** The interface `wasi:keyvalue/store@0.2.0-draft`. */
export namespace wasi_keyvalue_store {
  /** The set of errors which may be raised by functions in this package */
  type Error =
    /** The host does not recognize the store identifier requested. */
    | { tag: "no-such-store" }
    /** The requesting component does not have access to the specified store
     * (which may or may not exist). */
    | { tag: "access-denied" }
    /** Some implementation-specific error has occurred (e.g. I/O) */
    | { tag: "other"; val: string };
  /** A response to a `list-keys` operation. */
  interface KeyResponse {
    /** The list of keys returned by the query. */
    keys?: Array<string>;
    /** The continuation token to use to fetch the next page of keys. If this is `null`, then
     * there are no more keys to fetch. */
    cursor?: number | null;
  }
  /** A bucket is a collection of key-value pairs. Each key-value pair is stored as a entry in the
   * bucket, and the bucket itself acts as a collection of all these entries.
   * 
   * It is worth noting that the exact terminology for bucket in key-value stores can very
   * depending on the specific implementation. For example:
   * 
   * 1. Amazon DynamoDB calls a collection of key-value pairs a table
   * 2. Redis has hashes, sets, and sorted sets as different types of collections
   * 3. Cassandra calls a collection of key-value pairs a column family
   * 4. MongoDB calls a collection of key-value pairs a collection
   * 5. Riak calls a collection of key-value pairs a bucket
   * 6. Memcached calls a collection of key-value pairs a slab
   * 7. Azure Cosmos DB calls a collection of key-value pairs a container
   * 
   * In this interface, we use the term `bucket` to refer to a collection of key-value pairs */
  class Bucket {
    private constructor();
    /** Get the value associated with the specified `key`
     * 
     * The value is returned as an option. If the key-value pair exists in the
     * store, it returns `Ok(value)`. If the key does not exist in the
     * store, it returns `Ok(none)`.
     * 
     * If any other error occurs, it returns an `Err(error)`. */
    get(key: string): Uint8Array | null;
    /** Set the value associated with the key in the store. If the key already
     * exists in the store, it overwrites the value.
     * 
     * If the key does not exist in the store, it creates a new key-value pair.
     * 
     * If any other error occurs, it returns an `Err(error)`. */
    set(key: string, value: Uint8Array): void;
    /** Delete the key-value pair associated with the key in the store.
     * 
     * If the key does not exist in the store, it does nothing.
     * 
     * If any other error occurs, it returns an `Err(error)`. */
    delete(key: string): void;
    /** Check if the key exists in the store.
     * 
     * If the key exists in the store, it returns `Ok(true)`. If the key does
     * not exist in the store, it returns `Ok(false)`.
     * 
     * If any other error occurs, it returns an `Err(error)`. */
    exists(key: string): boolean;
    /** Get all the keys in the store with an optional cursor (for use in pagination). It
     * returns a list of keys. Please note that for most KeyValue implementations, this is a
     * can be a very expensive operation and so it should be used judiciously. Implementations
     * can return any number of keys in a single response, but they should never attempt to
     * send more data than is reasonable (i.e. on a small edge device, this may only be a few
     * KB, while on a large machine this could be several MB). Any response should also return
     * a cursor that can be used to fetch the next page of keys. See the `key-response` record
     * for more information.
     * 
     * Note that the keys are not guaranteed to be returned in any particular order.
     * 
     * If the store is empty, it returns an empty list.
     * 
     * MAY show an out-of-date list of keys if there are concurrent writes to the store.
     * 
     * If any error occurs, it returns an `Err(error)`. */
    listKeys(cursor: number | null): wasi_keyvalue_store.KeyResponse;
    /** Lets go of it. */
    [Symbol.dispose](): void;
  }
  /** Get the bucket with the specified identifier.
   * 
   * `identifier` must refer to a bucket provided by the host.
   * 
   * `error::no-such-store` will be raised if the `identifier` is not recognized. */
  function open(identifier: string): wasi_keyvalue_store.Bucket;
}

/** The interface `wasi:logging/logging@0.1.0-draft`. */
export namespace logging {
  /** A log level, describing a kind of message. */
  type Level = "trace" | "debug" | "info" | "warn" | "error" | "critical";
  /** Emit a log message.
   * 
   * A log message has a `level` describing what kind of message is being
   * sent, a context, which is an uninterpreted string meant to help
   * consumers group similar messages, and a string containing the message
   * text. */
  function log(level: logging.Level, context: string, message: string): void;
}

/** The interface `wasi:random/random@0.2.12`. */
export namespace random {
  /** Return `len` cryptographically-secure random or pseudo-random bytes.
   * 
   * This function must produce data at least as cryptographically secure and
   * fast as an adequately seeded cryptographically-secure pseudo-random
   * number generator (CSPRNG). It must not block, from the perspective of
   * the calling program, under any circumstances, including on the first
   * request and on requests for numbers of bytes. The returned data must
   * always be unpredictable.
   * 
   * This function must always return fresh data. Deterministic environments
   * must omit this function, rather than implementing it with deterministic
   * data. */
  function getRandomBytes(len: number): Uint8Array;
  /** Return a cryptographically-secure random or pseudo-random `u64` value.
   * 
   * This function returns the same type of data as `get-random-bytes`,
   * represented as a `u64`. */
  function getRandomU64(): number;
}
