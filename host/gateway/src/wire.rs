//! The bytes of the protocol: lines in, the words of a command, replies out. Nothing here waits or knows a channel.

use std::borrow::Cow;
use std::ops::Range;

/// Longest line a program may send, in bytes without its end; a longer one is not carried out.
pub const LINE_BYTES_MAX: usize = 8_192;

/// Words of one command, its name included; a line with more is not carried out.
pub const WORDS_MAX: usize = 128;

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is longer than [`LINE_BYTES_MAX`].
    TooLong,
    /// It has more words than [`WORDS_MAX`].
    TooManyWords,
    /// A carriage return stands within it.
    CarriageReturn,
}

/// The words of one command line; reused from line to line, so that reading one allocates nothing.
#[derive(Debug, Default)]
pub struct Words {
    text: String,
    spans: Vec<Range<usize>>,
}

impl Words {
    /// The words of that line.
    ///
    /// # Errors
    /// As for [`Self::read`].
    #[cfg(test)]
    pub fn of(line: &str) -> Result<Self, LineError> {
        let mut words = Self::default();
        words.read(line)?;
        Ok(words)
    }

    /// Takes a line apart at blanks. Double quotes group, also to an empty word; a backslash takes the character after it as
    /// it is. A quote that is never closed ends with the line.
    ///
    /// # Errors
    /// [`LineError`] for a line that is not carried out; the words are those before the mistake.
    pub fn read(&mut self, line: &str) -> Result<(), LineError> {
        self.text.clear();
        self.spans.clear();
        if line.len() > LINE_BYTES_MAX {
            return Err(LineError::TooLong);
        }
        let (mut from, mut is_quoted) = (None, false);
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => return Err(LineError::CarriageReturn),
                ' ' | '\t' if !is_quoted => {
                    if let Some(from) = from.take() {
                        self.push(from)?;
                    }
                    continue;
                }
                '"' => {
                    is_quoted = !is_quoted;
                    from.get_or_insert(self.text.len());
                    continue;
                }
                _ => {}
            }
            from.get_or_insert(self.text.len());
            match character {
                '\\' => self.text.extend(characters.next()),
                plain => self.text.push(plain),
            }
        }
        match from {
            Some(from) => self.push(from),
            None => Ok(()),
        }
    }

    fn push(&mut self, from: usize) -> Result<(), LineError> {
        if self.spans.len() >= WORDS_MAX {
            return Err(LineError::TooManyWords);
        }
        self.spans.push(from..self.text.len());
        Ok(())
    }

    /// The word at a place.
    pub fn get(&self, place: usize) -> Option<&str> {
        Some(&self.text[self.spans.get(place)?.clone()])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|span| &self.text[span.clone()])
    }
}

/// Bytes of a stream, given out line by line.
#[derive(Debug, Default)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Bytes before this one were given out.
    at: usize,
    /// Bytes before this one hold no line end.
    searched: usize,
    /// The line that comes is too long already: its rest is passed over.
    is_skipping: bool,
}

impl LineBuffer {
    /// Where the next bytes of the stream are appended. Each [`Self::next_line`] in between keeps it small.
    pub fn room(&mut self) -> &mut Vec<u8> {
        if self.at == self.bytes.len() {
            self.bytes.clear();
            (self.at, self.searched) = (0, 0);
        } else if self.at > LINE_BYTES_MAX {
            self.bytes.drain(..self.at);
            self.searched -= self.at;
            self.at = 0;
        }
        &mut self.bytes
    }

    /// Whether bytes wait that no line was made of.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next whole line, without its end; bytes that are no UTF-8 are replaced. None until more bytes come.
    pub fn next_line(&mut self) -> Option<Result<Cow<'_, str>, LineError>> {
        let from = self.searched.max(self.at);
        let Some(end) = self.bytes[from..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            if self.searched - self.at > LINE_BYTES_MAX {
                self.is_skipping = true;
                self.at = self.searched;
            }
            return None;
        };
        let line = self.at..from + end;
        self.at = line.end + 1;
        self.searched = self.at;
        if std::mem::take(&mut self.is_skipping) || line.len() > LINE_BYTES_MAX {
            return Some(Err(LineError::TooLong));
        }
        let line = &self.bytes[line];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Ok(String::from_utf8_lossy(line)))
    }
}

/// What is answered to a line.
pub type Reply = Cow<'static, str>;

/// `200 result=0`.
pub const DONE: Reply = Cow::Borrowed("200 result=0\n");

/// `200 result=1`.
pub const ONE: Reply = Cow::Borrowed("200 result=1\n");

/// `200 result=-1`.
pub const FAILED: Reply = Cow::Borrowed("200 result=-1\n");

/// The line that is no command of ours.
pub const UNKNOWN: Reply = Cow::Borrowed("510 Invalid or unknown command\n");

/// The command that a channel that is hung up does not take.
pub const DEAD: Reply = Cow::Borrowed("511 Command Not Permitted on a dead channel or intercept routine\n");

/// `200 result=` and a number or a word.
pub fn result(result: impl std::fmt::Display) -> Reply {
    Cow::Owned(format!("200 result={result}\n"))
}

