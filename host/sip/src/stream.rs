//! How a byte stream is cut into messages (RFC 3261 section 18.3, RFC 5626 section 3.5.1).

use bytes::{Bytes, BytesMut};

use crate::message::Message;
use crate::parse::{Head, MAX_HEAD, ParseError, ParseErrorKind};

/// The largest body on a stream, in bytes; more breaks the stream.
pub const MAX_BODY: usize = 256 * 1024;
/// The most bytes a parser holds: one message of the largest size and one read beyond it; more breaks the stream.
pub const MAX_BUFFERED: usize = MAX_HEAD + MAX_BODY + 64 * 1024;

/// Cuts a TCP, TLS or WebSocket byte stream into messages.
#[derive(Debug, Default)]
pub struct StreamParser {
    buffer: BytesMut,
    /// How far the buffer has been searched for the end of the head.
    searched: usize,
    /// How many bytes must be there before the next message can be whole; 0 when not known.
    wanted: usize,
    pings: u32,
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// More was pushed than may be held; reported by the next call.
    Overflown,
    /// Where the next message begins can no longer be known.
    Broken,
}

impl StreamParser {
    /// A parser at the beginning of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes in; after [`Self::is_broken`] they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        match self.state {
            State::Open if self.buffer.len() + bytes.len() <= MAX_BUFFERED => {
                self.buffer.extend_from_slice(bytes)
            }
            State::Open => self.state = State::Overflown,
            State::Overflown | State::Broken => {}
        }
    }

    /// Whether the connection must be closed because message borders are lost.
    pub fn is_broken(&self) -> bool {
        self.state != State::Open
    }

    /// How many keep-alive pings (double CRLF) came since the last call; each is answered with one CRLF.
    pub fn take_pings(&mut self) -> u32 {
        std::mem::take(&mut self.pings)
    }

    /// The next message, or why it is none; `None` when more bytes are needed or the stream is broken.
    #[expect(clippy::should_implement_trait, reason = "more may follow after a None")]
    pub fn next(&mut self) -> Option<Result<Message, ParseError>> {
        match self.state {
            State::Open => {}
            State::Overflown => {
                return Some(Err(self.break_off(ParseError::bare(ParseErrorKind::BodyTooLarge))));
            }
            State::Broken => return None,
        }
        self.skip_line_breaks();
        if self.buffer.len() < self.wanted || self.buffer.first().is_some_and(|first| is_break(*first)) {
            return None;
        }
        let Some(head_end) = self.find_head_end() else {
            if self.buffer.len() > MAX_HEAD {
                return Some(Err(self.break_off(ParseError::bare(ParseErrorKind::HeadTooLarge))));
            }
            return None;
        };
        if head_end > MAX_HEAD {
            return Some(Err(self.break_off(ParseError::bare(ParseErrorKind::HeadTooLarge))));
        }
        self.cut(head_end).transpose()
    }

    fn cut(&mut self, head_end: usize) -> Result<Option<Message>, ParseError> {
        let head_bytes = Bytes::copy_from_slice(&self.buffer[..head_end]);
        let mut head = match Head::read(&head_bytes) {
            Ok(head) => head,
            Err(error) => return Err(self.break_off(error)),
        };
        let length = match head.headers.content_length() {
            Ok(Some(length)) => usize::try_from(length).unwrap_or(usize::MAX),
            Ok(None) => return Err(self.break_off(head.fail(ParseErrorKind::NoLength))),
            Err(error) => return Err(self.break_off(head.fail(ParseErrorKind::Header(error)))),
        };
        if length > MAX_BODY {
            return Err(self.break_off(head.fail(ParseErrorKind::BodyTooLarge)));
        }
        if self.buffer.len() < head_end + length {
            self.wanted = head_end + length;
            return Ok(None);
        }
        let message = self.buffer.split_to(head_end + length);
        self.searched = 0;
        self.wanted = 0;
        head.finish(Bytes::copy_from_slice(&message[head_end..]))
            .map(Some)
    }

    fn break_off(&mut self, error: ParseError) -> ParseError {
        self.state = State::Broken;
        self.buffer = BytesMut::new();
        error
    }
}

impl StreamParser {
    /// Drops line breaks between messages; two in a row are a ping.
    fn skip_line_breaks(&mut self) {
        let mut at = 0;
        loop {
            match &self.buffer[at..] {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.pings = self.pings.saturating_add(1);
                    at += 4;
                }
                // Half of a ping may still be on its way.
                [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] | [b'\r'] => break,
                [first, ..] if is_break(*first) => at += 1,
                _ => break,
            }
        }
        if at > 0 {
            let _ = self.buffer.split_to(at);
            self.searched = 0;
        }
    }

    /// The index just after the blank line that ends the head.
    fn find_head_end(&mut self) -> Option<usize> {
        // A line end may be split between two pushes: step back far enough to see all of it again.
        let mut at = self.searched.saturating_sub(3);
        while let Some(found) = self.buffer[at..].iter().position(|&byte| byte == b'\n') {
            let next = at + found + 1;
            match &self.buffer[next..] {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                _ => at = next,
            }
        }
        self.searched = self.buffer.len();
        None
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[cfg(test)]
mod tests;
