//! The head of a request: what was asked, and how its body is framed.

use bytes::Bytes;
use std::ops::Range;

/// Bytes a head may have.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Headers a request may have.
pub const HEADERS_MAX: usize = 64;

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// That many bytes, perhaps none.
    Length(u64),
    /// In chunks.
    Chunked,
}

/// Why a head is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHead {
    /// It does not follow the grammar, or frames its body in two ways.
    Malformed,
    /// It is too long, or has too many headers.
    TooLarge,
}

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    text: Bytes,
    method: Range<usize>,
    target: Range<usize>,
    headers: Vec<(Range<usize>, Range<usize>)>,
    /// How the body is framed.
    pub framing: Framing,
    /// Whether the client wishes to ask again on the same connection.
    pub keeps_alive: bool,
}

/// The length of the head at the front of that text; none while its end is not there.
///
/// # Errors
/// [`BadHead`].
pub fn length(text: &[u8]) -> Result<Option<usize>, BadHead> {
    // Empty lines before a request are allowed (RFC 9112 section 2.2).
    let from = text
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let rest = &text[from..];
    let mut at = 0;
    while let Some(end) = rest[at..].iter().position(|byte| *byte == b'\n') {
        at += end + 1;
        if rest[at..].starts_with(b"\r\n") {
            return Ok(Some(from + at + 2));
        }
        if rest[at..].starts_with(b"\n") {
            return Ok(Some(from + at + 1));
        }
        if at > HEAD_BYTES_MAX {
            break;
        }
    }
    if text.len() > HEAD_BYTES_MAX {
        return Err(BadHead::TooLarge);
    }
    Ok(None)
}

impl Head {
    /// Reads a whole head.
    ///
    /// # Errors
    /// [`BadHead`].
    pub fn parse(text: Bytes) -> Result<Self, BadHead> {
        if text.len() > HEAD_BYTES_MAX {
            return Err(BadHead::TooLarge);
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&text) {
            Ok(httparse::Status::Complete(_)) => {}
            Err(httparse::Error::TooManyHeaders) => return Err(BadHead::TooLarge),
            Ok(httparse::Status::Partial) | Err(_) => return Err(BadHead::Malformed),
        }
        let place = |part: &[u8]| {
            let from = part.as_ptr() as usize - text.as_ptr() as usize;
            from..from + part.len()
        };
        let method = request.method.map(|part| place(part.as_bytes()));
        let target = request.path.map(|part| place(part.as_bytes()));
        let headers = request.headers.iter();
        let headers: Vec<_> = headers
            .map(|header| (place(header.name.as_bytes()), place(header.value)))
            .collect();
        let is_new = request.version == Some(1);
        let (Some(method), Some(target)) = (method, target) else {
            return Err(BadHead::Malformed);
        };
        let mut head = Self {
            text,
            method,
            target,
            headers,
            framing: Framing::Length(0),
            keeps_alive: is_new,
        };
        head.framing = head.read_framing(is_new)?;
        head.keeps_alive = is_new && !head.names("connection", "close");
        Ok(head)
    }

    /// Two framings, or one that is not understood, would let a request hide inside another.
    fn read_framing(&self, is_new: bool) -> Result<Framing, BadHead> {
        let mut lengths = self.all("content-length");
        let length = lengths.next();
        let mut encodings = self.all("transfer-encoding");
        let encoding = encodings.next();
        if lengths.next().is_some() || encodings.next().is_some() {
            return Err(BadHead::Malformed);
        }
        match (length, encoding) {
            (None, None) => Ok(Framing::Length(0)),
            (Some(length), None) => {
                let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
                let number = length.parse().ok().filter(|_| is_number);
                number.map(Framing::Length).ok_or(BadHead::Malformed)
            }
            (None, Some(encoding)) if is_new && encoding.eq_ignore_ascii_case("chunked") => {
                Ok(Framing::Chunked)
            }
            (_, Some(_)) => Err(BadHead::Malformed),
        }
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.part(&self.method)
    }

    /// The target as written, without its query.
    pub fn path(&self) -> &str {
        self.target()
            .split_once('?')
            .map_or(self.target(), |(path, _)| path)
    }

    /// What stands behind the question mark; may be empty.
    pub fn query(&self) -> &str {
        self.target().split_once('?').map_or("", |(_, query)| query)
    }

    fn target(&self) -> &str {
        self.part(&self.target)
    }

    /// All header lines, as they came.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (self.part(name), self.part(value).trim()))
    }

    /// The first header of that name, given in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Whether a header that is a list of words, such as `Connection`, has that word.
    pub fn names(&self, header: &str, word: &str) -> bool {
        self.all(header)
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(word))
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self
            .headers
            .iter()
            .filter(move |(key, _)| self.text[key.clone()].eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| self.part(value).trim())
    }

    /// A part of the head as text; the empty text if it is none.
    fn part(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.text[range.clone()]).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &'static str) -> Result<Head, BadHead> {
        Head::parse(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_head_is_read() {
        let head = parse(
            "GET /ari/channels?api_key=a:b HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n\r\n",
        )
        .expect("the head is well formed");
        assert_eq!(
            (head.method(), head.path(), head.query()),
            ("GET", "/ari/channels", "api_key=a:b")
        );
        assert_eq!(head.header("host"), Some("h"));
        assert!(head.names("connection", "upgrade"));
        assert!(head.keeps_alive);
        assert_eq!(head.framing, Framing::Length(0));
        assert!(!parse("GET / HTTP/1.0\r\n\r\n").expect("well formed").keeps_alive);
    }

    #[test]
    fn a_body_is_framed_in_one_way_only() {
        let framing = |text| parse(text).map(|head| head.framing);
        assert_eq!(
            framing("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"),
            Ok(Framing::Length(5))
        );
        assert_eq!(
            framing("POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n"),
            Ok(Framing::Chunked)
        );
        for bad in [
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
        ] {
            assert_eq!(framing(bad), Err(BadHead::Malformed), "{bad}");
        }
    }

    #[test]
    fn the_end_of_a_head_is_found() {
        assert_eq!(length(b"GET / HTTP/1.1\r\nA: b\r\n"), Ok(None));
        assert_eq!(length(b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest"), Ok(Some(24)));
        assert_eq!(length(b"\r\nGET / HTTP/1.1\n\nrest"), Ok(Some(18)));
        assert_eq!(length(&[b'x'; HEAD_BYTES_MAX + 1]), Err(BadHead::TooLarge));
    }
}
