//! Steps that the language of cases has no words for.
#![allow(clippy::needless_pass_by_ref_mut)] // all native steps have one shape

use super::rest;
use super::stage::{Last, OPERATOR, REPLY_LIMIT, Stage, shown};
use md5::{Digest, Md5};
use std::io::Write;

/// Does one of them.
pub fn run(stage: &mut Stage<'_>, name: &str) -> Result<(), String> {
    match name {
        "md5-login" => md5_login(stage, |key| key),
        "md5-login-in-capitals" => match md5_login(stage, |key| key.to_ascii_uppercase()) {
            Ok(()) => Err("a key in capitals is accepted".to_owned()),
            Err(_) => Ok(()),
        },
        "md5-wrong" => match md5_login(stage, |key| key.chars().rev().collect()) {
            Ok(()) => Err("a wrong key is accepted".to_owned()),
            Err(_) => Ok(()),
        },
        "operator" => {
            OPERATOR.clone_into(&mut stage.current);
            Ok(())
        }
        "greeting" => greeting(stage),
        "blank" => blank(stage),
        "long-line" => long_line(stage),
        "long-id" => long_id(stage),
        "large-recording" => large_recording(stage),
        "long-channel-id" => long_channel_id(stage),
        "channel-order" => channel_order(stage),
        "first-lines" => first_lines(stage),
        "names" => hexadecimal(stage),
        "numeric-id" => numeric_id(stage),
        "swap" => swap(stage),
        "agi-unknown" => agi_unknown(stage),
        "action-id-first" => action_id(stage, true),
        "action-id-last" => action_id(stage, false),
        "last-fields" => last_fields(stage),
        "subprotocol" => subprotocol(stage),
        "large-body" => large_body(stage),
        "end-before-start" => end_before_start(stage),
        "one-end" => one_end(stage),
        "keep-alive" => keep_alive(stage),
        "chunked" => chunked(stage),
        other => Err(format!("no such step: {other}")),
    }
}

/// Logs in with a challenge on the connection in use.
fn md5_login(stage: &mut Stage<'_>, shown: impl Fn(String) -> String) -> Result<(), String> {
    let owned = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let manager = stage.manager()?;
    manager.send(&owned(&[("Action", "Challenge"), ("AuthType", "MD5")]))?;
    let reply = manager.reply(REPLY_LIMIT)?;
    let challenge = reply.head.header("Challenge").ok_or("no challenge")?.to_owned();
    if challenge.is_empty() || !challenge.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("no number: {challenge}"));
    }
    let digest = Md5::digest(format!("{challenge}op"));
    let key: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = shown(key);
    manager.send(&owned(&[
        ("Action", "Login"),
        ("AuthType", "MD5"),
        ("Username", "op"),
        ("Key", &key),
    ]))?;
    let reply = manager.reply(REPLY_LIMIT)?;
    match reply.head.header("Message") {
        Some("Authentication accepted") => Ok(()),
        other => Err(format!("answered {other:?}")),
    }
}

/// Two requests on one connection, the second after one whose body was read.
fn keep_alive(stage: &mut Stage<'_>) -> Result<(), String> {
    let mut stream = rest::connect(stage.ground.application)?;
    for _ in 0..2 {
        let answer = rest::ask_on(&mut stream, "GET", "/ari/asterisk/ping", &rest::basic("op"), "")?;
        if answer.status != 200 || answer.header("content-length").is_none() {
            return Err(format!("answered {answer:?}"));
        }
        if answer.header("transfer-encoding").is_some() {
            return Err("the reply is chunked".to_owned());
        }
    }
    Ok(())
}

/// A request whose body comes in chunks.
fn chunked(stage: &mut Stage<'_>) -> Result<(), String> {
    let mut stream = rest::connect(stage.ground.application)?;
    let head = format!(
        "POST /ari/asterisk/variable HTTP/1.1\r\nHost: x\r\n{}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        rest::basic("op")
    );
    let body = "9\r\n{\"variabl\r\n18\r\ne\":\"CHUNKY\",\"value\":\"1\"}\r\n0\r\n\r\n";
    let sent = stream.write_all(format!("{head}{body}").as_bytes());
    sent.map_err(|error| error.to_string())?;
    let answer = rest::read_answer(&mut stream, "POST")?;
    if answer.status != 204 {
        return Err(format!("answered {answer:?}"));
    }
    Ok(())
}

/// The first line is the greeting, and what follows it is a message.
fn greeting(stage: &mut Stage<'_>) -> Result<(), String> {
    let text = stage.manager()?.transcript.clone();
    let text = String::from_utf8_lossy(&text).into_owned();
    if !text.starts_with("Asterisk Call Manager/11.0.0\r\n>>> ") {
        return Err(format!("greeted with {:?}", text.get(..60)));
    }
    Ok(())
}

