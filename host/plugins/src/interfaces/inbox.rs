//! `ucx:plugin/inbox`: what an application waits for, and how it answers requests.

use std::sync::Arc;
use std::time::Duration;

use crate::application::{PartReply, Stage};
use crate::bindings::apps::ucx::plugin::inbox::{Host, Message};
use crate::bindings::ucx::types::common::{Error, Header};
use crate::plugin::Plugin;
use crate::state::GuestState;

/// The longest body of an answer, in bytes.
const BODY_MAX: usize = 1 << 20;
/// Header lines of an answer.
const HEADERS_MAX: usize = 64;
/// Bytes of a header line.
const HEADER_MAX: usize = 8 << 10;
/// Headers that are the host's to write.
const OWN_HEADERS: [&str; 7] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "date",
    "server",
];

impl GuestState {
    fn application(&self) -> Option<Arc<Plugin>> {
        self.controls
            .as_ref()
            .and_then(|controls| controls.application.clone())
    }

    async fn messages(&mut self, max: usize, wait: u32) -> Vec<Message> {
        let wait = Duration::from_millis(wait.into());
        let (Some(plugin), Some(events)) = (
            self.application(),
            self.controls
                .as_ref()
                .map(|controls| Arc::clone(&controls.events)),
        ) else {
            // Nobody but an application is ever told anything here.
            self.wait(tokio::time::sleep(wait)).await;
            return Vec::new();
        };
        let stage: &Stage = &plugin.stage;
        self.wait(stage.messages(&events, max, wait)).await
    }
}

impl Host for GuestState {
    async fn next(&mut self, wait: u32) -> wasmtime::Result<Option<Message>> {
        Ok(self.messages(1, wait).await.pop())
    }

    async fn next_batch(&mut self, max: u32, wait: u32) -> wasmtime::Result<Vec<Message>> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        Ok(self.messages(max, wait).await)
    }

    fn reply(
        &mut self,
        id: u64,
        status: u16,
        headers: Vec<Header>,
        body: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let Some(plugin) = self.application() else {
            return Ok(Err(Error::Gone));
        };
        if let Err(error) = check(status, &headers, &body) {
            return Ok(Err(error));
        }
        let reply = PartReply {
            status,
            headers: headers.into_iter().map(|line| (line.name, line.value)).collect(),
            body,
        };
        Ok(if plugin.stage.answer(id, reply) {
            Ok(())
        } else {
            Err(Error::Gone)
        })
    }
}

/// Whether an answer can be sent as it is.
fn check(status: u16, headers: &[Header], body: &[u8]) -> Result<(), Error> {
    if !(200..=599).contains(&status) {
        return Err(Error::Invalid(format!("status: {status} is none (200 to 599)")));
    }
    if body.len() > BODY_MAX || headers.len() > HEADERS_MAX {
        return Err(Error::Quota(None));
    }
    for line in headers {
        let is_name = !line.name.is_empty()
            && line
                .name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !is_name || OWN_HEADERS.iter().any(|own| line.name.eq_ignore_ascii_case(own)) {
            return Err(Error::Invalid(format!("headers: {:?} cannot be sent", line.name)));
        }
        let is_value =
            line.value.len() <= HEADER_MAX && !line.value.contains(|c: char| c.is_control() && c != '\t');
        if !is_value {
            return Err(Error::Invalid(format!(
                "headers: the value of {} cannot be sent",
                line.name
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_smuggle_another() {
        let line = |name: &str, value: &str| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(check(200, &[line("Content-type", "text/plain")], b"x"), Ok(()));
        for bad in [
            line("A\r\nB", "x"),
            line("A", "x\r\nB: y"),
            line("Content-Length", "0"),
            line("", ""),
        ] {
            assert!(check(200, &[bad], b"").is_err());
        }
        assert!(check(100, &[], b"").is_err() && check(600, &[], b"").is_err());
        assert_eq!(check(200, &[], &vec![0; BODY_MAX + 1]), Err(Error::Quota(None)));
    }
}
