//! Values with line ends in them, by every door whose values become somebody's headers. Whoever listens looks for lines that
//! only a forger could have made.

use crate::ami::Ami;
use crate::folder;
use crate::hall::Hall;
use crate::http::Http;
use crate::phone::Outcome;
use crate::scene::FALLBACK_HZ;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// What a forger would like to see as lines of their own.
const EVIL: &str = "x\r\nX-Forged: yes\r\n\r\nEvent: Forged\r\nX-Forged: yes";
/// The same as it stands in a query and in JSON.
const EVIL_QUERY: &str = "x%0d%0aX-Forged:%20yes%0d%0a%0d%0aEvent:%20Forged%0d%0aX-Forged:%20yes";
const EVIL_JSON: &str = "x\\r\\nX-Forged: yes\\r\\n\\r\\nEvent: Forged\\r\\nX-Forged: yes";

pub fn attack(hall: &mut Hall<'_>) {
    hall.attack("Manager: line ends in values that become headers", manager);
    hall.attack("HTTP: line ends in parameters that become headers", application);
    hall.attack("SIP: line ends in values that become headers", sip);
    hall.attack("Gateway: line ends in values of commands", programs);
    hall.attack("Call files: line ends in values that become headers", call_files);
}

/// A carriage return alone would end a line for many a reader; a message with one is refused.
fn manager(hall: &mut Hall<'_>) -> Result<String> {
    let mut ami = Ami::log_in(hall.scene.host.manager()?, "off")?;
    let bad = EVIL.replace('\n', "");
    let table = [
        format!("Action: UserEvent\r\nUserEvent: {bad}"),
        format!("Action: UserEvent\r\nUserEvent: a\r\nA: {bad}"),
        format!("Action: UserEvent\r\nUserEvent: a\r\nA{bad}: b"),
        format!("Action: Setvar\r\nVariable: FORGED\r\nValue: {bad}"),
        format!("Action: Originate\r\nChannel: Local/600@noise\r\nApplication: Wait\r\nData: {bad}"),
        format!("Action: Originate\r\nChannel: Local/600@noise\r\nApplication: Wait\r\nCallerID: {bad}"),
        format!("Action: DBPut\r\nFamily: f\r\nKey: k\r\nVal: {bad}"),
        format!("Action: Command\r\nCommand: core show version {bad}"),
        format!("Action: Ping\r\nActionID: {bad}"),
        format!("Action: {bad}"),
        format!("Action: Login\r\nUsername: {bad}\r\nSecret: x"),
    ];
    let before = hall.ear.security("RequestBadFormat", "AMI");
    for message in &table {
        ami.say(format!("{message}\r\n\r\n").as_bytes())?;
        let answer = ami.block()?;
        if !answer.starts_with("Response: Error") || answer.matches("X-Forged").count() > 0 {
            bail!("{message:?} is answered {answer:?}");
        }
    }
    let count = table.len() as u64;
    let told = hall.ear.security_until("RequestBadFormat", "AMI", before + count) - before;
    if told < count {
        bail!("{count} messages refused, of which {told} were told as security events");
    }
    Ok(format!("{count} messages refused, {told} security events"))
}

