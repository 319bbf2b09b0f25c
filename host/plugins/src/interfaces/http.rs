//! `ucx:host/http`: an exchange with a web service in one step.

use std::sync::Arc;
use std::time::Duration;

use crate::bindings::ucx::host::http::{Host, Request, Response};
use crate::bindings::ucx::types::common::{Error, Header};
use crate::state::GuestState;
use crate::web::{WebError, WebRequest};

impl Host for GuestState {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        let now = (self.host.clock)();
        if !self.desk.exchanges.take(1, now) {
            return Ok(Err(Error::Quota(None)));
        }
        let request = WebRequest {
            method: request.method,
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|line| (line.name, line.value))
                .collect(),
            body: request.body,
            timeout: Duration::from_millis(request.timeout.into()),
        };
        let answer = match self.tape.web(&request) {
            Some(recorded) => recorded,
            None => {
                let asked = crate::tape::asked(&request);
                let web = Arc::clone(&self.web);
                let answer = self.wait(web.fetch(request, now)).await;
                self.tape.heard_web(asked, &answer);
                answer
            }
        };
        Ok(answer.map_err(failure).map(|answer| Response {
            status: answer.status,
            headers: answer
                .headers
                .into_iter()
                .map(|(name, value)| Header { name, value })
                .collect(),
            body: answer.body,
        }))
    }
}

pub(super) fn failure(error: WebError) -> Error {
    match error {
        WebError::Invalid(what) => Error::Invalid(what),
        WebError::Denied(line) => Error::Denied(line),
        WebError::Quota(after) => Error::Quota(after.map(crate::turns::millis)),
        WebError::TooLarge => Error::Quota(None),
        WebError::TimedOut => Error::Timeout,
        WebError::Unavailable(what) => Error::Unavailable(what),
    }
}
