//! Exchanges with web services by `wasi:http`.

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use crate::bindings::wasi::io::poll::poll;
use crate::bindings::wasi::io::streams::StreamError;

/// `METHOD AUTHORITY PATH [BODY-BYTES [FIRST-BYTE-MS]]`; several of them, divided by `;`, are under way at once.
pub fn act(words: &str) -> String {
    let asked: Vec<_> = words.split(';').map(|words| ask(words.trim())).collect();
    let mut said: Vec<Option<String>> = asked.iter().map(|asked| asked.as_ref().err().cloned()).collect();
    while said.iter().any(Option::is_none) {
        let open: Vec<usize> = (0..said.len()).filter(|&n| said[n].is_none()).collect();
        let pollables: Vec<_> = open
            .iter()
            .filter_map(|&n| asked[n].as_ref().ok())
            .map(FutureIncomingResponse::subscribe)
            .collect();
        for ready in poll(&pollables.iter().collect::<Vec<_>>()) {
            let n = open[ready as usize];
            if let Ok(future) = &asked[n] {
                said[n] = heard(future);
            }
        }
    }
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn ask(words: &str) -> Result<FutureIncomingResponse, String> {
    let words: Vec<&str> = words.split(' ').collect();
    let word = |n: usize| words.get(n).copied().unwrap_or_default();
    let headers = Fields::new();
    headers
        .append("x-by", b"tenant")
        .map_err(|error| format!("{error:?}"))?;
    if headers.append("host", b"elsewhere").is_ok() {
        return Err("may name another host".to_owned());
    }
    let request = OutgoingRequest::new(headers);
    let method = match word(0) {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    let set = [
        request.set_method(&method),
        request.set_scheme(Some(&Scheme::Http)),
        request.set_authority(Some(word(1))),
        request.set_path_with_query(Some(word(2))),
    ];
    if set.iter().any(Result::is_err) {
        return Err("cannot be asked".to_owned());
    }
    let options = RequestOptions::new();
    if let Ok(ms) = word(4).parse::<u64>() {
        options
            .set_first_byte_timeout(Some(ms * 1_000_000))
            .map_err(|()| "no time".to_owned())?;
    }
    let body = request.body().map_err(|()| "no body".to_owned())?;
    let future = handle(request, Some(options)).map_err(|code| name(&code))?;
    if send(&body, word(3).parse().unwrap_or(0)) {
        OutgoingBody::finish(body, None).map_err(|code| name(&code))?;
    }
    Ok(future)
}

/// Sends so many bytes; whether all of them were taken.
fn send(body: &OutgoingBody, bytes: usize) -> bool {
    let Ok(stream) = body.write() else { return false };
    let mut left = bytes;
    while left > 0 {
        let part = vec![b'x'; left.min(4096)];
        match stream.blocking_write_and_flush(&part) {
            Ok(()) => left -= part.len(),
            Err(_) => return false,
        }
    }
    true
}

fn heard(future: &FutureIncomingResponse) -> Option<String> {
    Some(match future.get()? {
        Ok(Ok(response)) => read(&response),
        Ok(Err(code)) => name(&code),
        Err(()) => "taken already".to_owned(),
    })
}

/// The status, how long the body is, and its beginning.
fn read(response: &IncomingResponse) -> String {
    let status = response.status();
    let Ok(body) = response.consume() else {
        return "no body".to_owned();
    };
    let Ok(stream) = body.stream() else {
        return "no stream".to_owned();
    };
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(65_536) {
            Ok(part) => bytes.extend(part),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return error.to_debug_string(),
        }
    }
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
    format!("{status} {} {beginning}", bytes.len())
}

fn name(code: &ErrorCode) -> String {
    let words = format!("{code:?}");
    words.trim_start_matches("ErrorCode::").to_owned()
}