/// `200 result=1 (value)`; line ends within the value become blanks, so that a value stays one line.
pub fn value(value: &str) -> Reply {
    Cow::Owned(format!("200 result=1 ({})\n", one_line(value)))
}

/// How a command that was written wrongly is answered: its usage, line by line.
pub fn usage(usage: &str) -> Reply {
    let end = if usage.ends_with('\n') { "" } else { "\n" };
    Cow::Owned(format!(
        "520-Invalid command syntax.  Proper usage follows:\n{usage}{end}520 End of proper usage.\n"
    ))
}

/// A text without line ends, as values stand in lines.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\0']) {
        Cow::Owned(text.replace(['\n', '\r', '\0'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let words = Words::of(line).unwrap();
        assert_eq!(words.get(words.len()), None);
        words.iter().map(str::to_owned).collect()
    }

    #[test]
    fn blanks_part_words_and_quotes_keep_them_together() {
        assert_eq!(
            words("  SET VARIABLE\tFOO   bar "),
            ["SET", "VARIABLE", "FOO", "bar"]
        );
        assert_eq!(words(r#"VERBOSE "hi there" 1"#), ["VERBOSE", "hi there", "1"]);
        assert_eq!(words(r#"STREAM FILE beep """#), ["STREAM", "FILE", "beep", ""]);
        assert_eq!(words(r#"a"b c"d "e"f"#), ["ab cd", "ef"]);
        assert_eq!(words(r#"x "never closed "#), ["x", "never closed "]);
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words(" \t "), [""; 0]);
    }

    #[test]
    fn a_backslash_takes_the_next_character_as_it_is() {
        assert_eq!(
            words(r#"SET "a \"b\" \\ c" d\ e"#),
            ["SET", r#"a "b" \ c"#, "d e"]
        );
        assert_eq!(words(r"end\"), ["end"]);
    }

    #[test]
    fn lines_have_bounds() {
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(words(&longest).len(), 1);
        assert_eq!(Words::of(&format!("{longest}x")).unwrap_err(), LineError::TooLong);
        assert_eq!(words(&"x ".repeat(WORDS_MAX)).len(), WORDS_MAX);
        let error = Words::of(&"x ".repeat(WORDS_MAX + 1)).unwrap_err();
        assert_eq!(error, LineError::TooManyWords);
        assert_eq!(
            Words::of("SET VARIABLE A \"b\rc\"").unwrap_err(),
            LineError::CarriageReturn
        );
    }

    #[test]
    fn lines_come_out_whole_however_the_bytes_come_in() {
        let mut buffer = LineBuffer::default();
        for part in ["NO", "OP\nANS", "WER\r", "\n\nhalf"] {
            buffer.room().extend_from_slice(part.as_bytes());
            if part == "NO" {
                assert_eq!(buffer.next_line(), None);
            }
        }
        let lines: Vec<_> = std::iter::from_fn(|| Some(buffer.next_line()?.unwrap().into_owned())).collect();
        assert_eq!(lines, ["NOOP", "ANSWER", ""]);
        assert!(!buffer.is_empty());
        buffer.room().extend_from_slice(b"\xff\n");
        assert_eq!(buffer.next_line().unwrap().unwrap(), "half\u{fffd}");
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_line_too_long_is_passed_over_and_the_next_one_counts() {
        let mut buffer = LineBuffer::default();
        for _ in 0..100 {
            buffer.room().extend_from_slice(&[b'x'; 1_000]);
            assert_eq!(buffer.next_line(), None);
            assert!(buffer.room().len() <= 2 * LINE_BYTES_MAX);
        }
        buffer.room().extend_from_slice(b"\nNOOP\n");
        assert_eq!(buffer.next_line(), Some(Err(LineError::TooLong)));
        assert_eq!(buffer.next_line(), Some(Ok(Cow::Borrowed("NOOP"))));
        buffer.room().extend_from_slice(&[b'y'; LINE_BYTES_MAX + 1]);
        buffer.room().extend_from_slice(b"\n");
        assert_eq!(buffer.next_line(), Some(Err(LineError::TooLong)));
        assert_eq!(buffer.next_line(), None);
    }

    #[test]
    fn many_lines_are_forgotten_as_they_are_read() {
        let mut buffer = LineBuffer::default();
        for _ in 0..10_000 {
            buffer.room().extend_from_slice(b"NOOP\nNO");
            assert_eq!(buffer.next_line().unwrap().unwrap(), "NOOP");
            buffer.room().extend_from_slice(b"OP\n");
            assert_eq!(buffer.next_line().unwrap().unwrap(), "NOOP");
        }
        assert!(buffer.room().capacity() < 4 * LINE_BYTES_MAX);
    }

    #[test]
    fn replies_are_spelled_as_clients_read_them() {
        assert_eq!(result(-2), "200 result=-2\n");
        assert_eq!(value("a)b"), "200 result=1 (a)b)\n");
        assert_eq!(value("a\r\nHANGUP"), "200 result=1 (a  HANGUP)\n");
        assert_eq!(
            usage("Usage: X\n More.\n"),
            "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n More.\n520 End of proper usage.\n"
        );
        assert_eq!(usage("Usage: X"), usage("Usage: X\n"));
    }
}
