//! Bytes of a client into messages, within the protocol's limits.

use crate::Request;

/// Longest header line in bytes, without its end.
pub const LINE_BYTES_MAX: usize = 1_024;

/// Most header lines of one message.
pub const LINES_MAX: usize = 128;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line is longer than [`LINE_BYTES_MAX`].
    LineTooLong,
    /// There are more than [`LINES_MAX`] lines.
    TooManyLines,
    /// A line holds a carriage return or a zero byte, which would become part of somebody's header.
    ControlCharacter,
}

impl Fault {
    /// What the client is told.
    pub fn text(self) -> &'static str {
        match self {
            Self::LineTooLong => "Failed to parse message: line too long",
            Self::TooManyLines => "Too many lines in message or allocation failure",
            Self::ControlCharacter => "Failed to parse message: control character in line",
        }
    }
}

/// Puts messages together from whatever pieces arrive.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The line that is not ended yet; at most [`LINE_BYTES_MAX`] and a carriage return.
    partial: Vec<u8>,
    request: Request,
    fault: Option<Fault>,
}

impl Decoder {
    /// Takes bytes off the front of `input` until a message is whole. One with a fault holds the lines that were well.
    pub fn decode(&mut self, input: &mut &[u8]) -> Option<(Request, Option<Fault>)> {
        while let Some(end) = input.iter().position(|byte| *byte == b'\n') {
            let piece = &input[..end];
            *input = &input[end + 1..];
            let is_end = if self.partial.is_empty() {
                self.line(piece)
            } else {
                self.keep(piece);
                let line = std::mem::take(&mut self.partial);
                let is_end = self.line(&line);
                self.partial = line;
                self.partial.clear();
                is_end
            };
            if is_end && (self.request.len() > 0 || self.fault.is_some()) {
                return Some((std::mem::take(&mut self.request), self.fault.take()));
            }
        }
        self.keep(input);
        *input = &[];
        None
    }

    /// Keeps a piece of a line, up to one byte more than may be in one.
    fn keep(&mut self, piece: &[u8]) {
        let room = (LINE_BYTES_MAX + 2).saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// Takes a whole line; true if it is the empty one that ends a message.
    fn line(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return true;
        }
        if line.len() > LINE_BYTES_MAX {
            self.fault.get_or_insert(Fault::LineTooLong);
        } else if self.request.len() >= LINES_MAX {
            self.fault.get_or_insert(Fault::TooManyLines);
        } else if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            self.fault.get_or_insert(Fault::ControlCharacter);
        } else {
            self.request.push(String::from_utf8_lossy(line).into());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Vec<(Vec<String>, Option<Fault>)> {
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            while let Some((request, fault)) = decoder.decode(&mut input) {
                let lines = request.headers().map(|(name, value)| format!("{name}={value}"));
                found.push((lines.collect(), fault));
            }
            assert!(input.is_empty());
        }
        found
    }

    #[test]
    fn messages_are_found_wherever_the_pieces_end() {
        let text = b"Action: Ping\r\nActionID: 1\r\n\r\n\r\nAction: Logoff\n\n";
        let whole = decode(&[text]);
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[0].0, ["Action=Ping", "ActionID=1"]);
        assert_eq!(whole[1].0, ["Action=Logoff"]);
        for at in 0..text.len() {
            assert_eq!(decode(&[&text[..at], &text[at..]]), whole, "cut at {at}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(decode(&bytes), whole);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        let message = |length: usize, end: &str| {
            let line = "A".repeat(length - 3) + ": b";
            format!("Action: Ping\r\n{line}{end}\r\n").into_bytes()
        };
        for end in ["\r\n", "\n"] {
            let fits = message(LINE_BYTES_MAX, end);
            assert_eq!(decode(&[&fits])[0].1, None);
            assert_eq!(decode(&[&fits[..700], &fits[700..]])[0].1, None);
            for length in [LINE_BYTES_MAX + 1, LINE_BYTES_MAX + 2, 90_000] {
                let long = message(length, end);
                let found = decode(&[&long[..700], &long[700..]]);
                assert_eq!(
                    found,
                    [(vec!["Action=Ping".to_owned()], Some(Fault::LineTooLong))]
                );
                assert_eq!(decode(&[&long]), found);
            }
        }
    }

    #[test]
    fn more_lines_than_the_limit_are_a_fault_of_the_whole_message() {
        let lines = |count: usize| "a: b\r\n".repeat(count) + "\r\n";
        assert_eq!(decode(&[lines(LINES_MAX).as_bytes()])[0].1, None);
        let found = decode(&[lines(LINES_MAX + 1).as_bytes()]);
        assert_eq!((found.len(), found[0].1), (1, Some(Fault::TooManyLines)));
    }

    #[test]
    fn nothing_that_ends_lines_gets_into_a_value() {
        for text in [&b"Action: UserEvent\r\nA: b\rEvent: x\r\n\r\n"[..], b"A: \0\n\n"] {
            assert_eq!(decode(&[text])[0].1, Some(Fault::ControlCharacter));
        }
        assert_eq!(decode(&[b"\r\n\n\r\n"]), []);
    }
}
