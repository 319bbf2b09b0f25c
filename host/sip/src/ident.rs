//! Which request, dialog and transaction does a message belong to? Its Via, tags, Call-ID and CSeq, read once.

use std::borrow::Cow;

use crate::compose::{Lines, ReplyHead, stamp_via};
use crate::flow::Flow;
use crate::{HeaderError, Headers, Method, Name, Request, lex};

/// The fields that identify a message.
#[derive(Debug, Clone)]
pub(crate) struct Ident {
    pub branch: String,
    /// Host and port of the top Via as written, in lower case.
    pub sent_by: String,
    /// The whole top Via, for peers of RFC 2543.
    pub via: String,
    pub call_id: String,
    pub from: String,
    pub from_tag: String,
    pub to: String,
    pub to_tag: Option<String>,
    pub cseq: u32,
    pub method: Method,
    /// The Request-URI of peers of RFC 2543, else empty.
    pub uri: String,
}

impl Ident {
    /// Reads the identity of a request.
    pub(crate) fn of_request(request: &Request) -> Result<Self, HeaderError> {
        let mut ident = Self::of_headers(&request.headers)?;
        if !ident.branch.starts_with(crate::via::MAGIC_COOKIE) {
            ident.uri = request.uri.to_string();
        }
        Ok(ident)
    }

    /// Reads the identity of a reply, or of a request without its URI.
    pub(crate) fn of_headers(headers: &Headers) -> Result<Self, HeaderError> {
        let via = top_via(headers)?.into_owned();
        let (branch, sent_by) = branch_and_sent_by(&via);
        let cseq = headers.cseq()?;
        let from = text(headers, Name::From)?;
        let to = text(headers, Name::To)?;
        Ok(Self {
            branch,
            sent_by,
            call_id: headers.call_id()?.into_owned(),
            from_tag: tag_of(&from).unwrap_or_default().to_owned(),
            to_tag: tag_of(&to).map(str::to_owned),
            via,
            from,
            to,
            cseq: cseq.number,
            method: cseq.method,
            uri: String::new(),
        })
    }
}

fn text(headers: &Headers, name: Name) -> Result<String, HeaderError> {
    match headers.text(&name) {
        Some(text) => Ok(text.into_owned()),
        None => Err(HeaderError::Missing(name)),
    }
}

fn top_via(headers: &Headers) -> Result<Cow<'_, str>, HeaderError> {
    let line = headers.text(&Name::Via).ok_or(HeaderError::Missing(Name::Via))?;
    Ok(match line.find(',') {
        Some(comma) => Cow::Owned(line[..comma].trim().to_owned()),
        None => line,
    })
}

fn branch_and_sent_by(via: &str) -> (String, String) {
    let mut segments = via.split(';');
    let protocol = segments.next().unwrap_or_default().trim();
    let sent_by = protocol
        .rsplit([' ', '\t'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    for segment in segments {
        if let Some((name, value)) = segment.split_once('=')
            && name.trim().eq_ignore_ascii_case("branch")
        {
            return (value.trim().to_owned(), sent_by);
        }
    }
    (String::new(), sent_by)
}

/// The tag of a From or To value; parameters inside the angle brackets or the display name are not the header's.
pub(crate) fn tag_of(value: &str) -> Option<&str> {
    let after_name = if value.starts_with('"') {
        &value[lex::quoted_end(value)?..]
    } else {
        value
    };
    let params = match after_name.find('>') {
        Some(end) => &after_name[end + 1..],
        None => after_name,
    };
    params.split(';').skip(1).find_map(|param| {
        let (name, tag) = param.split_once('=')?;
        (name.trim().eq_ignore_ascii_case("tag") && !tag.trim().is_empty()).then(|| tag.trim())
    })
}

/// Collects what every reply to this request repeats.
pub(crate) fn reply_head(headers: &Headers, flow: &Flow, ident: &Ident) -> ReplyHead {
    let mut vias = Lines::with_capacity(160);
    for (at, line) in headers.all(&Name::Via).enumerate() {
        vias.text("Via: ");
        if at == 0 {
            vias.clean(&stamp_via(&ident.via, flow));
            if let Some(comma) = line.iter().position(|byte| *byte == b',') {
                vias.raw(&line[comma..]);
            }
        } else {
            vias.raw(line);
        }
        vias.text("\r\n");
    }
    let mut record_routes = Lines::with_capacity(0);
    for line in headers.all(&Name::RecordRoute) {
        record_routes.text("Record-Route: ").raw(line).text("\r\n");
    }
    let mut identity = Lines::with_capacity(192);
    identity.line("Call-ID", &ident.call_id);
    identity
        .text("From: ")
        .raw(headers.get(&Name::From).unwrap_or_default())
        .text("\r\n");
    identity
        .text("To: ")
        .raw(headers.get(&Name::To).unwrap_or_default());
    let mut cseq = Lines::with_capacity(24);
    cseq.text("CSeq: ")
        .number(u64::from(ident.cseq))
        .text(" ")
        .text(ident.method.as_str())
        .text("\r\n");
    ReplyHead {
        vias: vias.take(),
        record_routes: record_routes.take(),
        identity: identity.take(),
        to_has_tag: ident.to_tag.is_some(),
        cseq: cseq.take(),
    }
}

/// The cause of a `Reason: Q.850;cause=N` header (RFC 3326).
pub(crate) fn q850_of(headers: &Headers) -> Option<u16> {
    headers.all(&Name::Reason).find_map(|line| {
        let text = lex::text(line);
        let (protocol, params) = text.split_once(';')?;
        if !protocol.trim().eq_ignore_ascii_case("Q.850") {
            return None;
        }
        let cause = params
            .split(';')
            .find_map(|param| param.trim().strip_prefix("cause="))?;
        cause.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_headers_and_not_the_uris() {
        assert_eq!(tag_of("<sip:a@b;tag=uri>;tag=own"), Some("own"));
        assert_eq!(tag_of("\"x;tag=no>\" <sip:a@b>;x=1; Tag=yes"), Some("yes"));
        assert_eq!(tag_of("sip:a@b;tag=bare"), Some("bare"));
        assert_eq!(tag_of("<sip:a@b>;tag="), None);
        assert_eq!(tag_of("<sip:a@b>"), None);
    }

    #[test]
    fn the_q850_cause_is_found_among_other_reasons() {
        let mut headers = Headers::new();
        headers
            .push(Name::Reason, "SIP;cause=200;text=\"x\"")
            .expect("clean");
        headers
            .push(Name::Reason, "Q.850;cause=17;text=\"busy\"")
            .expect("clean");
        assert_eq!(q850_of(&headers), Some(17));
    }
}
