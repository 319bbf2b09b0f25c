//! `ucx:call/channels`: steering legs. What a function does is in the files below, by what it is about.

mod dialplan;
mod dials;
mod facts;
mod originate;
mod reach;
mod sound;

pub(crate) use sound::record_order;

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
use crate::telephony::ended;
use crate::values::Event;

/// What a function answers; the outer error is a trap, for handles that are none.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

const RECORDS: &str = "call detail records are not built into this host";
const HEADERS: &str = "SIP headers of a leg are not kept by this host";

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

fn ms(time: u32) -> Duration {
    Duration::from_millis(time.into())
}

impl HostChannel for GuestState {
    async fn id(&mut self, leg: Resource<Leg>) -> wasmtime::Result<String> {
        Ok(self.handles.get(&leg)?.channel.uniqueid.to_string())
    }

    async fn call(&mut self, leg: Resource<Leg>) -> wasmtime::Result<String> {
        Ok(self.handles.get(&leg)?.last().linkedid.to_string())
    }

    async fn info(&mut self, leg: Resource<Leg>) -> wasmtime::Result<ChannelInfo> {
        self.leg_info(&leg).await
    }

    async fn ring(&mut self, leg: Resource<Leg>) -> Answer<()> {
        self.on_leg(&leg, |line, _| line.indicate(Indication::Ringing).map_err(ended))
            .await
    }

    async fn progress(&mut self, leg: Resource<Leg>) -> Answer<()> {
        self.on_leg(&leg, |line, _| line.indicate(Indication::Progress).map_err(ended))
            .await
    }

    async fn answer(&mut self, leg: Resource<Leg>) -> Answer<()> {
        self.on_leg(&leg, |line, _| line.answer().map_err(ended)).await
    }

    async fn hangup(&mut self, leg: Resource<Leg>, cause: u16) -> Answer<()> {
        let cause = match cause {
            0 => Cause::NORMAL_CLEARING,
            1..=127 => Cause(cause),
            other => return Ok(Err(Error::Invalid(format!("cause: {other} is none (1 to 127)")))),
        };
        self.end_leg(&leg, cause).await
    }

