//! Values that differ from run to run, or are no part of what is promised.

/// Headers whose value is masked in every message.
const HEADERS: &[&str] = &[
    "Uptime",
    "LastReload",
    "Timestamp",
    "EventTV",
    "SessionTV",
    "SessionID",
    "DurationMs",
    "RoundtripUsec",
    "CommandId",
    "Challenge",
    "Response-digest",
    "ExpectedResponse",
    "Seconds",
    "Duration",
    "Id",
    "RegExpire",
    "ID",
    "ExpirationTime",
    "LoginTime",
    "CallID",
    "CallId",
    "AMIversion",
    "AsteriskVersion",
    "CoreStartupDate",
    "CoreStartupTime",
    "CoreReloadDate",
    "CoreReloadTime",
];

/// Variables whose value is a time, a count of packets or a name of the protocol's.
const VARIABLES: &[&str] = &[
    "ANSWEREDTIME",
    "DIALEDTIME",
    "RINGTIME",
    "PROGRESSTIME",
    "SIPCALLID",
    "MIXMONITOR_FILENAME",
    "CDR",
    "EPOCH",
];

/// Variables that are not compared at all: the peer sets them as its media and its protocol go along.
const LEFT_OUT: &[&str] = &["RTPAUDIOQOS", "BRIDGEPVTCALLID"];

/// Variables that most recorded conversations leave out: they are compared where the recorded one has any of them.
const OFTEN_LEFT_OUT: &[&str] = &["ANSWEREDTIME", "DIALEDTIME", "RINGTIME", "PROGRESSTIME"];

/// Whether a variable is one of those that most recorded conversations leave out.
pub(crate) fn is_often_left_out(variable: &str) -> bool {
    let name = variable.trim_start_matches('_');
    OFTEN_LEFT_OUT.iter().any(|left_out| name.starts_with(left_out))
}

/// Whether a variable is not compared at all.
pub(crate) fn is_left_out(variable: &str) -> bool {
    let name = variable.trim_start_matches('_');
    LEFT_OUT.iter().any(|left_out| name.starts_with(left_out))
}

/// What stands for a masked value.
pub(crate) const MASK: &str = "*";

/// Whether the value of a header is masked; `variable` is the value of `Variable` in the same message.
pub(crate) fn is_masked(event: &str, header: &str, variable: Option<&str>) -> bool {
    if header == "Value" {
        return variable.is_some_and(is_masked_variable);
    }
    // The leg's own change of state and the dial's view of it come from two sides of the peer.
    if event == "DialState" && matches!(header, "DestChannelState" | "DestChannelStateDesc") {
        return true;
    }
    if header == "Response" {
        return event == "ChallengeResponseFailed";
    }
    HEADERS.contains(&header)
}

/// Whether the value of a variable is masked.
pub(crate) fn is_masked_variable(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    is_left_out(name) || VARIABLES.iter().any(|masked| name.starts_with(masked))
}

/// Text without ports, versions and numbers of threads.
pub(crate) fn masked(header: &str, value: &str) -> String {
    match header {
        "LocalAddress" | "RemoteAddress" | "ExpectedAddress" => value
            .rsplit_once('/')
            .map_or(value.to_owned(), |(rest, _)| format!("{rest}/{MASK}")),
        // How two legs without anything between them pass their media on is no matter of the call.
        "BridgeTechnology" if value == "native_rtp" => "simple_bridge".to_owned(),
        "Env" => masked_environment(value),
        "Message" | "Output" => masked_version(value),
        "Result" => without_position(value, "endpos%3D"),
        "Command" => without_position(value, "endpos="),
        _ => value.to_owned(),
    }
}

/// How far a sound had been played is a matter of moments.
fn without_position(value: &str, name: &str) -> String {
    let Some(at) = value.find(name).map(|at| at + name.len()) else {
        return value.to_owned();
    };
    let digits = value[at..].bytes().take_while(u8::is_ascii_digit).count();
    format!("{}{MASK}{}", &value[..at], &value[at + digits..])
}

fn masked_environment(value: &str) -> String {
    const LINE: &str = "%0A";
    const COLON: &str = "%3A%20";
    let lines = value.split(LINE).map(|line| match line.split_once(COLON) {
        Some((name, _)) if ["agi_version", "agi_threadid", "agi_uniqueid", "agi_channel"].contains(&name) => {
            format!("{name}{COLON}{MASK}")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join(LINE)
}

fn masked_version(value: &str) -> String {
    match value.strip_prefix("Asterisk ") {
        Some(_) if value.contains(" built by ") => MASK.to_owned(),
        _ => value.to_owned(),
    }
}
