//! The socket of applications: messages out, requests in.

mod rest;

use crate::dispatch::{Dispatch, Upgrade};
use crate::handle::Socket;
use crate::http::connection::{Connection, Patience};
use crate::pretty;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use rest::Asked;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use ucx_pbx::BoxFuture;

/// Bytes a client's message may have: a body of the greatest length, quoted, and what surrounds it.
const MESSAGE_BYTES_MAX: usize = 2 * crate::http::body::BODY_BYTES_MAX + 8 * 1024;

/// Messages that go out with one write at the most.
const BATCH_MAX: usize = 64;

/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves a socket until either side ends it; its applications end with it. They begin before the client is told that the
/// socket does, so that whatever it does next finds them there.
pub async fn serve(
    dispatch: &Dispatch,
    upgrade: &Upgrade,
    connection: Connection<TcpStream>,
    patience: Patience,
) {
    let (socket, messages) = dispatch.handle.socket();
    for name in &upgrade.applications {
        if let Err(reason) = dispatch
            .handle
            .take_application(name, &socket, upgrade.subscribes_all)
        {
            tracing::warn!(application = %name, %reason, "an application was not registered");
        }
    }
    let upgraded = connection.upgrade(&upgrade.head, patience).await;
    let stream = match upgraded {
        Ok((stream, read)) => {
            Some(converse(dispatch, upgrade, (stream, read), (socket.clone(), messages)).await)
        }
        Err(_) => None,
    };
    dispatch
        .handle
        .with_applications(|applications| applications.unregister(&socket));
    if let Some(mut stream) = stream {
        tracing::info!(applications = ?upgrade.applications, "a socket of applications ends");
        let _ = timeout(CLOSE_TIMEOUT, stream.close(None)).await;
    }
}

/// Carries messages and requests until either side ends it; the stream is given back to be closed.
async fn converse(
    dispatch: &Dispatch,
    upgrade: &Upgrade,
    (stream, read): (TcpStream, Vec<u8>),
    (socket, messages): (Socket, mpsc::Receiver<Bytes>),
) -> WebSocketStream<TcpStream> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let stream = WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
    tracing::info!(applications = ?upgrade.applications, by = %upgrade.key.principal, "a socket of applications begins");
    let mut session = Session {
        dispatch,
        upgrade,
        stream,
        messages,
        socket,
    };
    if let Err(error) = session.run().await {
        tracing::debug!(%error, "a socket of applications broke");
    }
    session.stream
}

struct Session<'a> {
    dispatch: &'a Dispatch,
    upgrade: &'a Upgrade,
    stream: WebSocketStream<TcpStream>,
    messages: mpsc::Receiver<Bytes>,
    socket: Socket,
}

impl<'a> Session<'a> {
    async fn run(&mut self) -> Result<(), Error> {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        // One request at a time: replies come in the order of requests.
        let mut pending: Option<BoxFuture<'a, Bytes>> = None;
        loop {
            tokio::select! {
                biased;
                reply = finished(&mut pending) => {
                    pending = None;
                    // Behind the messages that came before it.
                    if !self.socket.send(reply) {
                        return Ok(());
                    }
                }
                count = self.messages.recv_many(&mut batch, BATCH_MAX) => {
                    // Nobody sends any more: the socket did not read, and was given up.
                    if count == 0 || !self.flush(&mut batch).await? {
                        return Ok(());
                    }
                }
                frame = self.stream.next(), if pending.is_none() => match frame {
                    Some(Ok(Message::Text(text))) => pending = Some(self.asked(&text)),
                    Some(Ok(Message::Binary(bytes))) => {
                        let text = String::from_utf8_lossy(&bytes);
                        pending = Some(self.asked(&text));
                    }
                    // What answers a ping is written with the next flush, or here.
                    Some(Ok(Message::Ping(_))) => {
                        if timeout(self.upgrade.write_timeout, self.stream.flush()).await.is_err() {
                            return Ok(());
                        }
                    }
                    Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Err(error)) => return Err(error),
                },
            }
        }
    }

    /// Writes messages; false if the client does not take them in time.
    async fn flush(&mut self, batch: &mut Vec<Bytes>) -> Result<bool, Error> {
        let write = async {
            for text in batch.drain(..) {
                let text = if self.upgrade.is_pretty {
                    pretty::indent(&text)
                } else {
                    text
                };
                let text = Utf8Bytes::try_from(text).expect("messages are written as text");
                self.stream.feed(Message::Text(text)).await?;
            }
            self.stream.flush().await
        };
        match timeout(self.upgrade.write_timeout, write).await {
            Ok(result) => result.map(|()| true),
            Err(_) => {
                tracing::warn!(applications = ?self.upgrade.applications, "a client does not read its messages in time");
                Ok(false)
            }
        }
    }

    fn asked(&self, text: &str) -> BoxFuture<'a, Bytes> {
        let (dispatch, upgrade) = (self.dispatch, self.upgrade);
        let asked = Asked::parse(text);
        Box::pin(async move { rest::answer(dispatch, upgrade, asked).await })
    }
}

/// The reply of the request under way; never, if there is none.
async fn finished(pending: &mut Option<BoxFuture<'_, Bytes>>) -> Bytes {
    match pending {
        Some(pending) => pending.await,
        None => std::future::pending().await,
    }
}
