//! One connection: requests one after the other, each with its limits of size and time, until it ends or is upgraded.

use super::body::{BODY_BYTES_MAX, BadBody, Chunks, PART_BODY_BYTES_MAX};
use super::head::{BadHead, Framing, Head, length};
use super::response::{Dates, Response};
use bytes::{Bytes, BytesMut};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Room for what is read at once, and for replies, that a connection keeps.
const BUFFER_BYTES: usize = 4_096;

/// How long a request may take, and a connection wait for one.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a request to come as a whole, and for a reply to go.
    pub request: Duration,
    /// For the next request to begin.
    pub idle: Duration,
}

/// Why a request cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not follow the grammar: 400.
    Malformed,
    /// Its head is too large: 413.
    HeadTooLarge,
    /// Its body is too large: 413.
    BodyTooLarge,
}

/// A request.
#[derive(Debug)]
pub struct Exchange {
    /// Its head.
    pub head: Head,
    /// Its body, or what is wrong with it.
    pub body: Result<Bytes, Fault>,
}

/// What a connection brought.
#[derive(Debug)]
pub enum Arrival {
    /// A request.
    Exchange(Exchange),
    /// Something that is none; the connection ends after the reply.
    Fault(Fault),
    /// The client is gone, or took too long.
    Closed,
}

/// A connection.
#[derive(Debug)]
pub struct Connection<S> {
    stream: S,
    input: BytesMut,
    output: Vec<u8>,
    dates: Dates,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// A new one.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            input: BytesMut::with_capacity(BUFFER_BYTES),
            output: Vec::with_capacity(BUFFER_BYTES),
            dates: Dates::default(),
        }
    }

    /// The next request.
    pub async fn next(&mut self, patience: Patience) -> Arrival {
        if self.input.is_empty() {
            match timeout(patience.idle, self.read()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false) | Err(_)) | Err(_) => return Arrival::Closed,
            }
        }
        match timeout(patience.request, self.request()).await {
            Ok(Ok(arrival)) => arrival,
            Ok(Err(_)) | Err(_) => Arrival::Closed,
        }
    }

    async fn request(&mut self) -> io::Result<Arrival> {
        let head = loop {
            match length(&self.input) {
                Ok(Some(length)) => match Head::parse(self.input.split_to(length).freeze()) {
                    Ok(head) => break head,
                    Err(bad) => return Ok(Arrival::Fault(bad.into())),
                },
                Ok(None) => {
                    if !self.read().await? {
                        return Ok(Arrival::Closed);
                    }
                }
                Err(bad) => return Ok(Arrival::Fault(bad.into())),
            }
        };
        if head.framing != Framing::Length(0)
            && head
                .header("expect")
                .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let most = body_most(&head);
        let body = match head.framing {
            Framing::Length(length) => match usize::try_from(length) {
                Ok(length) if length <= most => {
                    while self.input.len() < length {
                        if !self.read().await? {
                            return Ok(Arrival::Closed);
                        }
                    }
                    Ok(self.input.split_to(length).freeze())
                }
                Ok(_) | Err(_) => Err(Fault::BodyTooLarge),
            },
            Framing::Chunked => self.chunked(most).await?,
        };
        Ok(Arrival::Exchange(Exchange { head, body }))
    }

    async fn chunked(&mut self, most: usize) -> io::Result<Result<Bytes, Fault>> {
        let mut chunks = Chunks::up_to(most);
        loop {
            match chunks.take(&self.input) {
                Ok(taken) => drop(self.input.split_to(taken)),
                Err(BadBody::Malformed) => return Ok(Err(Fault::Malformed)),
                Err(BadBody::TooLarge) => return Ok(Err(Fault::BodyTooLarge)),
            }
            if let Some(body) = chunks.finished() {
                return Ok(Ok(body.into()));
            }
            if !self.read().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads more; false at the end.
    async fn read(&mut self) -> io::Result<bool> {
        self.input.reserve(BUFFER_BYTES);
        Ok(self.stream.read_buf(&mut self.input).await? > 0)
    }

    /// Sends a reply.
    ///
    /// # Errors
    /// If the client is gone or does not take it in time.
    pub async fn send(
        &mut self,
        response: &Response,
        server: &str,
        has_body: bool,
        patience: Patience,
    ) -> io::Result<()> {
        self.output.clear();
        response.write(&mut self.output, server, self.dates.now(), has_body);
        let sent = timeout(patience.request, self.stream.write_all(&self.output)).await;
        if self.output.capacity() > 16 * BUFFER_BYTES {
            self.output = Vec::with_capacity(BUFFER_BYTES);
        }
        sent?
    }

    /// Sends the head of an upgrade and gives the stream away, with what was read of it already.
    ///
    /// # Errors
    /// If the client is gone or does not take it in time.
    pub async fn upgrade(mut self, head: &str, patience: Patience) -> io::Result<(S, Vec<u8>)> {
        timeout(patience.request, self.stream.write_all(head.as_bytes())).await??;
        Ok((self.stream, self.input.into()))
    }

    /// Ends it so that what was sent is read: a client that still sends would else lose the last reply.
    pub async fn close(mut self) {
        // Nothing more can be done for a client that is gone.
        let _ = self.stream.shutdown().await;
        let drain = async {
            let mut rest = BODY_BYTES_MAX * 2;
            let mut sink = [0; BUFFER_BYTES];
            while let Ok(read) = self.stream.read(&mut sink).await {
                if read == 0 || read > rest {
                    return;
                }
                rest -= read;
            }
        };
        let _ = timeout(Duration::from_secs(1), drain).await;
    }
}

/// Bytes the body of a request may have: more for an application, if whoever asks says who they are.
fn body_most(head: &Head) -> usize {
    let is_part = head.path().contains("/ucx/v1/apps/");
    if is_part && head.header("authorization").is_some() {
        PART_BODY_BYTES_MAX
    } else {
        BODY_BYTES_MAX
    }
}

impl From<BadHead> for Fault {
    fn from(bad: BadHead) -> Self {
        match bad {
            BadHead::Malformed => Self::Malformed,
            BadHead::TooLarge => Self::HeadTooLarge,
        }
    }
}
