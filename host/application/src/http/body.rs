//! Taking a body out of its chunks.

/// Bytes a body may have.
pub const BODY_BYTES_MAX: usize = 40_960;

/// Bytes a body for an application may have.
pub const PART_BODY_BYTES_MAX: usize = 1 << 20;

/// Bytes the line of a chunk's length may have, with its extensions.
const LINE_BYTES_MAX: usize = 256;

/// Bytes that trailers may have.
const TRAILER_BYTES_MAX: usize = 4_096;

/// Why a body is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// It does not follow the grammar.
    Malformed,
    /// It is too long.
    TooLarge,
}

/// Reads chunks as they come.
#[derive(Debug)]
pub struct Chunks {
    most: usize,
    body: Vec<u8>,
    state: State,
    trailer: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Length,
    Data(usize),
    DataEnd,
    Trailers,
    Done,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::up_to(BODY_BYTES_MAX)
    }
}

impl Chunks {
    /// Reads a body of at most so many bytes.
    pub fn up_to(most: usize) -> Self {
        Self {
            most,
            body: Vec::new(),
            state: State::default(),
            trailer: 0,
        }
    }

    /// Takes from the front of what came; says how much it took. What remains waits for more, or is the next request.
    ///
    /// # Errors
    /// [`BadBody`].
    pub fn take(&mut self, input: &[u8]) -> Result<usize, BadBody> {
        let mut taken = 0;
        loop {
            let rest = &input[taken..];
            match self.state {
                State::Done => return Ok(taken),
                State::Data(length) => {
                    let here = length.min(rest.len());
                    self.body.extend_from_slice(&rest[..here]);
                    taken += here;
                    if here < length {
                        self.state = State::Data(length - here);
                        return Ok(taken);
                    }
                    self.state = State::DataEnd;
                }
                State::Length | State::DataEnd | State::Trailers => {
                    let Some(line) = line(rest)? else {
                        return Ok(taken);
                    };
                    taken += line.len() + 2;
                    self.line(line)?;
                }
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), BadBody> {
        match self.state {
            State::Length => {
                let length = chunk_length(line)?;
                if length > self.most - self.body.len() {
                    return Err(BadBody::TooLarge);
                }
                self.state = if length == 0 {
                    State::Trailers
                } else {
                    State::Data(length)
                };
            }
            State::DataEnd if line.is_empty() => self.state = State::Length,
            State::DataEnd => return Err(BadBody::Malformed),
            State::Trailers if line.is_empty() => self.state = State::Done,
            State::Trailers => {
                self.trailer += line.len();
                if self.trailer > TRAILER_BYTES_MAX {
                    return Err(BadBody::TooLarge);
                }
            }
            State::Data(_) | State::Done => {}
        }
        Ok(())
    }

    /// The body, once its end is there.
    pub fn finished(&mut self) -> Option<Vec<u8>> {
        (self.state == State::Done).then(|| std::mem::take(&mut self.body))
    }
}

/// The first line, without its end.
fn line(text: &[u8]) -> Result<Option<&[u8]>, BadBody> {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) if end > 0 && text[end - 1] == b'\r' => Ok(Some(&text[..end - 1])),
        Some(_) => Err(BadBody::Malformed),
        None if text.len() > LINE_BYTES_MAX => Err(BadBody::Malformed),
        None => Ok(None),
    }
}

fn chunk_length(line: &[u8]) -> Result<usize, BadBody> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let text = std::str::from_utf8(digits)
        .map_err(|_| BadBody::Malformed)?
        .trim_end();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_number {
        return Err(BadBody::Malformed);
    }
    usize::from_str_radix(text, 16).map_err(|_| BadBody::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_however_they_come() {
        let text = b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: v\r\n\r\nGET /";
        for step in 1..text.len() {
            let (mut chunks, mut waiting, mut body) = (Chunks::default(), Vec::new(), None);
            let mut left = 0;
            for part in text.chunks(step) {
                waiting.extend_from_slice(part);
                if body.is_some() {
                    continue;
                }
                let taken = chunks.take(&waiting).expect("the chunks are well formed");
                waiting.drain(..taken);
                body = chunks.finished();
                left = waiting.len();
            }
            assert_eq!(body.as_deref(), Some(&b"hello!"[..]), "by {step}");
            assert!(left <= 5);
            assert_eq!(waiting, b"GET /");
        }
    }

    #[test]
    fn bad_chunks_are_refused() {
        let take = |text: &[u8]| Chunks::default().take(text);
        assert_eq!(take(b"x\r\n"), Err(BadBody::Malformed));
        assert_eq!(take(b"\r\n"), Err(BadBody::Malformed));
        assert_eq!(take(b"+5\r\nhello"), Err(BadBody::Malformed));
        assert_eq!(take(b"5\r\nhelloX\r\n"), Err(BadBody::Malformed));
        assert_eq!(take(b"fffffffffffffffff\r\n"), Err(BadBody::TooLarge));
        assert_eq!(take(b"A001\r\n"), Err(BadBody::TooLarge));
        assert_eq!(take(&[b'1'; LINE_BYTES_MAX + 1]), Err(BadBody::Malformed));
    }
}
