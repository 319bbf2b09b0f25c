//! MessageSend: a text to somebody outside of calls.

use super::originate::split;
use super::{Action, Call, Work, optional};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use ucx_call::Refusal;
use ucx_pbx::MessageSpec;

pub(super) static ACTION: Action = Action {
    name: "MessageSend",
    synopsis: "Send a text to somebody outside of calls.",
    arguments: &[
        optional(
            "Destination",
            "Where to: pjsip:ENDPOINT, pjsip:ENDPOINT/URI or pjsip:URI.",
        ),
        optional("To", "As Destination, if that is not given."),
        optional("From", "Who sends it: a SIP URI, or a name with one."),
        optional("Body", "The text."),
        optional("Base64Body", "The text in base64, in place of Body."),
        optional("Variable", "Headers to send along, NAME=value; may be repeated."),
    ],
    classes: &[Classes::MESSAGE],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let to = request
        .filled("Destination")
        .or_else(|| request.filled("To"))
        .ok_or("No 'To' address specified.")?;
    let text = match request.filled("Base64Body") {
        None => request.text("Body").to_owned(),
        Some(coded) => decoded(coded).ok_or("Internal failure")?,
    };
    let from = request
        .filled("From")
        .map(|from| from.strip_prefix("pjsip:").unwrap_or(from));
    let variables = request.all("Variable").filter(|text| !text.is_empty());
    let headers = variables.flat_map(split).filter_map(|one| {
        let (name, value) = one.split_once('=')?;
        Some((Arc::from(name.trim()), Arc::from(value)))
    });
    let spec = MessageSpec {
        from: from.map(Arc::from),
        headers: headers.collect(),
        ..MessageSpec::to(to).ok_or("Message technology not found.")?
    };
    match call.desk.send_message(spec, &text).await {
        Ok(()) => Ok(Reply::done(request, "Message successfully sent")),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err("Message failed to send.".into()),
    }
}

/// Reads base64 (RFC 4648 section 4); none for what is none, or no text.
fn decoded(coded: &str) -> Option<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let coded = coded.trim_end_matches('=');
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(coded.len() * 3 / 4), 0_u32, 0);
    for character in coded.bytes() {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_read() {
        let decoded = |text| super::decoded(text);
        assert_eq!(decoded("SGVsbG8gV29ybGQh").as_deref(), Some("Hello World!"));
        assert_eq!(decoded("SGk=").as_deref(), Some("Hi"));
        assert_eq!(decoded("").as_deref(), Some(""));
        assert_eq!(decoded("no base"), None);
        assert_eq!(decoded("/w=="), None, "no text");
    }
}
