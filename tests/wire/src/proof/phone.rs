//! The phones of the cases: one socket that answers what comes, and registers and calls when it is told to.

use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// How long a phone rings before it answers.
const RINGING: Duration = Duration::from_millis(60);

/// All of them.
pub struct Phones {
    socket: UdpSocket,
    host: SocketAddr,
    state: Mutex<State>,
    answers: Mutex<Receiver<String>>,
}

/// What the phones have asked, and the calls they have made: one for each family of cases.
#[derive(Default)]
struct State {
    sequence: u32,
    serial: u32,
    calls: BTreeMap<String, Call>,
}

#[derive(Clone)]
struct Call {
    id: String,
    to: String,
    target: String,
    exten: String,
}

impl Phones {
    /// Answers on that socket from now on.
    pub fn start(socket: &UdpSocket, host: SocketAddr) -> Result<Arc<Self>, String> {
        let failed = |error: std::io::Error| format!("phones: {error}");
        let (sender, receiver) = channel();
        let phones = Arc::new(Self {
            socket: socket.try_clone().map_err(failed)?,
            host,
            state: Mutex::default(),
            answers: Mutex::new(receiver),
        });
        let served = socket.try_clone().map_err(failed)?;
        std::thread::Builder::new()
            .name("phones".to_owned())
            .spawn(move || serve(&served, &sender))
            .map_err(failed)?;
        Ok(phones)
    }

    /// Does what a case of that family says.
    pub fn act(&self, family: &str, verb: &str, words: &[String]) -> Result<(), String> {
        let first = words.first().map_or("", String::as_str);
        match verb {
            "register" => self.register(first, first, 600, 200),
            "unregister" => self.register(first, first, 0, 200),
            "guess" => self.register(first, "wrong", 600, 401),
            "call" => self.call(family, first),
            "hold" => self.again(family, "sendonly"),
            "unhold" => self.again(family, "sendrecv"),
            "hang" => self.hang(family),
            other => Err(format!("a phone cannot {other}")),
        }
    }

    fn own(&self) -> Result<SocketAddr, String> {
        self.socket.local_addr().map_err(|error| error.to_string())
    }

    /// Sends a request and waits for the final answer.
    fn ask(
        &self,
        method: &str,
        uri: &str,
        dialog: (&str, &str, &str),
        more: &str,
        body: &str,
    ) -> Result<(u16, String), String> {
        let (from, to, id) = dialog;
        let own = self.own()?;
        let mut state = self.state.lock().map_err(|_| "a phone died".to_owned())?;
        state.sequence += 1;
        let sequence = state.sequence;
        drop(state);
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKproof{sequence};rport\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {id}\r\nCSeq: {sequence} {method}\r\nContact: <sip:phone@{own}>\r\n\
             User-Agent: proof\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // Whoever asks meanwhile waits, or else would lose its answer to this one.
        let answers = self.answers.lock().map_err(|_| "a phone died".to_owned())?;
        self.send(&text)?;
        let began = Instant::now();
        while let Some(left) = ANSWER_LIMIT.checked_sub(began.elapsed()) {
            let Ok(answer) = answers.recv_timeout(left) else {
                break;
            };
            let is_own = header(&answer, "CSeq").is_some_and(|value| value == format!("{sequence} {method}"));
            let status: u16 = answer
                .get(8..11)
                .and_then(|digits| digits.parse().ok())
                .unwrap_or(0);
            if is_own && status >= 200 {
                if method == "INVITE" {
                    self.acknowledge(&answer, sequence, uri)?;
                }
                return Ok((status, answer));
            }
        }
        Err(format!("{method} is not answered"))
    }

    fn send(&self, text: &str) -> Result<(), String> {
        let sent = self.socket.send_to(text.as_bytes(), self.host);
        sent.map(drop).map_err(|error| format!("a phone: {error}"))
    }

    fn acknowledge(&self, answer: &str, sequence: u32, uri: &str) -> Result<(), String> {
        let own = self.own()?;
        let is_refused = !answer.starts_with("SIP/2.0 2");
        let branch = if is_refused {
            format!("proof{sequence}")
        } else {
            format!("ack{sequence}")
        };
        let of = |name: &str| header(answer, name).unwrap_or_default();
        let target = if is_refused {
            uri.to_owned()
        } else {
            address(&of("Contact"))
        };
        self.send(&format!(
            "ACK {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {sequence} ACK\r\nContent-Length: 0\r\n\r\n",
            of("From"),
            of("To"),
            of("Call-ID")
        ))
    }

    fn serial(&self) -> Result<u32, String> {
        let mut state = self.state.lock().map_err(|_| "a phone died".to_owned())?;
        state.serial += 1;
        Ok(state.serial)
    }

