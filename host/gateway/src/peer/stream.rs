//! A program at the other end of a stream of bytes: a process of this machine, or one in the network.

use super::{Input, Program};
use crate::wire::LineBuffer;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long a program may leave what is written to it unread before the session ends.
const WRITE_TIME_MAX: Duration = Duration::from_secs(5);

/// The same for the last word, which keeps the channel from its next owner.
const LAST_WORD_TIME_MAX: Duration = Duration::from_millis(100);

/// How long what a process wrote before its exit may take to come.
const LEFT_TIME_MAX: Duration = Duration::from_millis(50);

/// Bytes taken from the stream at once.
const READ_BYTES: usize = 1_024;

/// A stream of commands, and the process behind it if it is one of ours.
pub(crate) struct Stream {
    reader: Box<dyn AsyncRead + Unpin>,
    writer: Box<dyn AsyncWrite + Unpin>,
    buffer: LineBuffer,
    is_over: bool,
    /// The other end left too much unread: it is written no more.
    is_stuck: bool,
    /// The process at the other end; none for a program in the network.
    pub program: Option<Program>,
}

impl Stream {
    /// A stream with that other end.
    pub fn new(
        reader: Box<dyn AsyncRead + Unpin>,
        writer: Box<dyn AsyncWrite + Unpin>,
        program: Option<Program>,
    ) -> Self {
        Self {
            reader,
            writer,
            buffer: LineBuffer::default(),
            is_over: false,
            is_stuck: false,
            program,
        }
    }

    /// The next line. What is left of an unfinished one when the stream ends is no line.
    pub async fn next(&mut self) -> Input {
        loop {
            match self.buffer.next_line() {
                Some(Ok(text)) => {
                    return Input::Line {
                        text: Arc::from(&*text),
                        id: None,
                        principal: None,
                    };
                }
                Some(Err(error)) => return Input::Bad(error),
                None if self.is_over => return Input::Over,
                None => self.fill().await,
            }
        }
    }

    /// Waits for a byte, or the end.
    pub async fn speaks(&mut self) {
        if self.buffer.is_empty() && !self.is_over {
            self.fill().await;
        }
    }

    /// Writes a text whole.
    ///
    /// # Errors
    /// Of the stream; [`io::ErrorKind::TimedOut`] if the other end does not read, and from then on.
    pub async fn write(&mut self, text: &str) -> io::Result<()> {
        self.write_within(WRITE_TIME_MAX, text).await
    }

    /// Writes a last word, for which nobody waits long.
    ///
    /// # Errors
    /// As of [`Self::write`].
    pub async fn write_soon(&mut self, text: &str) -> io::Result<()> {
        self.write_within(LAST_WORD_TIME_MAX, text).await
    }

    /// The other end may have read a part of something: it is written no more.
    pub fn give_up(&mut self) {
        self.is_stuck = true;
    }

    /// Whether it is written no more.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    async fn write_within(&mut self, limit: Duration, text: &str) -> io::Result<()> {
        if !self.is_stuck {
            let writing = self.writer.write_all(text.as_bytes());
            match tokio::time::timeout(limit, writing).await {
                Ok(written) => return written,
                Err(_) => self.is_stuck = true,
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Takes in what the stream has. An error of it is its end: a program that died closes nothing in order. So is the exit
    /// of a process, once what it wrote is read: children it leaves behind may keep the stream open.
    async fn fill(&mut self) {
        let Self {
            reader,
            buffer,
            program,
            ..
        } = self;
        let room = buffer.room();
        room.reserve(READ_BYTES);
        let read = match program {
            None => reader.read_buf(room).await,
            Some(program) => tokio::select! {
                biased;
                read = reader.read_buf(room) => read,
                () = program.exited() => {
                    let left = tokio::time::timeout(LEFT_TIME_MAX, reader.read_buf(room));
                    left.await.unwrap_or(Ok(0))
                }
            },
        };
        match read {
            Ok(0) | Err(_) => self.is_over = true,
            Ok(_) => {}
        }
    }
}
