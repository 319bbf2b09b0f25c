//! Where two independent parsers agree on what a message says, ours must say the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use ezk_sip_types::header::typed;
use ezk_sip_types::msg::{Line, MessageLine, PullParser};
use ezk_sip_types::parse::Parse as _;
use ezk_sip_types::print::AppendCtx as _;
use ucx_sip::{HeaderError, Message, ParseErrorKind, parse_datagram};

use crate::mutate::{Random, mutate};
use crate::runner;

/// What a parser says, by field; a field it cannot read is absent, an absent tag is `""`.
type Reading = BTreeMap<&'static str, String>;

fn ours(data: &[u8]) -> Result<Reading, ParseErrorKind> {
    let message = parse_datagram(data).map_err(|error| error.kind)?;
    let headers = message.headers();
    let mut reading = Reading::new();
    match &message {
        Message::Request(request) => {
            reading.insert("method", request.method.to_string());
            reading.insert("uri", request.uri.to_string());
        }
        Message::Response(response) => {
            reading.insert("status", response.status.to_string());
        }
    }
    reading.extend(
        headers
            .via()
            .ok()
            .and_then(|via| via.branch)
            .map(|branch| ("branch", branch)),
    );
    let tag = |address: Result<ucx_sip::NameAddr, HeaderError>| {
        address
            .ok()
            .map(|address| address.params.get("tag").unwrap_or("").to_owned())
    };
    reading.extend(tag(headers.from()).map(|tag| ("from tag", tag)));
    reading.extend(tag(headers.to()).map(|tag| ("to tag", tag)));
    reading.extend(headers.call_id().ok().map(|id| ("call-id", id.into_owned())));
    reading.extend(headers.cseq().ok().map(|cseq| ("cseq", cseq.to_string())));
    reading.insert("body", message.body().escape_ascii().to_string());
    Ok(reading)
}

fn ezk(data: &[u8]) -> Option<Reading> {
    let src = Bytes::copy_from_slice(data);
    let mut parser = PullParser::new(&src, 0);
    let text = |line| std::str::from_utf8(line).ok();
    let (_, start) = MessageLine::parse(&src)(text(parser.next()?.ok()?)?).ok()?;
    let mut headers = ezk_sip_types::Headers::new();
    for line in &mut parser {
        let (_, line) = Line::parse(&src, text(line.ok()?)?).ok()?;
        headers.insert(line.name, line.value);
    }
    let mut body = &data[parser.head_end()..];
    if let Some(length) = headers.try_get_named::<typed::ContentLength>() {
        body = body.get(..length.ok()?.0)?;
    }
    let mut reading = Reading::new();
    match start {
        MessageLine::Request(line) => {
            reading.insert("method", line.method.to_string());
            reading.insert("uri", line.uri.default_print_ctx().to_string());
        }
        MessageLine::Response(line) => {
            reading.insert("status", line.code.into_u16().to_string());
        }
    }
    let via = headers.get_named::<typed::Via>().ok();
    reading.extend(via.and_then(|via| {
        via.params
            .get_val("branch")
            .map(|branch| ("branch", branch.to_string()))
    }));
    let mut tag = |name, key| {
        let address = headers.get::<typed::FromTo>(name).ok();
        reading
            .extend(address.map(|address| (key, address.tag.map(|tag| tag.to_string()).unwrap_or_default())));
    };
    tag(ezk_sip_types::Name::FROM, "from tag");
    tag(ezk_sip_types::Name::TO, "to tag");
    reading.extend(
        headers
            .get_named::<typed::CallID>()
            .ok()
            .map(|id| ("call-id", id.0.to_string())),
    );
    let cseq = headers.get_named::<typed::CSeq>().ok();
    reading.extend(cseq.map(|cseq| ("cseq", format!("{} {}", cseq.cseq, cseq.method))));
    reading.insert("body", body.escape_ascii().to_string());
    Some(reading)
}

