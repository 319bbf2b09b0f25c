//! `ucx:call/channels`: steering legs. What a function does is in the files below, by what it is about.

mod dialplan;
mod dials;
mod facts;
mod originate;
mod protocol;
mod reach;
mod sound;

pub(crate) use dials::surrender;
pub(crate) use reach::ARRIVAL;
pub(crate) use sound::{as_loud, record_order};

use std::time::Duration;

use ucx_call::{Cause, Indication};
use wasmtime::component::Resource;

use crate::bindings::calls::ucx::call::channels::{
    ChannelInfo, ConnectResult, ConnectSpec, DialResult, DialSpec, EnqueueResult, EnqueueSpec, Host,
    HostChannel, HostDialing, OriginateSpec, Side, TransferResult,
};
use crate::bindings::calls::ucx::call::media::{
    GatherSpec, Gathered, MediaItem, PlayOptions, Played, RecordSpec, Recorded,
};
use crate::bindings::ucx::call::routing::Target;
use crate::bindings::ucx::types::common::{Attr, Error, Header, Location, Party, Value};
use crate::flow::{Dialled, Leg};
use crate::interfaces::media::{Playback, Recording};
use crate::state::GuestState;
use crate::tape::taped;
use crate::telephony::ended;
use crate::values::Event;

/// What a function answers; the outer error is a trap, for handles that are none.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

const RECORDS: &str = "call detail records are not built into this host";

/// A value as the text the dialplan knows.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Boolean(truth) => u8::from(*truth).to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A number among attributes.
pub(crate) fn number(attrs: &[Attr], name: &str) -> Option<i64> {
    let attr = attrs.iter().find(|attr| attr.name == name)?;
    match &attr.value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Real(_) | Value::Boolean(_) | Value::Bytes(_) => None,
    }
}

/// Whether something is said to be so among attributes.
pub(crate) fn is_so(attrs: &[Attr], name: &str) -> bool {
    let found = attrs.iter().find(|attr| attr.name == name);
    found.is_some_and(|attr| match &attr.value {
        Value::Boolean(truth) => *truth,
        Value::Int(number) => *number != 0,
        Value::Text(text) => ["yes", "true", "1"].contains(&text.as_str()),
        Value::Real(_) | Value::Bytes(_) => false,
    })
}

/// A text among attributes; empty if there is none of that name.
pub(crate) fn text_of(attrs: &[Attr], name: &str) -> String {
    let found = attrs.iter().find(|attr| attr.name == name);
    found.map(|attr| text(&attr.value)).unwrap_or_default()
}

fn ms(time: u32) -> Duration {
    Duration::from_millis(time.into())
}

impl HostChannel for GuestState {
    async fn id(&mut self, leg: Resource<Leg>) -> wasmtime::Result<String> {
        taped!(now self, "channel id", Some(leg.rep()), (""), {
            Ok(self.handles.get(&leg)?.channel.uniqueid.to_string())
        })
    }

    async fn call(&mut self, leg: Resource<Leg>) -> wasmtime::Result<String> {
        taped!(now self, "channel call", Some(leg.rep()), (""), {
            Ok(self.handles.get(&leg)?.last().linkedid.to_string())
        })
    }

    async fn info(&mut self, leg: Resource<Leg>) -> wasmtime::Result<ChannelInfo> {
        taped!(self, "channel info", Some(leg.rep()), (""), {
            self.leg_info(&leg).await
        })
    }

    async fn ring(&mut self, leg: Resource<Leg>) -> Answer<()> {
        taped!(self, "channel ring", Some(leg.rep()), (""), {
            self.on_leg(&leg, |line, _| line.indicate(Indication::Ringing).map_err(ended))
                .await
        })
    }

    async fn progress(&mut self, leg: Resource<Leg>) -> Answer<()> {
        taped!(self, "channel progress", Some(leg.rep()), (""), {
            self.on_leg(&leg, |line, _| line.indicate(Indication::Progress).map_err(ended))
                .await
        })
    }

