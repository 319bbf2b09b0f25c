//! Calls of the plugin's own: made by the host, and handed over when somebody answers.

use std::sync::Arc;

use tokio::sync::{Notify, oneshot, watch};
use ucx_call::{Cause, ChannelId, DialOutcome, DialStatus as Status, Party as Caller, Refusal};
use ucx_pbx::{Desk, Destination, OriginateSpec as Call};

use super::dials::{RING, denied, named};
use super::{is_so, ms, text, text_of};
use crate::bindings::calls::ucx::call::channels::OriginateSpec;
use crate::bindings::ucx::types::common::{Error, Value};
use crate::flow::{Dialled, Dialler, desk_refused};
use crate::state::{GuestState, Made, Once};
use crate::telephony::{self, DialEnd, caller, may_dial};
use crate::verdict;

/// The longest key against calling twice, in bytes.
const DEDUPE_MAX: usize = 128;
/// The longest id of a channel a plugin may choose, in bytes.
const UNIQUEID_MAX: usize = 128;

fn is_of_uniqueid(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._".contains(letter)
}

impl GuestState {
    pub(super) async fn begin_originate(&mut self, spec: OriginateSpec) -> Result<Dialled, Error> {
        let desk = self.desk()?;
        verdict::check_leg(&spec.leg, &self.rights).map_err(denied)?;
        if !may_dial(&self.rights.asks.originate, &spec.leg.to).map_err(Error::Unavailable)? {
            let line = format!("originate = [{:?}]", named(&spec.leg.to));
            return Err(Error::Denied(line));
        }
        if spec.dedupe_key.len() > DEDUPE_MAX {
            return Err(Error::Invalid(format!("dedupe-key: at most {DEDUPE_MAX} bytes")));
        }
        let (data, expected) = self.expect_leg()?;
        let call = self.call_of(&spec, &data)?;
        let (sender, result) = watch::channel(None);
        let cancel = Arc::new(Notify::new());
        let made = Made {
            result: result.clone(),
            cancel: Arc::clone(&cancel),
        };
        if !spec.dedupe_key.is_empty() {
            match self.desk.call_once(&spec.dedupe_key, made) {
                Once::First => {}
                Once::Again(Made { result, cancel }) => {
                    return Ok(Dialled {
                        result,
                        is_taken: false,
                        by: Dialler::Again { cancel },
                    });
                }
                Once::Full => return Err(Error::Quota(None)),
            }
        }
        // Dropped on the way, with an instance that fails just then, it is called off as well.
        let dialled = Dialled {
            result,
            is_taken: false,
            by: Dialler::Host {
                leg: Some(expected),
                cancel: Arc::clone(&cancel),
            },
        };
        let begun = self.wait(async {
            let (told, begun) = oneshot::channel();
            tokio::spawn(make(desk, call, told, sender, cancel));
            begun.await.unwrap_or(Err(Refusal::Shutdown))
        });
        match begun.await {
            Ok(()) => Ok(dialled),
            Err(refusal) => {
                self.desk.forget_call(&spec.dedupe_key);
                Err(desk_refused(refusal))
            }
        }
    }