fn rsiprtp(data: &[u8]) -> Option<Reading> {
    use rsiprtp::sip::SipMessage;
    let mut reading = Reading::new();
    let to_tag = |tag: Option<String>| tag.unwrap_or_default();
    match SipMessage::parse(data).ok()? {
        SipMessage::Request(request) => {
            reading.insert("method", request.method().to_string());
            reading.insert("uri", request.uri().to_string());
            reading.extend(request.via_branch().ok().map(|branch| ("branch", branch)));
            reading.extend(request.from_tag().ok().map(|tag| ("from tag", tag)));
            reading.insert("to tag", to_tag(request.to_tag()));
            reading.extend(request.call_id().ok().map(|id| ("call-id", id)));
            let cseq = request.cseq().ok().zip(request.cseq_method().ok());
            reading.extend(cseq.map(|(number, method)| ("cseq", format!("{number} {method}"))));
            reading.insert("body", request.body().escape_ascii().to_string());
        }
        SipMessage::Response(response) => {
            reading.insert("status", response.status_code().to_string());
            reading.extend(response.via_branch().ok().map(|branch| ("branch", branch)));
            reading.extend(response.from_tag().ok().map(|tag| ("from tag", tag)));
            reading.insert("to tag", to_tag(response.to_tag()));
            reading.extend(response.call_id().ok().map(|id| ("call-id", id)));
            let cseq = response.cseq().ok().zip(response.cseq_method().ok());
            reading.extend(cseq.map(|(number, method)| ("cseq", format!("{number} {method}"))));
            reading.insert("body", response.body().escape_ascii().to_string());
        }
    }
    Some(reading)
}

/// The fields both oracles read, and read the same.
fn agreed(data: &[u8]) -> Reading {
    let (Some(one), Some(two)) = (ezk(data), rsiprtp(data)) else {
        return Reading::new();
    };
    one.into_iter()
        .filter(|(field, value)| two.get(field) == Some(value))
        .collect()
}

fn has_bare_lf(data: &[u8]) -> bool {
    data.starts_with(b"\n") || data.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
}

/// Returns how many fields were compared.
fn compare(data: &[u8]) -> usize {
    let agreed = agreed(data);
    match ours(data) {
        Ok(ours) => {
            for (field, value) in &agreed {
                let own = ours.get(field);
                // A bare LF ends a line for all three, but not all see the same blank line where kinds are mixed.
                let is_elsewhere = *field == "body" && has_bare_lf(data);
                // Methods are case-sensitive (RFC 3261 section 7.1); both oracles fold them.
                let is_folded = matches!(*field, "method" | "cseq")
                    && own.is_some_and(|own| own.eq_ignore_ascii_case(value));
                assert!(
                    is_folded || is_elsewhere || own == Some(value),
                    "{field} is {own:?}, not {value:?} of {}",
                    data.escape_ascii()
                );
            }
            agreed.len()
        }
        Err(kind) => {
            // Every field is agreed on, so ours must have a reason the oracles do not look for.
            assert!(
                agreed.len() < 8 || is_deliberate(&kind),
                "{kind:?} of {}",
                data.escape_ascii()
            );
            0
        }
    }
}

/// What ours refuses and the oracles let pass: doubled headers and parameters, lengths and methods that contradict the
/// message, numbers out of range, control characters, parts of From, To or the head that no field above shows.
fn is_deliberate(kind: &ParseErrorKind) -> bool {
    match kind {
        ParseErrorKind::Header(HeaderError::Missing(_))
        | ParseErrorKind::KeepAlive
        | ParseErrorKind::NoLength => false,
        ParseErrorKind::Header(
            HeaderError::Repeated(_) | HeaderError::Malformed(_) | HeaderError::Forbidden(_),
        )
        | ParseErrorKind::Truncated
        | ParseErrorKind::StartLine
        | ParseErrorKind::Version
        | ParseErrorKind::RequestUri
        | ParseErrorKind::HeaderLine
        | ParseErrorKind::MethodMismatch
        | ParseErrorKind::ShortBody
        | ParseErrorKind::HeadTooLarge
        | ParseErrorKind::BodyTooLarge => true,
    }
}

#[test]
fn ours_agrees_where_both_oracles_do() {
    let corpus = runner::corpus("sip").unwrap();
    let mut compared = corpus.iter().map(|entry| compare(entry)).sum::<usize>();
    for seed in 0..runner::Plan::from_env().runs {
        let mut random = Random::new(seed);
        let entry = &corpus[random.below(corpus.len())];
        let other = &corpus[random.below(corpus.len())];
        compared += compare(&mutate(&mut random, entry, other));
    }
    assert!(compared > 1000, "only {compared} fields compared");
}
