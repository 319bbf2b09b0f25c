//! What of a leg's protocol a plugin may see and steer: headers, hold, another address for the far end to call.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use ucx_call::{Cause, ChannelState, Referral};
use wasmtime::component::Resource;

use super::Answer;
use super::dials::{denied, transferred};
use crate::bindings::calls::ucx::call::channels::{TransferResult, TransferStatus};
use crate::bindings::ucx::call::routing::{Leg as Wanted, Target};
use crate::bindings::ucx::types::common::{Error, Header};
use crate::flow::{Leg, desk_refused};
use crate::grant::fits;
use crate::state::GuestState;
use crate::telephony::ended;
use crate::verdict;

/// How long the far end may take to tell that it is where it was sent; who took the request and says no more is there.
const REFERRAL_MAX: Duration = Duration::from_secs(30);
/// What a REFER is taken with.
const ACCEPTED: u16 = 202;

impl GuestState {
    pub(super) async fn header_values(&mut self, leg: &Resource<Leg>, name: String) -> Answer<Vec<String>> {
        if !verdict::has_any_case(&self.rights.asks.headers, &name) {
            return Ok(Err(Error::Denied(format!("headers = [{name:?}]"))));
        }
        self.on_leg(leg, move |line, _| {
            let lines = line.header_lines();
            let of = lines.iter().filter(|(of, _)| of.eq_ignore_ascii_case(&name));
            Ok(of.map(|(_, value)| value.to_string()).collect())
        })
        .await
    }

    pub(super) async fn send_header(&mut self, leg: &Resource<Leg>, header: Header) -> Answer<()> {
        let Header { name, value } = header;
        if !verdict::has_any_case(&self.rights.asks.send_headers, &name) {
            return Ok(Err(Error::Denied(format!("send-headers = [{name:?}]"))));
        }
        self.on_leg(leg, move |line, _| line.add_header(&name, &value).map_err(ended))
            .await
    }

    /// Puts the far end on hold with that music, or takes it off.
    pub(super) async fn hold_far_end(&mut self, leg: &Resource<Leg>, music: Option<String>) -> Answer<()> {
        self.on_leg(leg, move |line, deck| deck.hold(line, music.as_deref()))
            .await
    }

    /// Has the far end call a SIP address instead: by REFER if it is answered, by 302 if it waits.
    pub(super) async fn send_away(&mut self, leg: &Resource<Leg>, uri: String) -> Answer<TransferResult> {
        if let Err(error) = self.may_send_to(&uri) {
            return Ok(Err(error));
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let id = self.handles.get(leg)?.channel.id;
        let desk = match self.desk() {
            Ok(desk) => desk,
            Err(error) => return Ok(Err(error)),
        };
        let target = uri.clone();
        let begun = remote.ask(move |line, deck| {
            let is_up = line.channel().map_err(ended)?.state == ChannelState::Up;
            is_up.then(|| deck.refer(line, &target)).transpose()
        });
        let status = match self.wait(begun).await {
            Ok(Some(referral)) => match self.wait(taken(referral)).await {
                Ok(status) => {
                    // It may be over by now, which is as well.
                    let _ = self
                        .wait(async { desk.hangup(id, Cause::NORMAL_CLEARING).await })
                        .await;
                    status
                }
                Err(Untaken::Refused(status)) => {
                    return Ok(Ok(transferred(TransferStatus::Refused, status, "refused")));
                }
                Err(Untaken::Failed(error)) => return Ok(Err(error)),
            },
            Ok(None) => match self.wait(async { desk.deflect(id, &uri).await }).await {
                Ok(()) => 0,
                Err(refusal) => return Ok(Err(desk_refused(refusal))),
            },
            Err(error) => return Ok(Err(error)),
        };
        self.handles.get(leg)?.give_away();
        Ok(Ok(transferred(TransferStatus::Done, status, "")))
    }

    fn may_send_to(&self, uri: &str) -> Result<(), Error> {
        let leg = Wanted {
            to: Target::Uri(uri.to_owned()),
            ring: 0,
            caller: None,
            headers: Vec::new(),
            attrs: Vec::new(),
        };
        verdict::check_leg(&leg, &self.rights).map_err(denied)?;
        if fits(&self.rights.asks.dial, uri) {
            Ok(())
        } else {
            Err(Error::Denied(format!("dial = [{uri:?}]")))
        }
    }
}

/// Why the far end is not where it was sent.
enum Untaken {
    /// It said so, with that status.
    Refused(u16),
    /// It said nothing.
    Failed(Error),
}

/// Waits until the far end is where it was sent; the status it took that with.
async fn taken(mut referral: watch::Receiver<Option<Referral>>) -> Result<u16, Untaken> {
    let mut accepted = None;
    let told = timeout(REFERRAL_MAX, async {
        while referral.changed().await.is_ok() {
            let said = *referral.borrow_and_update();
            match said {
                Some(Referral::Accepted(status)) => accepted = Some(status),
                Some(Referral::Arrived(_)) => return Ok(true),
                Some(Referral::Failed(status)) => return Err(Untaken::Refused(status)),
                None => {}
            }
        }
        Ok(false)
    });
    match (told.await, accepted) {
        (Ok(Err(untaken)), _) => Err(untaken),
        (Ok(Ok(true)), accepted) => Ok(accepted.unwrap_or(ACCEPTED)),
        // It took the request, and is gone or says no more.
        (Ok(Ok(false)) | Err(_), Some(accepted)) => Ok(accepted),
        (Ok(Ok(false)), None) => Err(Untaken::Failed(Error::Gone)),
        (Err(_), None) => Err(Untaken::Failed(Error::Timeout)),
    }
}
