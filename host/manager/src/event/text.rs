//! Lines of the Manager's wire: `Name: Value` ended by CR LF, with nothing in a value that could end a line early.

use bytes::{BufMut, Bytes, BytesMut};
use std::fmt;

/// What stands for a value that nobody knows, in blocks of channels and bridges.
pub const UNKNOWN: &str = "<unknown>";

/// What one message is expected to take; a block of a channel is 400 bytes.
const TYPICAL_MESSAGE: usize = 1024;

/// Messages being written, one behind the other, into one buffer.
///
/// [`Self::take`] hands out what was written as shared bytes and keeps the rest of the buffer for the next message.
#[derive(Debug, Default)]
pub struct Text {
    bytes: BytesMut,
}

impl Text {
    /// Nothing yet, with room for one message.
    pub fn new() -> Self {
        Self::with_capacity(TYPICAL_MESSAGE)
    }

    /// Nothing yet, with room for that many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: BytesMut::with_capacity(bytes),
        }
    }

    /// What was written since the last [`Self::take`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing was written since the last [`Self::take`].
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was written, as bytes that can be shared; the writer is empty afterwards.
    pub fn take(&mut self) -> Bytes {
        self.bytes.split().freeze()
    }

    /// A header. Line ends and NUL in the value become spaces.
    pub fn line(&mut self, name: &str, value: &str) {
        self.name("", name);
        self.value(value);
        self.end_line();
    }

    /// A header whose name has a prefix, as in `DestChannel`.
    pub fn prefixed(&mut self, prefix: &str, name: &str, value: &str) {
        self.name(prefix, name);
        self.value(value);
        self.end_line();
    }

    /// A header whose value is written with the escapes of C, as variables and names of callers are.
    pub fn escaped(&mut self, prefix: &str, name: &str, value: &str) {
        self.name(prefix, name);
        self.escaped_value(value);
        self.end_line();
    }

    /// A header with a number (or anything that prints without line ends of its own).
    pub fn number(&mut self, prefix: &str, name: &str, value: impl Into<i128>) {
        self.name(prefix, name);
        self.digits(value.into());
        self.end_line();
    }

    /// A header whose value is put together by `format_args!`; line ends in it become spaces.
    pub fn args(&mut self, name: &str, value: fmt::Arguments<'_>) {
        self.name("", name);
        // Writing into a growing buffer cannot fail, and a Display that refuses leaves what it wrote.
        let _ = fmt::Write::write_fmt(&mut Clean(&mut self.bytes), value);
        self.end_line();
    }

    /// A header whose name comes from outside; what could end the name or the line becomes a space.
    pub fn foreign(&mut self, name: &str, value: &str) {
        put_clean(&mut self.bytes, name.as_bytes(), |byte| {
            byte == b':' || ends_line(byte)
        });
        self.bytes.put_slice(b": ");
        self.value(value);
        self.end_line();
    }

    /// The line that ends a message.
    pub fn end(&mut self) {
        self.bytes.put_slice(b"\r\n");
    }

    /// A piece of a line written by hand; line ends in it become spaces.
    pub(super) fn value(&mut self, value: &str) {
        put_clean(&mut self.bytes, value.as_bytes(), ends_line);
    }

    /// A piece of a line with the escapes of C.
    pub(super) fn escaped_value(&mut self, value: &str) {
        let bytes = value.as_bytes();
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let escape = match byte {
                0x07 => b'a',
                0x08 => b'b',
                0x0b => b'v',
                0x0c => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                b'\\' | b'"' | b'\'' | b'?' => *byte,
                0 => b' ',
                _ => continue,
            };
            self.bytes.put_slice(&bytes[from..at]);
            if *byte != 0 {
                self.bytes.put_u8(b'\\');
            }
            self.bytes.put_u8(escape);
            from = at + 1;
        }
        self.bytes.put_slice(&bytes[from..]);
    }

    /// Begins a line.
    pub(super) fn name(&mut self, prefix: &str, name: &str) {
        self.bytes.put_slice(prefix.as_bytes());
        self.bytes.put_slice(name.as_bytes());
        self.bytes.put_slice(b": ");
    }

    /// Ends a line.
    pub(super) fn end_line(&mut self) {
        self.bytes.put_slice(b"\r\n");
    }

    /// A number as a piece of a line.
    pub(super) fn digits(&mut self, value: i128) {
        /// Digits of the largest number, and its sign.
        const LONGEST: usize = 40;
        let mut digits = [0u8; LONGEST];
        let mut at = LONGEST;
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        self.bytes.put_slice(&digits[at..]);
    }
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Writes `bytes`, with a space for each that `is_bad`.
fn put_clean(to: &mut BytesMut, bytes: &[u8], is_bad: impl Fn(u8) -> bool) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| is_bad(*byte)) {
        to.put_slice(&rest[..at]);
        to.put_u8(b' ');
        rest = &rest[at + 1..];
    }
    to.put_slice(rest);
}

/// Takes formatted text without line ends.
struct Clean<'a>(&'a mut BytesMut);

impl fmt::Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        put_clean(self.0, text.as_bytes(), ends_line);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::new();
        write(&mut text);
        String::from_utf8(text.take().to_vec()).expect("text was written")
    }

    #[test]
    fn an_empty_value_keeps_its_space() {
        assert_eq!(written(|t| t.line("AccountCode", "")), "AccountCode: \r\n");
    }

    #[test]
    fn no_value_ends_a_line() {
        assert_eq!(
            written(|t| t.line("AppData", "a\r\nEvent: b\0")),
            "AppData: a  Event: b \r\n"
        );
        assert_eq!(written(|t| t.args("A", format_args!("{}", "x\ny"))), "A: x y\r\n");
        assert_eq!(written(|t| t.foreign("a:\nb", "c\rd")), "a  b: c d\r\n");
        assert_eq!(
            written(|t| t.escaped("", "Value", "a\r\nb\0")),
            "Value: a\\r\\nb \r\n"
        );
    }

    #[test]
    fn escapes_are_those_of_c() {
        let all = "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"'?ä";
        assert_eq!(
            written(|t| t.escaped("Dest", "CallerIDName", all)),
            "DestCallerIDName: \\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\?ä\r\n"
        );
    }

    #[test]
    fn numbers_are_written_with_their_sign() {
        assert_eq!(written(|t| t.number("", "Status", -2)), "Status: -2\r\n");
        assert_eq!(
            written(|t| t.number("", "Id", u64::MAX)),
            "Id: 18446744073709551615\r\n"
        );
        assert_eq!(written(|t| t.number("", "Cause", 0)), "Cause: 0\r\n");
    }

    #[test]
    fn taking_leaves_the_writer_empty() {
        let mut text = Text::new();
        text.line("A", "1");
        let first = text.take();
        text.line("B", "2");
        assert_eq!(
            (&first[..], text.as_bytes()),
            (&b"A: 1\r\n"[..], &b"B: 2\r\n"[..])
        );
    }
}
