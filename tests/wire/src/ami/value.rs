//! What values may look like, where clients read more than text.

use super::stream::Message;
use crate::Violation;
use ucx_facts::causes;

const CHANNEL_STATES: [&str; 11] = [
    "Down",
    "Rsrvd",
    "OffHook",
    "Dialing",
    "Ring",
    "Ringing",
    "Up",
    "Busy",
    "Dialing Offhook",
    "Pre-ring",
    "Mute",
];

const DEVICE_STATES: [&str; 9] = [
    "UNKNOWN",
    "NOT_INUSE",
    "INUSE",
    "BUSY",
    "INVALID",
    "UNAVAILABLE",
    "RINGING",
    "RINGINUSE",
    "ONHOLD",
];

const DIAL_STATES: [&str; 3] = ["RINGING", "PROGRESS", "PROCEEDING"];

const DIAL_ENDS: [&str; 9] = [
    "ANSWER",
    "BUSY",
    "CANCEL",
    "CHANUNAVAIL",
    "CONGESTION",
    "NOANSWER",
    "ABORT",
    "CONTINUE",
    "GOTO",
];

/// What is wrong with the values of an event.
pub(crate) fn faults(event: &str, message: &Message) -> Vec<Violation> {
    let mut faults = Vec::new();
    let headers = message.headers.iter().enumerate();
    for (at, (name, value)) in headers {
        let behind = message
            .headers
            .get(at + 1)
            .map(|(name, value)| (name.as_str(), value.as_str()));
        if let Some(text) = fault(event, (name, value), behind) {
            faults.push(Violation::new(
                message.line + at,
                "value",
                format!("{event}: {name}: {value}: {text}"),
            ));
        }
    }
    faults
}

fn fault(event: &str, (name, value): (&str, &str), behind: Option<(&str, &str)>) -> Option<String> {
    let number: Option<i64> = value.parse().ok();
    match name {
        _ if name.ends_with("ChannelState") => {
            let word = number.and_then(|at| CHANNEL_STATES.get(usize::try_from(at).ok()?));
            let said = behind
                .filter(|(name, _)| name.ends_with("ChannelStateDesc"))
                .map(|(_, value)| value);
            (word.copied() != said).then(|| format!("beside {said:?}"))
        }
        _ if name.ends_with("Uniqueid") || name.ends_with("Linkedid") => {
            (value.is_empty() && !name.starts_with("Bridge")).then(|| "empty".to_owned())
        }
        _ if name.ends_with("NumChannels") || matches!(name, "ListItems" | "DurationMs") => {
            number.is_none_or(|n| n < 0).then(|| "no number".to_owned())
        }
        "Cause" if event != "PeerStatus" && event != "Registry" => cause(number, behind),
        "DialStatus" if event == "DialState" => one_of(value, &DIAL_STATES),
        "DialStatus" if event == "DialEnd" => one_of(value, &DIAL_ENDS),
        "State" if event == "DeviceStateChange" => one_of(value, &DEVICE_STATES),
        "Direction" if event.starts_with("DTMF") => one_of(value, &["Received", "Sent"]),
        "Response" if event == "OriginateResponse" => one_of(value, &["Success", "Failure"]),
        "Priority" if event != "QueueEntry" && event != "JabberStatus" && event != "ListDialplan" => {
            number.is_none().then(|| "no number".to_owned())
        }
        "EventTV" | "SessionTV" => (!is_moment(value)).then(|| "no moment".to_owned()),
        "LocalAddress" | "RemoteAddress" => (!is_address(value)).then(|| "no address".to_owned()),
        "Timestamp" => {
            let is_time = value
                .split_once('.')
                .is_some_and(|(s, us)| is_digits(s) && us.len() == 6 && is_digits(us));
            (!is_time).then(|| "no time".to_owned())
        }
        _ => None,
    }
}

/// A number from 0 to 127 (or 32, by which the host marks a request of its own) with the text that belongs to it.
fn cause(number: Option<i64>, behind: Option<(&str, &str)>) -> Option<String> {
    let Some(number) = number.filter(|number| (0..=127).contains(number)) else {
        return Some("no cause".to_owned());
    };
    let said = behind.filter(|(name, _)| *name == "Cause-txt")?.1;
    let known = causes().iter().find(|cause| i64::from(cause.code) == number);
    let text = known.map_or("Unknown", |cause| cause.text);
    (text != said).then(|| format!("beside {said}"))
}

fn one_of(value: &str, allowed: &[&str]) -> Option<String> {
    (!allowed.contains(&value)).then(|| format!("not one of {allowed:?}"))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-11-22T14:38:09.254+0000`
pub(crate) fn is_moment(text: &str) -> bool {
    const LAYOUT: &[u8] = b"0000-00-00T00:00:00.000+0000";
    text.len() == LAYOUT.len()
        && text.bytes().zip(LAYOUT).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'+' => byte == b'+' || byte == b'-',
            other => byte == *other,
        })
}

/// `IPV4/UDP/127.0.0.1/5060`
fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let [family, transport, address, port] = parts[..] else {
        return false;
    };
    let is_family = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => family == "IPV4",
        Ok(std::net::IpAddr::V6(_)) => family == "IPV6",
        Err(_) => false,
    };
    is_family && ["UDP", "TCP", "TLS", "WS", "WSS"].contains(&transport) && port.parse::<u16>().is_ok()
}