/// Requests with line ends in whatever they have: method, path with `{ID}` for a channel and `{EVIL}` for the words, and body.
#[rustfmt::skip]
const REQUESTS: &[(&str, &str, &str)] = &[
    ("POST", "channels/{ID}/variable?variable=FORGED&value={EVIL}", ""),
    ("POST", "channels/{ID}/variable?variable=CALLERID(name)&value={EVIL}", ""),
    ("POST", "channels/{ID}/variable?variable={EVIL}&value=x", ""),
    ("POST", "asterisk/variable?variable=FORGED&value={EVIL}", ""),
    ("POST", "events/user/forged?application=hostile", r#"{"variables":{"a":"{EVIL}","b{EVIL}":"c"}}"#),
    ("POST", "events/user/{EVIL}?application=hostile", r#"{"variables":{"a":"{EVIL}","b{EVIL}":"c"}}"#),
    ("POST", "channels?endpoint=Local/600@noise&extension=600&context=noise&callerId={EVIL}",
        r#"{"variables":{"FORGED":"{EVIL}","CALLERID(name)":"{EVIL}"}}"#),
    ("POST", "channels?endpoint=Local/600@noise&app=hostile&appArgs={EVIL}&channelId={EVIL}", ""),
    ("POST", "channels?endpoint=Local/{EVIL}@noise&app=hostile", ""),
    ("POST", "channels?endpoint=PJSIP/{EVIL}&app=hostile", ""),
    ("POST", "bridges?name={EVIL}&bridgeId=forged-{EVIL}", ""),
    ("PUT", "deviceStates/Stasis:{EVIL}?deviceState=INUSE", ""),
    ("GET", "channels/{EVIL}", ""),
    ("DELETE", "playbacks/{EVIL}", ""),
    ("GET", "asterisk/variable?variable={EVIL}", ""),
];

/// Whatever the answer is, neither it nor any event has a line of the forger's.
fn application(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.application()?;
    let mut http = Http::connect(server)?;
    let call = match hall.scene.lenient.call("queue")? {
        Outcome::Answered { call, .. } => call,
        Outcome::Failed { status, .. } => bail!("the call failed: {status}"),
    };
    let listed = http.ask("GET", "channels", "")?.body;
    let listed: serde_json::Value = serde_json::from_str(&listed).context("the list of channels")?;
    let mine = |channel: &&serde_json::Value| channel["dialplan"]["exten"] == "queue";
    let channel = listed.as_array().into_iter().flatten().find(mine);
    let id = channel
        .and_then(|channel| channel["id"].as_str())
        .context("the channel is not listed")?;
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for (method, path, body) in REQUESTS {
        let path = path.replace("{ID}", id).replace("{EVIL}", EVIL_QUERY);
        let answer = http
            .ask(method, &path, &body.replace("{EVIL}", EVIL_JSON))
            .with_context(|| format!("{method} {path}"))?;
        // What cannot be called at all is answered so.
        if answer.status >= 500 && !answer.body.contains("Allocation failed") {
            bail!("{method} {path} is answered {}: {}", answer.status, answer.body);
        }
        *statuses.entry(answer.status).or_default() += 1;
    }
    raw_replies(server)?;
    // It may have been hung up by then.
    let _ = hall.scene.lenient.hangup(call);
    Ok(format!("{} requests, answered {statuses:?}", REQUESTS.len()))
}

/// Replies that repeat a part of the request have no header of the forger's.
fn raw_replies(server: std::net::SocketAddr) -> Result<()> {
    for request in [
        format!("GET /ari/channels/{EVIL_QUERY} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"),
        "OPTIONS /ari/channels HTTP/1.1\r\nHost: x\r\nOrigin: a\rX-Forged: yes\r\nConnection: close\r\n\r\n"
            .to_owned(),
        format!(
            "GET /ari/api-docs/channels.json?{} HTTP/1.1\r\nHost: a\rX-Forged: b\r\nConnection: close\r\n\r\n",
            crate::http::KEY
        ),
        format!(
            "GET /ari/asterisk/info?api_key={EVIL_QUERY}:x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
        ),
    ] {
        let mut http = Http::connect(server)?;
        http.stream.write_all(request.as_bytes()).context("asking")?;
        let mut reply = String::new();
        // A reply that is cut off has been seen as far as it goes.
        let _ = std::io::Read::read_to_string(&mut http.stream, &mut reply);
        let head = reply.split("\r\n\r\n").next().unwrap_or_default();
        if head.split(['\r', '\n']).any(|line| line.starts_with("X-Forged")) {
            bail!("{request:?} is answered {reply:?}");
        }
    }
    Ok(())
}

/// An INVITE that the forger may shape: every line of it is the host's own.
fn sip(hall: &mut Hall<'_>) -> Result<String> {
    let mut http = Http::connect(hall.scene.host.application()?)?;
    let names = [
        "PJSIP_HEADER(add,X-Honest)",
        "CALLERID(name)",
        "CALLERID(num)",
        "CALLERID(all)",
        "CONNECTEDLINE(name)",
        "PJSIP_HEADER(add,X-A\\r\\nX-Forged)",
    ];
    for name in names {
        let body = format!("{{\"variables\":{{\"{name}\":\"{EVIL_JSON}\",\"_{name}\":\"{EVIL_JSON}\"}}}}");
        let path = format!("channels?endpoint=PJSIP/sink&app=hostile&timeout=1&callerId={EVIL_QUERY}");
        http.ask("POST", &path, &body)?;
    }
    let invites = invites(&hall.scene.sink)?;
    if invites == 0 {
        bail!("no INVITE came to look at");
    }
    let call = match hall.scene.lenient.call("queue")? {
        Outcome::Answered { call, .. } => call,
        Outcome::Failed { status, .. } => bail!("the call failed: {status}"),
    };
    hall.scene.lenient.hangup(call)?;
    Ok(format!("{invites} messages, none with a line of the forger's"))
}

/// Looks at every message that comes within a while.
fn invites(sink: &UdpSocket) -> Result<usize> {
    sink.set_read_timeout(Some(Duration::from_millis(100)))
        .context("a socket")?;
    let until = Instant::now() + Duration::from_secs(1);
    let (mut seen, mut bytes) = (0, vec![0; 65_536]);
    while Instant::now() < until {
        match sink.recv(&mut bytes) {
            Ok(count) => {
                seen += 1;
                let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let is_forged =
                    |line: &str| line.starts_with("X-Forged") || line.starts_with("Event: Forged");
                if text.split(['\r', '\n']).any(is_forged) {
                    bail!("an INVITE has a line of the forger's: {text:?}");
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error).context("the sink"),
        }
    }
    Ok(seen)
}

/// Commands of a program with carriage returns in their words.
fn programs(hall: &mut Hall<'_>) -> Result<String> {
    let programs = hall.scene.programs.try_clone().context("a second handle")?;
    let evil = EVIL.replace('\n', "");
    let commands = [
        format!("SET VARIABLE FORGED \"{evil}\""),
        format!("SET VARIABLE \"{evil}\" x"),
        format!("SET CALLERID \"{evil}\""),
        format!("VERBOSE \"{evil}\" 1"),
        format!("EXEC UserEvent \"forged,a:{evil}\""),
        format!("SET VARIABLE PJSIP_HEADER(add,X-Honest) \"{evil}\""),
        format!("DATABASE PUT f k \"{evil}\""),
        evil.clone(),
    ];
    let count = commands.len();
    let program = std::thread::spawn(move || -> Result<Vec<String>> {
        let (mut stream, _) = programs.accept().context("the host asks")?;
        stream
            .set_read_timeout(Some(Duration::from_secs(3)))
            .context("a socket")?;
        let mut reader = BufReader::new(stream.try_clone().context("a second handle")?);
        let mut line = String::new();
        while reader.read_line(&mut line).context("the environment")? > 1 {
            line.clear();
        }
        let mut replies = Vec::new();
        for command in commands {
            stream
                .write_all(format!("{command}\n").as_bytes())
                .context("a command")?;
            let mut reply = String::new();
            loop {
                reply.clear();
                reader.read_line(&mut reply).context("a reply")?;
                if !reply.starts_with("520-") && reply.starts_with(|first: char| first.is_ascii_digit()) {
                    break;
                }
            }
            replies.push(reply);
        }
        Ok(replies)
    });
    hall.scene.lenient.call_and_hear("program", FALLBACK_HZ)?;
    let replies = program.join().ok().context("the program panicked")??;
    let refused = replies.iter().filter(|reply| reply.starts_with('5')).count();
    if refused != count {
        bail!("{refused} of {count} are refused: {replies:?}");
    }
    Ok(format!("{count} commands refused"))
}

/// A file whose values have carriage returns, and one that is not text.
fn call_files(hall: &mut Hall<'_>) -> Result<String> {
    let outgoing = hall.scene.host.spool().join("outgoing");
    if !outgoing.is_dir() {
        bail!("there is no {}", outgoing.display());
    }
    let evil = EVIL.replace('\n', "");
    let files = [
        format!(
            "Channel: PJSIP/sink\nWaitTime: 1\nApplication: Wait\nData: 1\nCallerID: {evil}\nSetvar: FORGED={evil}\n"
        ),
        format!(
            "Channel: PJSIP/sink\nWaitTime: 1\nApplication: Wait\nSetvar: PJSIP_HEADER(add,X-Honest)={evil}\n"
        ),
        format!("Channel: Local/600@noise\nApplication: UserEvent\nData: forged,a:{evil}\n"),
        "x".repeat(4 << 20),
        "Setvar: a=b\n".repeat(100_000),
    ];
    for (number, text) in files.iter().enumerate() {
        let name = format!("hostile-{number}.call");
        let beside = hall.scene.host.spool().join(&name);
        folder::write(&beside, text)?;
        std::fs::rename(&beside, outgoing.join(&name)).context("putting a call file in its place")?;
    }
    let invites = invites(&hall.scene.sink)?;
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let left = std::fs::read_dir(&outgoing).context("the spool")?.count();
        if left > 0 && Instant::now() > until {
            bail!("{left} files are left");
        }
        if left == 0 {
            break Ok(format!("{} files, {invites} messages, no file left", files.len()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
