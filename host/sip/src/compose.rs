//! What do our own requests and replies look like on the wire? Both are written straight into bytes, in the peer's header order.

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::flow::{Flow, TransportKind};
use crate::{Method, Status};

/// Hops a request of ours may take (RFC 3261 section 8.1.1.6).
const MAX_FORWARDS: &str = "70";

/// A request of ours before a transaction gives it a Via.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingRequest {
    pub method: Method,
    pub uri: String,
    /// The From and To values with their tags.
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub cseq: u32,
    pub contact: Option<String>,
    pub routes: Vec<String>,
    /// Further headers in the order they are written.
    pub extra: Vec<(Cow<'static, str>, String)>,
    pub content_type: Option<Cow<'static, str>>,
    pub body: Bytes,
}

/// The parts of the top Via that are not the request's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViaLine<'a> {
    pub kind: TransportKind,
    pub sent_by: SocketAddr,
    pub branch: &'a str,
}

impl OutgoingRequest {
    /// Writes the whole request.
    pub(crate) fn write(&self, via: ViaLine<'_>, user_agent: &str) -> Vec<u8> {
        let mut out = Lines::with_capacity(640 + self.body.len());
        out.text(self.method.as_str())
            .text(" ")
            .text(&self.uri)
            .text(" SIP/2.0\r\n");
        out.via(via);
        out.line("From", &self.from).line("To", &self.to);
        if let Some(contact) = &self.contact {
            out.line("Contact", contact);
        }
        out.line("Call-ID", &self.call_id);
        out.cseq(self.cseq, self.method.as_str());
        for route in &self.routes {
            out.line("Route", route);
        }
        for (name, value) in &self.extra {
            out.line(name, value);
        }
        out.line("Max-Forwards", MAX_FORWARDS);
        if !user_agent.is_empty() {
            out.line("User-Agent", user_agent);
        }
        out.body(self.content_type.as_deref(), &self.body)
    }

    /// Writes the ACK for a final reply other than 2xx: same branch, same route, the reply's To (RFC 3261 section 17.1.1.3).
    pub(crate) fn write_ack(&self, via: ViaLine<'_>, to: &str, user_agent: &str) -> Vec<u8> {
        self.write_companion("ACK", via, to, &[], user_agent)
    }

    /// Writes the CANCEL of this request (RFC 3261 section 9.1).
    pub(crate) fn write_cancel(&self, via: ViaLine<'_>, reason: Option<&str>, user_agent: &str) -> Vec<u8> {
        let reason: Vec<(&str, &str)> = reason.map(|text| ("Reason", text)).into_iter().collect();
        self.write_companion("CANCEL", via, &self.to, &reason, user_agent)
    }

    fn write_companion(
        &self,
        method: &str,
        via: ViaLine<'_>,
        to: &str,
        extra: &[(&str, &str)],
        user_agent: &str,
    ) -> Vec<u8> {
        let mut out = Lines::with_capacity(512);
        out.text(method).text(" ").text(&self.uri).text(" SIP/2.0\r\n");
        out.via(via);
        out.line("From", &self.from)
            .line("To", to)
            .line("Call-ID", &self.call_id);
        out.cseq(self.cseq, method);
        for route in &self.routes {
            out.line("Route", route);
        }
        for (name, value) in extra {
            out.line(name, value);
        }
        out.line("Max-Forwards", MAX_FORWARDS);
        if !user_agent.is_empty() {
            out.line("User-Agent", user_agent);
        }
        out.body(None, &[])
    }

    /// Replaces or adds a header.
    pub(crate) fn set_extra(&mut self, name: &'static str, value: String) {
        self.extra
            .retain(|(existing, _)| !existing.eq_ignore_ascii_case(name));
        self.extra.push((Cow::Borrowed(name), value));
    }
}

/// What every reply to one request repeats (RFC 3261 section 8.2.6.2).
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplyHead {
    /// Via lines, the top one with `received` and `rport`.
    pub vias: Vec<u8>,
    pub record_routes: Vec<u8>,
    /// Call-ID, From and To lines; without the end of the To line.
    pub identity: Vec<u8>,
    pub to_has_tag: bool,
    pub cseq: Vec<u8>,
}

/// The part of a reply that is not repeated from its request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub status: u16,
    /// Replaces the standard phrase: the sentence of a 400.
    pub reason: Option<String>,
    pub extra: Vec<(Cow<'static, str>, String)>,
    pub content_type: Option<Cow<'static, str>>,
    pub body: Bytes,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Adds a header when there is a value for it.
    pub(crate) fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a session description.
    pub(crate) fn with_sdp(mut self, sdp: Bytes) -> Self {
        if !sdp.is_empty() {
            self.content_type = Some(Cow::Borrowed("application/sdp"));
            self.body = sdp;
        }
        self
    }

    pub(crate) fn is_final(&self) -> bool {
        self.status >= 200
    }
}