    async fn play(
        &mut self,
        leg: Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Played> {
        self.play_out(&leg, items, options).await
    }

    async fn start_play(
        &mut self,
        leg: Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Resource<Playback>> {
        self.begin_playback(&leg, items, options).await
    }

    async fn gather(&mut self, leg: Resource<Leg>, spec: GatherSpec) -> Answer<Gathered> {
        self.gather_digits(&leg, spec).await
    }

    async fn record_message(&mut self, leg: Resource<Leg>, spec: RecordSpec) -> Answer<Recorded> {
        self.record_out(&leg, spec).await
    }

    async fn start_recording(&mut self, leg: Resource<Leg>, spec: RecordSpec) -> Answer<Resource<Recording>> {
        self.begin_recording(&leg, spec).await
    }

    async fn send_digits(&mut self, leg: Resource<Leg>, digits: String, length: u32, gap: u32) -> Answer<()> {
        self.send_digits_out(&leg, digits, length, gap).await
    }

    async fn hold(&mut self, leg: Resource<Leg>, on: bool, music: String) -> Answer<()> {
        self.music(&leg, on.then_some(music)).await
    }

    async fn mute(&mut self, leg: Resource<Leg>, what: Side, on: bool) -> Answer<()> {
        let (spoken, heard) = match what {
            Side::Spoken => (Some(on), None),
            Side::Heard => (None, Some(on)),
            Side::Both => (Some(on), Some(on)),
        };
        self.on_leg(&leg, move |line, deck| deck.silence(line, spoken, heard))
            .await
    }

    async fn start_music(&mut self, leg: Resource<Leg>, name: String) -> Answer<()> {
        self.music(&leg, Some(name)).await
    }

    async fn stop_music(&mut self, leg: Resource<Leg>) -> Answer<()> {
        self.music(&leg, None).await
    }

    async fn dial(&mut self, leg: Resource<Leg>, spec: DialSpec) -> Answer<DialResult> {
        match self.begin_dial(&leg, spec).await? {
            Ok(mut dialled) => self.dial_result(&mut dialled, None).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn start_dial(&mut self, leg: Resource<Leg>, spec: DialSpec) -> Answer<Resource<Dialled>> {
        match self.begin_dial(&leg, spec).await? {
            Ok(dialled) => Ok(self.handles.push(dialled).map_err(|_| Error::Quota(None))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn connect(
        &mut self,
        leg: Resource<Leg>,
        peer: Resource<Leg>,
        spec: ConnectSpec,
    ) -> Answer<ConnectResult> {
        self.connect_legs(&leg, &peer, spec).await
    }

    async fn enqueue(&mut self, _: Resource<Leg>, _: EnqueueSpec) -> Answer<EnqueueResult> {
        Ok(Err(Error::Unavailable(
            "queues are not built into this host".to_owned(),
        )))
    }

    async fn transfer(&mut self, leg: Resource<Leg>, to: Target, _: Vec<Attr>) -> Answer<TransferResult> {
        self.transfer_leg(&leg, to).await
    }

    async fn transfer_to(
        &mut self,
        leg: Resource<Leg>,
        consulted: Resource<Leg>,
        _: Vec<Attr>,
    ) -> Answer<TransferResult> {
        self.join_parties(&leg, &consulted).await
    }

    async fn get_variable(&mut self, leg: Resource<Leg>, name: String) -> Answer<Option<String>> {
        self.variable(&leg, name).await
    }

    async fn set_variable(&mut self, leg: Resource<Leg>, name: String, value: String) -> Answer<()> {
        self.assign_variable(&leg, name, value).await
    }

    async fn get_headers(&mut self, _: Resource<Leg>, _: String) -> Answer<Vec<String>> {
        Ok(Err(Error::Unavailable(HEADERS.to_owned())))
    }

    async fn add_header(&mut self, _: Resource<Leg>, _: Header) -> Answer<()> {
        Ok(Err(Error::Unavailable(HEADERS.to_owned())))
    }

    async fn set_caller(&mut self, leg: Resource<Leg>, caller: Party) -> Answer<()> {
        self.rename_caller(&leg, caller).await
    }

    async fn set_language(&mut self, leg: Resource<Leg>, language: String) -> Answer<()> {
        self.speak_language(&leg, language).await
    }

    async fn get_cdr(&mut self, _: Resource<Leg>, _: String) -> Answer<Option<String>> {
        Ok(Err(Error::Unavailable(RECORDS.to_owned())))
    }

    async fn set_cdr(&mut self, _: Resource<Leg>, _: String, _: String) -> Answer<()> {
        Ok(Err(Error::Unavailable(RECORDS.to_owned())))
    }

    async fn user_event(&mut self, leg: Resource<Leg>, name: String, attrs: Vec<Attr>) -> Answer<()> {
        self.publish_about(&leg, name, attrs).await
    }

    async fn call_subroutine(
        &mut self,
        leg: Resource<Leg>,
        place: Location,
        args: Vec<String>,
    ) -> Answer<String> {
        self.subroutine(&leg, place, args).await
    }

    async fn execute(&mut self, leg: Resource<Leg>, application: String, args: String) -> Answer<()> {
        self.run_application(&leg, application, args).await
    }

    async fn continue_at(&mut self, leg: Resource<Leg>, place: Location) -> Answer<()> {
        self.send_to_dialplan(&leg, place).await
    }

    async fn drop(&mut self, leg: Resource<Leg>) -> wasmtime::Result<()> {
        if let Some(controls) = &mut self.controls {
            controls.claims.retain(|_, handle| *handle != leg.rep());
        }
        self.handles.delete(leg)?;
        Ok(())
    }
}

impl HostDialing for GuestState {
    async fn wait(&mut self, dialing: Resource<Dialled>, time: u32) -> Answer<DialResult> {
        self.wait_for_dial(&dialing, ms(time)).await
    }

    async fn cancel(&mut self, dialing: Resource<Dialled>) -> wasmtime::Result<()> {
        self.handles.get(&dialing)?.cancel();
        Ok(())
    }

    async fn drop(&mut self, dialing: Resource<Dialled>) -> wasmtime::Result<()> {
        self.handles.delete(dialing)?;
        Ok(())
    }
}

impl Host for GuestState {
    async fn originate(&mut self, spec: OriginateSpec) -> Answer<DialResult> {
        match self.begin_originate(spec).await {
            Ok(mut dialled) => self.dial_result(&mut dialled, None).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn start_originate(&mut self, spec: OriginateSpec) -> Answer<Resource<Dialled>> {
        match self.begin_originate(spec).await {
            Ok(dialled) => Ok(self.handles.push(dialled).map_err(|_| Error::Quota(None))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn adopt(&mut self, id: String) -> Answer<Resource<Leg>> {
        match self.take_over(id).await {
            Ok(leg) => Ok(self.handles.push(leg).map_err(|_| Error::Quota(None))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn look(&mut self, id: String) -> Answer<ChannelInfo> {
        Ok(self.look_at(id).await)
    }

    async fn next_event(&mut self, wait: u32) -> Answer<Option<Event>> {
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
    }
}