    async fn answer(&mut self, leg: Resource<Leg>) -> Answer<()> {
        taped!(self, "channel answer", Some(leg.rep()), (""), {
            self.on_leg(&leg, |line, _| line.answer().map_err(ended)).await
        })
    }

    async fn hangup(&mut self, leg: Resource<Leg>, cause: u16) -> Answer<()> {
        taped!(self, "channel hangup", Some(leg.rep()), ("{cause:?}"), {
            let cause = match cause {
                0 => Cause::NORMAL_CLEARING,
                1..=127 => Cause(cause),
                other => return Ok(Err(Error::Invalid(format!("cause: {other} is none (1 to 127)")))),
            };
            self.end_leg(&leg, cause).await
        })
    }

    async fn play(
        &mut self,
        leg: Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Played> {
        taped!(
            self,
            "channel play",
            Some(leg.rep()),
            ("{items:?} {options:?}"),
            { self.play_out(&leg, items, options).await }
        )
    }

    async fn start_play(
        &mut self,
        leg: Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Resource<Playback>> {
        taped!(
            self,
            "channel start-play",
            Some(leg.rep()),
            ("{items:?} {options:?}"),
            { self.begin_playback(&leg, items, options).await }
        )
    }

    async fn gather(&mut self, leg: Resource<Leg>, spec: GatherSpec) -> Answer<Gathered> {
        taped!(self, "channel gather", Some(leg.rep()), ("{spec:?}"), {
            self.gather_digits(&leg, spec).await
        })
    }

    async fn record_message(&mut self, leg: Resource<Leg>, spec: RecordSpec) -> Answer<Recorded> {
        taped!(self, "channel record-message", Some(leg.rep()), ("{spec:?}"), {
            self.record_out(&leg, spec).await
        })
    }

    async fn start_recording(&mut self, leg: Resource<Leg>, spec: RecordSpec) -> Answer<Resource<Recording>> {
        taped!(self, "channel start-recording", Some(leg.rep()), ("{spec:?}"), {
            self.begin_recording(&leg, spec).await
        })
    }

    async fn send_digits(&mut self, leg: Resource<Leg>, digits: String, length: u32, gap: u32) -> Answer<()> {
        let covered = self.tape.covered(&digits);
        taped!(
            self,
            "channel send-digits",
            Some(leg.rep()),
            ("{covered:?} {length} {gap}"),
            { self.send_digits_out(&leg, digits, length, gap).await }
        )
    }

    async fn hold(&mut self, leg: Resource<Leg>, on: bool, music: String) -> Answer<()> {
        taped!(self, "channel hold", Some(leg.rep()), ("{on:?} {music:?}"), {
            self.hold_far_end(&leg, on.then_some(music)).await
        })
    }

    async fn mute(&mut self, leg: Resource<Leg>, what: Side, on: bool) -> Answer<()> {
        taped!(self, "channel mute", Some(leg.rep()), ("{what:?} {on:?}"), {
            let (spoken, heard) = match what {
                Side::Spoken => (Some(on), None),
                Side::Heard => (None, Some(on)),
                Side::Both => (Some(on), Some(on)),
            };
            self.on_leg(&leg, move |line, deck| deck.silence(line, spoken, heard))
                .await
        })
    }

    async fn start_music(&mut self, leg: Resource<Leg>, name: String) -> Answer<()> {
        taped!(self, "channel start-music", Some(leg.rep()), ("{name:?}"), {
            self.music(&leg, Some(name)).await
        })
    }

    async fn stop_music(&mut self, leg: Resource<Leg>) -> Answer<()> {
        taped!(self, "channel stop-music", Some(leg.rep()), (""), {
            self.music(&leg, None).await
        })
    }

    async fn dial(&mut self, leg: Resource<Leg>, spec: DialSpec) -> Answer<DialResult> {
        taped!(self, "channel dial", Some(leg.rep()), ("{spec:?}"), {
            match self.begin_dial(&leg, spec).await? {
                Ok(mut dialled) => self.dial_result(&mut dialled, None).await,
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn start_dial(&mut self, leg: Resource<Leg>, spec: DialSpec) -> Answer<Resource<Dialled>> {
        taped!(self, "channel start-dial", Some(leg.rep()), ("{spec:?}"), {
            match self.begin_dial(&leg, spec).await? {
                Ok(dialled) => Ok(self.handles.push(dialled).map_err(|_| Error::Quota(None))),
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn connect(
        &mut self,
        leg: Resource<Leg>,
        peer: Resource<Leg>,
        spec: ConnectSpec,
    ) -> Answer<ConnectResult> {
        let handle = self.tape.name(peer.rep());
        taped!(self, "channel connect", Some(leg.rep()), ("{handle} {spec:?}"), {
            self.connect_legs(&leg, &peer, spec).await
        })
    }

    async fn enqueue(&mut self, _: Resource<Leg>, _: EnqueueSpec) -> Answer<EnqueueResult> {
        Ok(Err(Error::Unavailable(
            "queues are not built into this host".to_owned(),
        )))
    }

    async fn transfer(&mut self, leg: Resource<Leg>, to: Target, _: Vec<Attr>) -> Answer<TransferResult> {
        taped!(self, "channel transfer", Some(leg.rep()), ("{to:?}"), {
            self.transfer_leg(&leg, to).await
        })
    }

    async fn transfer_to(
        &mut self,
        leg: Resource<Leg>,
        consulted: Resource<Leg>,
        _: Vec<Attr>,
    ) -> Answer<TransferResult> {
        let handle = self.tape.name(consulted.rep());
        taped!(self, "channel transfer-to", Some(leg.rep()), ("{handle}"), {
            self.join_parties(&leg, &consulted).await
        })
    }

    async fn get_variable(&mut self, leg: Resource<Leg>, name: String) -> Answer<Option<String>> {
        taped!(self, "channel get-variable", Some(leg.rep()), ("{name:?}"), {
            self.variable(&leg, name).await
        })
    }

    async fn set_variable(&mut self, leg: Resource<Leg>, name: String, value: String) -> Answer<()> {
        taped!(
            self,
            "channel set-variable",
            Some(leg.rep()),
            ("{name:?} {value:?}"),
            { self.assign_variable(&leg, name, value).await }
        )
    }

    async fn get_headers(&mut self, leg: Resource<Leg>, name: String) -> Answer<Vec<String>> {
        taped!(self, "channel get-headers", Some(leg.rep()), ("{name:?}"), {
            self.header_values(&leg, name).await
        })
    }

    async fn add_header(&mut self, leg: Resource<Leg>, header: Header) -> Answer<()> {
        taped!(self, "channel add-header", Some(leg.rep()), ("{header:?}"), {
            self.send_header(&leg, header).await
        })
    }

    async fn set_caller(&mut self, leg: Resource<Leg>, caller: Party) -> Answer<()> {
        taped!(self, "channel set-caller", Some(leg.rep()), ("{caller:?}"), {
            self.rename_caller(&leg, caller).await
        })
    }

    async fn set_language(&mut self, leg: Resource<Leg>, language: String) -> Answer<()> {
        taped!(self, "channel set-language", Some(leg.rep()), ("{language:?}"), {
            self.speak_language(&leg, language).await
        })
    }

    async fn get_cdr(&mut self, _: Resource<Leg>, _: String) -> Answer<Option<String>> {
        Ok(Err(Error::Unavailable(RECORDS.to_owned())))
    }

    async fn set_cdr(&mut self, _: Resource<Leg>, _: String, _: String) -> Answer<()> {
        Ok(Err(Error::Unavailable(RECORDS.to_owned())))
    }

    async fn user_event(&mut self, leg: Resource<Leg>, name: String, attrs: Vec<Attr>) -> Answer<()> {
        taped!(
            self,
            "channel user-event",
            Some(leg.rep()),
            ("{name:?} {attrs:?}"),
            { self.publish_about(&leg, name, attrs).await }
        )
    }

    async fn call_subroutine(
        &mut self,
        leg: Resource<Leg>,
        place: Location,
        args: Vec<String>,
    ) -> Answer<String> {
        taped!(
            self,
            "channel call-subroutine",
            Some(leg.rep()),
            ("{place:?} {args:?}"),
            { self.subroutine(&leg, place, args).await }
        )
    }

    async fn execute(&mut self, leg: Resource<Leg>, application: String, args: String) -> Answer<()> {
        taped!(
            self,
            "channel execute",
            Some(leg.rep()),
            ("{application:?} {args:?}"),
            { self.run_application(&leg, application, args).await }
        )
    }

    async fn continue_at(&mut self, leg: Resource<Leg>, place: Location) -> Answer<()> {
        taped!(self, "channel continue-at", Some(leg.rep()), ("{place:?}"), {
            self.send_to_dialplan(&leg, place).await
        })
    }

    async fn drop(&mut self, leg: Resource<Leg>) -> wasmtime::Result<()> {
        if let Some(controls) = &mut self.controls {
            controls.claims.retain(|_, handle| *handle != leg.rep());
        }
        self.drop_handle(leg)
    }
}

impl HostDialing for GuestState {
    async fn wait(&mut self, dialing: Resource<Dialled>, time: u32) -> Answer<DialResult> {
        taped!(self, "dialing wait", Some(dialing.rep()), ("{time:?}"), {
            self.wait_for_dial(&dialing, ms(time)).await
        })
    }

    async fn cancel(&mut self, dialing: Resource<Dialled>) -> wasmtime::Result<()> {
        taped!(now self, "dialing cancel", Some(dialing.rep()), (""), {
            self.handles.get(&dialing)?.cancel();
            Ok(())
        })
    }

    async fn drop(&mut self, dialing: Resource<Dialled>) -> wasmtime::Result<()> {
        self.drop_handle(dialing)
    }
}

impl Host for GuestState {
    async fn originate(&mut self, spec: OriginateSpec) -> Answer<DialResult> {
        taped!(self, "originate", None, ("{spec:?}"), {
            match self.begin_originate(spec).await {
                Ok(mut dialled) => self.dial_result(&mut dialled, None).await,
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn start_originate(&mut self, spec: OriginateSpec) -> Answer<Resource<Dialled>> {
        taped!(self, "start-originate", None, ("{spec:?}"), {
            match self.begin_originate(spec).await {
                Ok(dialled) => Ok(self.handles.push(dialled).map_err(|_| Error::Quota(None))),
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn adopt(&mut self, id: String) -> Answer<Resource<Leg>> {
        taped!(self, "adopt", None, ("{id:?}"), {
            match self.take_over(id).await {
                Ok(leg) => Ok(self.handles.push(leg).map_err(|_| Error::Quota(None))),
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn look(&mut self, id: String) -> Answer<ChannelInfo> {
        taped!(self, "look", None, ("{id:?}"), { Ok(self.look_at(id).await) })
    }

    async fn next_event(&mut self, wait: u32) -> Answer<Option<Event>> {
        taped!(self, "next-event", None, ("{wait:?}"), {
            let events = match &self.controls {
                Some(controls) if controls.application.is_some() => {
                    let why = "an application hears of its legs through its inbox";
                    return Ok(Err(Error::Conflict(why.to_owned())));
                }
                Some(controls) => controls.events.clone(),
                None => return Ok(Err(Error::Gone)),
            };
            let next = self.wait(async { events.next(ms(wait)).await }).await;
            Ok(next.map_err(|_| Error::Gone))
        })
    }
}