    fn register(&self, name: &str, password: &str, expires: u32, wanted: u16) -> Result<(), String> {
        let uri = format!("sip:{}", self.host);
        let serial = self.serial()?;
        let (from, to) = (
            format!("<sip:{name}@{}>;tag=r{serial}", self.host),
            format!("<sip:{name}@{}>", self.host),
        );
        let id = format!("proof-register-{serial}");
        let expires = format!("Expires: {expires}\r\n");
        let (status, answer) = self.ask("REGISTER", &uri, (&from, &to, &id), &expires, "")?;
        if status != 401 {
            return Err(format!("REGISTER without a password is answered {status}"));
        }
        let challenge = header(&answer, "WWW-Authenticate").ok_or("no challenge")?;
        let part = |name: &str| {
            let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let (realm, nonce) = (
            part("realm").unwrap_or_default(),
            part("nonce").unwrap_or_default(),
        );
        let first = hash(&format!("{name}:{realm}:{password}"));
        let second = hash(&format!("REGISTER:{uri}"));
        let (response, quality) = if challenge.contains("qop") {
            let response = hash(&format!("{first}:{nonce}:00000001:proof:auth:{second}"));
            (response, ", qop=auth, nc=00000001, cnonce=\"proof\"")
        } else {
            (hash(&format!("{first}:{nonce}:{second}")), "")
        };
        let opaque = part("opaque").map_or_else(String::new, |opaque| format!(", opaque=\"{opaque}\""));
        let proof = format!(
            "{expires}Authorization: Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm=MD5{quality}{opaque}\r\n"
        );
        let (status, _) = self.ask("REGISTER", &uri, (&from, &to, &id), &proof, "")?;
        if status != wanted {
            return Err(format!("REGISTER is answered {status}, not {wanted}"));
        }
        Ok(())
    }

    fn call(&self, family: &str, exten: &str) -> Result<(), String> {
        let uri = format!("sip:{exten}@{}", self.host);
        let id = format!("proof-call-{}", self.serial()?);
        let from = format!("\"Desk\" <sip:desk@{}>;tag=c", self.host);
        let (status, answer) = self.ask(
            "INVITE",
            &uri,
            (&from, &format!("<{uri}>"), &id),
            "",
            &session("sendrecv"),
        )?;
        if status != 200 {
            return Err(format!("INVITE is answered {status}"));
        }
        let call = Call {
            id,
            to: header(&answer, "To").unwrap_or_default(),
            target: address(&header(&answer, "Contact").unwrap_or_default()),
            exten: from,
        };
        let mut state = self.state.lock().map_err(|_| "a phone died".to_owned())?;
        state.calls.insert(family.to_owned(), call);
        Ok(())
    }

    fn current(&self, family: &str) -> Result<Call, String> {
        let state = self.state.lock().map_err(|_| "a phone died".to_owned())?;
        let call = state.calls.get(family).cloned();
        call.ok_or_else(|| "there is no call".to_owned())
    }

    fn again(&self, family: &str, direction: &str) -> Result<(), String> {
        let call = self.current(family)?;
        let dialog = (call.exten.as_str(), call.to.as_str(), call.id.as_str());
        match self.ask("INVITE", &call.target, dialog, "", &session(direction))? {
            (200, _) => Ok(()),
            (status, _) => Err(format!("INVITE is answered {status}")),
        }
    }

    fn hang(&self, family: &str) -> Result<(), String> {
        let call = self.current(family)?;
        let dialog = (call.exten.as_str(), call.to.as_str(), call.id.as_str());
        self.ask("BYE", &call.target, dialog, "", "").map(drop)
    }
}

/// Answers requests; answers go to whoever asked.
fn serve(socket: &UdpSocket, answers: &Sender<String>) {
    // The program's end ends the thread.
    if socket.set_read_timeout(None).is_err() {
        return;
    }
    let mut buffer = vec![0; 64 << 10];
    while let Ok((size, from)) = socket.recv_from(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..size]).into_owned();
        if text.starts_with("SIP/2.0") {
            if answers.send(text).is_err() {
                return;
            }
            continue;
        }
        let method = text.split(' ').next().unwrap_or_default();
        let said = match method {
            "ACK" => continue,
            "INVITE" => {
                reply(socket, from, &text, "180 Ringing", "", "");
                std::thread::sleep(RINGING);
                reply(
                    socket,
                    from,
                    &text,
                    "200 OK",
                    "Content-Type: application/sdp\r\n",
                    &session("sendrecv"),
                );
                continue;
            }
            "REGISTER" => "Expires: 600\r\n",
            _ => "",
        };
        reply(socket, from, &text, "200 OK", said, "");
    }
}

fn reply(socket: &UdpSocket, to: SocketAddr, request: &str, status: &str, more: &str, body: &str) {
    let Ok(own) = socket.local_addr() else { return };
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        let is_copied = ["via", "from", "call-id", "cseq"].contains(&name.to_ascii_lowercase().as_str());
        if is_copied {
            text.push_str(&format!("{line}\r\n"));
        } else if name.eq_ignore_ascii_case("To") {
            let tag = if line.contains("tag=") { "" } else { ";tag=phone" };
            text.push_str(&format!("{line}{tag}\r\n"));
        } else if name.eq_ignore_ascii_case("Contact") && request.starts_with("REGISTER") {
            text.push_str(&format!("{line}\r\n"));
        }
    }
    if !request.starts_with("REGISTER") {
        text.push_str(&format!("Contact: <sip:desk@{own}>\r\n"));
    }
    text.push_str(&format!("{more}Content-Length: {}\r\n\r\n{body}", body.len()));
    // What is lost is asked again.
    let _ = socket.send_to(text.as_bytes(), to);
}

/// An offer or answer of one stream, whose sound nobody listens to.
fn session(direction: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9999 RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    )
}

fn header(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| {
        let (is, value) = line.split_once(':')?;
        is.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

/// The address within the brackets.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(text, |(inner, _)| inner).to_owned()
}

fn hash(text: &str) -> String {
    Md5::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