    fn call_of(&self, spec: &OriginateSpec, data: &str) -> Result<Call, Error> {
        let mut variables = Vec::new();
        for attr in &spec.variables {
            let plain = attr.name.trim_start_matches('_');
            if !self.rights.asks.set.contains(plain) && !self.rights.asks.set.contains(&attr.name) {
                return Err(Error::Denied(format!("set = [{plain:?}]")));
            }
            variables.push((Arc::from(&*attr.name), Arc::from(text(&attr.value))));
        }
        let account = spec.attrs.iter().find_map(|attr| match &attr.value {
            Value::Text(text) if attr.name == "account" => Some(Arc::from(&**text)),
            Value::Text(_) | Value::Int(_) | Value::Real(_) | Value::Boolean(_) | Value::Bytes(_) => None,
        });
        let shown = spec.leg.caller.as_ref().unwrap_or(&spec.caller);
        let caller: Caller = caller(shown);
        let to = Destination::Application {
            name: Arc::from("Wasm"),
            data: Arc::from(data),
        };
        let ring = if spec.leg.ring == 0 {
            RING
        } else {
            ms(spec.leg.ring)
        };
        let of_leg = telephony::codecs(&spec.leg.attrs);
        let codecs = match telephony::codecs(&spec.attrs) {
            none if none.is_empty() => of_leg,
            named => named,
        };
        let other = text_of(&spec.attrs, "other-channel");
        if other.len() > UNIQUEID_MAX || !other.chars().all(is_of_uniqueid) {
            return Err(Error::Invalid(format!("attrs: {other:.150?} names no channel")));
        }
        let dial_string = telephony::dial_string(&spec.leg.to).map_err(Error::Invalid)?;
        Ok(Call {
            timeout: Some(ring),
            caller,
            account,
            variables,
            early_media: is_so(&spec.attrs, "early-media"),
            codecs: codecs.to_vec(),
            other_uniqueid: (!other.is_empty()).then(|| Arc::from(other)),
            headers: spec
                .leg
                .headers
                .iter()
                .map(|header| (Arc::from(&*header.name), Arc::from(&*header.value)))
                .collect(),
            ..Call::new(&dial_string, to)
        })
    }
}

/// Makes a call of the host's own, and follows it.
async fn make(
    desk: Desk,
    call: Call,
    told: oneshot::Sender<Result<(), Refusal>>,
    result: watch::Sender<Option<DialEnd>>,
    cancel: Arc<Notify>,
) {
    let begun = desk.originate_begin(call).await;
    // Whoever asked may be gone, and has called it off then.
    match begun {
        Ok((channel, decided)) => {
            let _ = told.send(Ok(()));
            follow(desk, channel.id, decided, result, cancel).await;
        }
        Err(refusal) => {
            let _ = told.send(Err(refusal));
        }
    }
}

/// Follows a call of the host's own until it is decided or called off.
async fn follow(
    desk: Desk,
    channel: ChannelId,
    decided: ucx_pbx::OriginateWait,
    result: watch::Sender<Option<DialEnd>>,
    cancel: Arc<Notify>,
) {
    let began = tokio::time::Instant::now();
    let mut decided = std::pin::pin!(decided);
    let (originated, is_cancelled) = tokio::select! {
        originated = &mut decided => (originated, false),
        () = cancel.notified() => {
            // It may have ended by itself, which is as well.
            let _ = desk.hangup(channel, Cause::NORMAL_CLEARING).await;
            (decided.await, true)
        }
    };
    let end = match originated {
        Ok(originated) => match originated.outcome {
            DialOutcome::Answered(_) if !is_cancelled => DialEnd {
                status: Status::Answer,
                answered: originated.channel,
                cause: Cause::NONE,
                leg: 0,
                rang: began.elapsed(),
                sip_code: 0,
                owner: None,
            },
            DialOutcome::Answered(_) => failed(Status::Cancel, Cause::NORMAL_CLEARING, began),
            DialOutcome::Failed { status, cause } => {
                let status = if is_cancelled { Status::Cancel } else { status };
                let channel = originated.channel.as_ref();
                let sip_code = channel.and_then(|channel| channel.protocol_cause).unwrap_or(0);
                DialEnd {
                    sip_code,
                    ..failed(status, cause, began)
                }
            }
        },
        Err(_) => failed(Status::ChanUnavail, Cause::NONE, began),
    };
    result.send_replace(Some(end));
}

fn failed(status: Status, cause: Cause, began: tokio::time::Instant) -> DialEnd {
    DialEnd {
        status,
        answered: None,
        cause,
        leg: 0,
        rang: began.elapsed(),
        sip_code: 0,
        owner: None,
    }
}