impl ReplyHead {
    /// Writes a whole reply; `tag` is ours, and left out of a 100 (RFC 3261 section 8.2.6.2).
    pub(crate) fn write(&self, reply: &Reply, tag: &str, server: &str) -> Vec<u8> {
        let mut out = Lines::with_capacity(512 + reply.body.len());
        let status = Status(reply.status);
        let phrase = reply.reason.as_deref().unwrap_or_else(|| status.reason());
        out.text("SIP/2.0 ")
            .number(u64::from(reply.status))
            .text(" ")
            .clean(phrase)
            .text("\r\n");
        out.raw(&self.vias);
        if reply.status > 100 && reply.status < 300 {
            out.raw(&self.record_routes);
        }
        out.raw(&self.identity);
        if !self.to_has_tag && reply.status > 100 {
            out.text(";tag=").text(tag);
        }
        out.text("\r\n").raw(&self.cseq);
        if !server.is_empty() {
            out.line("Server", server);
        }
        for (name, value) in &reply.extra {
            out.line(name, value);
        }
        out.body(reply.content_type.as_deref(), &reply.body)
    }
}

/// Header lines being written; values never carry a line end to the wire.
pub(crate) struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.raw(&digits[at..])
    }

    /// Writes text with its control characters as spaces: a value can end neither its line nor the head.
    pub(crate) fn clean(&mut self, text: &str) -> &mut Self {
        if text.bytes().all(|byte| byte >= 0x20 || byte == b'\t') {
            return self.text(text);
        }
        self.bytes
            .extend(text.bytes().map(|byte| if byte < 0x20 { b' ' } else { byte }));
        self
    }

    pub(crate) fn line(&mut self, name: &str, value: &str) -> &mut Self {
        self.text(name).text(": ").clean(value).text("\r\n")
    }

    fn cseq(&mut self, number: u32, method: &str) -> &mut Self {
        self.text("CSeq: ")
            .number(u64::from(number))
            .text(" ")
            .text(method)
            .text("\r\n")
    }

    fn via(&mut self, via: ViaLine<'_>) -> &mut Self {
        self.text("Via: SIP/2.0/").text(via.kind.token()).text(" ");
        self.text(&via.sent_by.to_string())
            .text(";rport;branch=")
            .text(via.branch)
            .text("\r\n")
    }

    /// Ends the message.
    fn body(&mut self, content_type: Option<&str>, body: &[u8]) -> Vec<u8> {
        if let Some(content_type) = content_type {
            self.line("Content-Type", content_type);
        }
        self.text("Content-Length: ")
            .number(body.len() as u64)
            .text("\r\n\r\n")
            .raw(body);
        self.take()
    }

    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Completes the top Via of a request with where it really came from (RFC 3581 section 4; `rport` even when it was not asked for).
pub(crate) fn stamp_via(top: &str, flow: &Flow) -> String {
    let mut segments = top.split(';');
    let sent_by = segments.next().unwrap_or_default().trim();
    let ip = flow.remote.ip();
    let mut stamped = format!("{sent_by};rport={};received={ip}", flow.remote.port());
    for segment in segments {
        let name = segment.split('=').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("rport") || name.eq_ignore_ascii_case("received") {
            continue;
        }
        stamped.push(';');
        stamped.push_str(segment.trim());
    }
    stamped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::TransportId;

    fn flow() -> Flow {
        Flow {
            transport: TransportId(0),
            kind: TransportKind::Udp,
            local: SocketAddr::from(([127, 0, 0, 1], 5060)),
            remote: SocketAddr::from(([192, 0, 2, 9], 6001)),
            connection: None,
        }
    }

    #[test]
    fn the_top_via_tells_where_the_request_really_came_from() {
        let stamped = stamp_via("SIP/2.0/UDP 10.0.0.1:5071;branch=z9hG4bK-1;rport", &flow());
        assert_eq!(
            stamped,
            "SIP/2.0/UDP 10.0.0.1:5071;rport=6001;received=192.0.2.9;branch=z9hG4bK-1"
        );
    }

    #[test]
    fn a_line_end_in_a_value_starts_no_new_header() {
        let mut out = Lines::with_capacity(0);
        out.line("Subject", "a\r\nEvil: yes");
        assert_eq!(out.take(), b"Subject: a  Evil: yes\r\n");
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        let mut out = Lines::with_capacity(0);
        out.number(0).text(" ").number(u64::MAX);
        assert_eq!(out.take(), b"0 18446744073709551615");
    }
}