/// A header without a value ends with the blank behind its colon.
fn blank(stage: &mut Stage<'_>) -> Result<(), String> {
    let text = stage.manager()?.transcript.clone();
    if !text.windows(9).any(|bytes| bytes == b"Value: \r\n") {
        return Err("no `Value: `".to_owned());
    }
    Ok(())
}

fn long_line(stage: &mut Stage<'_>) -> Result<(), String> {
    let text = format!("Action: Ping\r\nX: {}\r\n\r\n", "x".repeat(1_100));
    let manager = stage.manager()?;
    manager.send_raw(text.as_bytes())?;
    let reply = manager.reply(REPLY_LIMIT)?;
    match reply.head.header("Message") {
        Some("Failed to parse message: line too long") => Ok(()),
        _ => Err(format!("answered {}", shown(&reply.head))),
    }
}

fn long_id(stage: &mut Stage<'_>) -> Result<(), String> {
    let headers = [
        ("Action", "Originate".to_owned()),
        ("Channel", "Local/sit@proof".to_owned()),
        ("Application", "Wait".to_owned()),
        ("ChannelId", "x".repeat(150)),
    ];
    let reply = stage.ask(&headers.map(|(name, value)| (name.to_owned(), value)))?;
    let message = reply.head.header("Message").unwrap_or_default().to_owned();
    if message != "Uniqueid length exceeds maximum of 149" {
        return Err(format!("answered {}", shown(&reply.head)));
    }
    let case = stage.case.clone();
    stage.credit.answered("Originate", "Error", &message, &case);
    Ok(())
}

/// A recording past the size that is handed out, of which the disk keeps nothing.
fn large_recording(stage: &mut Stage<'_>) -> Result<(), String> {
    let folder = stage.ground.folder.join("state/spool/recording");
    let path = folder.join("large.wav");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::File::create(&path))
        .and_then(|file| file.set_len(300 << 20))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn long_channel_id(stage: &mut Stage<'_>) -> Result<(), String> {
    let target = format!("/ari/channels/{}?endpoint=Local/sit@proof&app=x", "x".repeat(150));
    let answer = stage.rest("POST", &target, "", "")?;
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    if answer.status != 400 || message != "Uniqueid length exceeds maximum of 149" {
        return Err(format!("answered {answer:?}"));
    }
    let case = stage.case.clone();
    let said = (answer.status, answer.phrase.as_str(), message.as_str());
    stage.credit.rest("POST", &target, said, &case);
    Ok(())
}

/// The headers of the event matched last are a channel's, in order.
fn channel_order(stage: &mut Stage<'_>) -> Result<(), String> {
    let Last::Message(message) = &stage.last else {
        return Err("no event".to_owned());
    };
    let names: Vec<&str> = message.headers.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = "Event Privilege Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum \
                  ConnectedLineName Language AccountCode Context Exten Priority Uniqueid Linkedid";
    if names.join(" ") != wanted {
        return Err(names.join(" "));
    }
    Ok(())
}

/// Every message begins with the header that says what it is, and has no second one.
fn first_lines(stage: &mut Stage<'_>) -> Result<(), String> {
    for message in &stage.manager()?.messages {
        let kinds = ["Response", "Event"];
        let is_first = message
            .headers
            .first()
            .is_some_and(|(name, _)| kinds.contains(&name.as_str()));
        let more = message.headers[1..]
            .iter()
            .filter(|(name, _)| kinds.contains(&name.as_str()));
        // In these two it says what came of it: an outcome, or what somebody answered to a challenge.
        let has_response = ["OriginateResponse", "ChallengeResponseFailed"];
        let is_outcome = message.event().is_some_and(|name| has_response.contains(&name));
        if !is_first || (more.count() > 0 && !is_outcome) {
            return Err(shown(message));
        }
    }
    Ok(())
}

/// The name matched last ends with eight lower hexadecimal digits and its half.
fn hexadecimal(stage: &mut Stage<'_>) -> Result<(), String> {
    let Last::Message(message) = &stage.last else {
        return Err("no event".to_owned());
    };
    let name = message.header("Channel").unwrap_or_default();
    let number = name
        .rsplit_once('-')
        .map(|(_, rest)| rest.split(';').next().unwrap_or_default());
    let is_it = number.is_some_and(|number| {
        number.len() == 8
            && number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    if is_it { Ok(()) } else { Err(name.to_owned()) }
}

fn numeric_id(stage: &mut Stage<'_>) -> Result<(), String> {
    let id = stage.names.get("id").cloned().unwrap_or_default();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.split_once('.') {
        Some((epoch, count)) if number(epoch) && number(count) => Ok(()),
        _ => Err(format!("no epoch and number: {id}")),
    }
}

/// When a Local channel is optimised away, whoever comes names whom it replaces.
fn swap(stage: &mut Stage<'_>) -> Result<(), String> {
    let headers = [
        ("Action", "Originate"),
        ("Channel", "Local/dial@proof"),
        ("Context", "proof"),
        ("Exten", "dial"),
        ("Priority", "1"),
        ("Async", "true"),
        ("ChannelId", "swap-26"),
    ];
    stage.ask(&headers.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
    stage.calls.push("swap-26".to_owned());
    stage.event(&super::case::Wish {
        first: "BridgeEnter".to_owned(),
        fields: vec![("SwapUniqueid".to_owned(), "*".to_owned())],
    })
}

fn agi_unknown(stage: &mut Stage<'_>) -> Result<(), String> {
    let session = stage.session.as_ref().ok_or("no session")?;
    for name in ["agi_callerid", "agi_calleridname", "agi_rdnis"] {
        if session.value(name) != Some("unknown") {
            return Err(format!("{name} is {:?}", session.value(name)));
        }
    }
    Ok(())
}

/// Where ActionID stands in the items of the last list.
fn action_id(stage: &mut Stage<'_>, is_first: bool) -> Result<(), String> {
    let (_, items) = stage.list.split_last().ok_or("no list")?;
    if items.is_empty() {
        return Err("an empty list".to_owned());
    }
    for item in items {
        let place = if is_first {
            item.headers.get(1)
        } else {
            item.headers.last()
        };
        if place.is_none_or(|(name, _)| name != "ActionID") {
            return Err(shown(item));
        }
    }
    Ok(())
}

/// The application and the host's id stand at the end.
fn last_fields(stage: &mut Stage<'_>) -> Result<(), String> {
    let text = String::from_utf8_lossy(&stage.conversation).into_owned();
    let line = text
        .lines()
        .rev()
        .find(|line| line.starts_with("{\"type\":\"StasisStart\""));
    let line = line.ok_or("no StasisStart that begins with its type")?;
    let place = |name: &str| line.rfind(&format!("\"{name}\":"));
    let last = place("asterisk_id").max(place("application"));
    let before = place("channel").max(place("args"));
    if place("asterisk_id") > before && place("application") > before && last.is_some() {
        Ok(())
    } else {
        Err(line.to_owned())
    }
}

/// A client may name the subprotocol, and is told that it is spoken then.
fn subprotocol(stage: &mut Stage<'_>) -> Result<(), String> {
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ari\r\n";
    let mut stream = rest::connect(stage.ground.application)?;
    let answer = rest::ask_on(
        &mut stream,
        "GET",
        "/ari/events?app=sub53&api_key=op:op",
        upgrade,
        "",
    )?;
    if answer.status != 101 || answer.header("sec-websocket-protocol") != Some("ari") {
        return Err(format!("answered {answer:?}"));
    }
    Ok(())
}

fn large_body(stage: &mut Stage<'_>) -> Result<(), String> {
    let body = format!("{{\"variable\":\"{}\"}}", "x".repeat(41_000));
    let answer = rest::ask(
        stage.ground.application,
        "POST",
        "/ari/asterisk/variable",
        &rest::basic("op"),
        &body,
    )?;
    if answer.status != 413 {
        return Err(format!("answered {answer:?}"));
    }
    let message = answer.json()["message"]
        .as_str()
        .unwrap_or("Request body too large")
        .to_owned();
    let case = stage.case.clone();
    let said = (answer.status, answer.phrase.as_str(), message.as_str());
    stage.credit.rest("POST", "/ari/asterisk/variable", said, &case);
    Ok(())
}

/// The kinds of events about who owns a channel, in their order.
fn owners(stage: &Stage<'_>) -> Vec<String> {
    let events = stage.sockets.values().flat_map(|socket| &socket.events);
    let kinds = events.filter_map(|event| event["type"].as_str());
    kinds
        .filter(|kind| kind.starts_with("Stasis"))
        .map(str::to_owned)
        .collect()
}

fn end_before_start(stage: &mut Stage<'_>) -> Result<(), String> {
    let owners = owners(stage);
    if owners == ["StasisStart", "StasisEnd", "StasisStart"] {
        Ok(())
    } else {
        Err(owners.join(" "))
    }
}

fn one_end(stage: &mut Stage<'_>) -> Result<(), String> {
    stage.hear()?;
    let owners = owners(stage);
    let wanted = ["StasisStart", "StasisEnd", "StasisStart", "StasisEnd"];
    if owners == wanted {
        Ok(())
    } else {
        Err(owners.join(" "))
    }
}
