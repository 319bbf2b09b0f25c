//! What is known of a leg, and what is told about it: its state, variables, caller, events of the plugin's own.

use std::sync::Arc;

use ucx_call::{Cause, ChannelSnapshot, ChannelState as State};
use ucx_pbx::{Agreed, ChannelKey, Ending};
use wasmtime::component::Resource;

use super::Answer;
use crate::bindings::calls::ucx::call::channels::{ChannelInfo, ChannelState};
use crate::bindings::ucx::types::common::{Attr, Error, Location, Party};
use crate::flow::{Leg, Whereabouts, desk_refused};
use crate::grant::fits;
use crate::state::GuestState;
use crate::telephony::{PEER_ADDRESS, caller, ended, party, text_attr};
use crate::verdict;

/// The longest value of a variable in bytes.
const VALUE_MAX: usize = 64 << 10;

impl GuestState {
    pub(super) async fn leg_info(&mut self, leg: &Resource<Leg>) -> wasmtime::Result<ChannelInfo> {
        let id = self.handles.get(leg)?.channel.id;
        let found = match self.desk() {
            Ok(desk) => self.wait(async { desk.channel_and_far_end(id).await }).await.ok(),
            Err(_) => None,
        };
        let leg = self.handles.get(leg)?;
        Ok(match found {
            Some((channel, agreed)) => {
                leg.note(Arc::clone(&channel));
                self.seen(&channel, &agreed, None)
            }
            None => self.seen(&leg.last(), &Agreed::default(), Some(ChannelState::Ended)),
        })
    }

    /// A leg that is of the same call, or that the instance may take over.
    pub(super) async fn look_at(&mut self, id: String) -> Result<ChannelInfo, Error> {
        let desk = self.desk()?;
        let own = self.controls.as_ref().and_then(|controls| controls.caller);
        let (channel, caller) = self
            .wait(async {
                let channel = desk.channel_and_far_end(ChannelKey::Name(Arc::from(id))).await;
                let caller = match own {
                    Some(own) => desk.channel(own).await.ok(),
                    None => None,
                };
                (channel, caller)
            })
            .await;
        let (channel, agreed) = channel.map_err(desk_refused)?;
        let is_own_call = caller.is_some_and(|caller| caller.linkedid == channel.linkedid);
        let step = channel.step.as_ref().map_or("", |step| &step.application);
        let adopt = &self.rights.asks.adopt;
        if is_own_call || fits(adopt, &channel.place.context) || fits(adopt, step) {
            Ok(self.seen(&channel, &agreed, None))
        } else {
            Err(Error::NotFound)
        }
    }

    /// A leg as the guest may see it; `state` instead of its own.
    fn seen(&self, channel: &ChannelSnapshot, agreed: &Agreed, state: Option<ChannelState>) -> ChannelInfo {
        let mut info = info(channel, self.started_ms(), state);
        info.tenant = self.host.bearings.tenant(channel);
        info.attrs
            .extend(agreed.codecs.first().map(|codec| text_attr("codec", codec)));
        if self.rights.asks.variables.contains(PEER_ADDRESS)
            && let Some(peer) = agreed.peer
        {
            info.attrs.push(text_attr(PEER_ADDRESS, &peer.to_string()));
        }
        info
    }

    fn started_ms(&self) -> u64 {
        self.controls.as_ref().map_or(0, |controls| controls.started_ms)
    }

    pub(super) async fn end_leg(&mut self, leg: &Resource<Leg>, cause: Cause) -> Answer<()> {
        let handle = self.handles.get(leg)?;
        let id = handle.channel.id;
        let (Ok(Whereabouts::Served(_) | Whereabouts::Claimed), Ok(desk)) =
            (handle.whereabouts(), self.desk())
        else {
            return Ok(Err(Error::Gone));
        };
        let hung_up = self.wait(async { desk.hangup(id, cause).await }).await;
        self.handles.get(leg)?.give_away();
        Ok(hung_up.map_err(crate::telephony::refused))
    }

    pub(super) async fn variable(&mut self, leg: &Resource<Leg>, name: String) -> Answer<Option<String>> {
        if !self.rights.asks.variables.contains(&name) {
            return Ok(Err(Error::Denied(format!("variables = [{name:?}]"))));
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let value = remote.take(move |line| {
            Box::pin(async move { Ok::<_, Ending>(line.evaluate(&name).await.map_err(Error::Invalid)) })
        });
        Ok(self.wait(value).await.and_then(|value| value))
    }

    pub(super) async fn assign_variable(
        &mut self,
        leg: &Resource<Leg>,
        name: String,
        value: String,
    ) -> Answer<()> {
        let plain = name.trim_start_matches('_');
        if !self.rights.asks.set.contains(&name) && !self.rights.asks.set.contains(plain) {
            return Ok(Err(Error::Denied(format!("set = [{plain:?}]"))));
        }
        if value.len() > VALUE_MAX {
            return Ok(Err(Error::Invalid(format!("value: at most {VALUE_MAX} bytes"))));
        }
        self.on_leg(leg, move |line, _| {
            line.assign(&name, &value).map_err(Error::Invalid)
        })
        .await
    }

    pub(super) async fn rename_caller(&mut self, leg: &Resource<Leg>, party: Party) -> Answer<()> {
        for word in [&party.number, party.name.as_ref().unwrap_or(&String::new())] {
            if let Err(why) = verdict::line("the caller", word) {
                return Ok(Err(Error::Invalid(why)));
            }
        }
        let caller = caller(&party);
        self.on_leg(leg, move |line, _| line.set_caller(caller).map_err(ended))
            .await
    }

    pub(super) async fn speak_language(&mut self, leg: &Resource<Leg>, language: String) -> Answer<()> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if language.is_empty() || language.len() > 32 || !language.chars().all(fits) {
            return Ok(Err(Error::Invalid(format!("{language:?} is no language"))));
        }
        self.on_leg(leg, move |line, _| line.set_language(&language).map_err(ended))
            .await
    }

    pub(super) async fn publish_about(
        &mut self,
        leg: &Resource<Leg>,
        name: String,
        attrs: Vec<Attr>,
    ) -> Answer<()> {
        let fields = match crate::interfaces::fields::fields(&name, &attrs) {
            Ok(fields) => fields,
            Err(error) => return Ok(Err(error)),
        };
        self.on_leg(leg, move |line, _| {
            line.user_event(&name, fields.into()).map_err(ended)
        })
        .await
    }
}

/// A leg as its snapshot has it; `state` instead of its own.
fn info(channel: &ChannelSnapshot, started_ms: u64, state: Option<ChannelState>) -> ChannelInfo {
    let at = |time: std::time::Duration| {
        started_ms.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    };
    let connected = &channel.connected;
    ChannelInfo {
        id: channel.uniqueid.to_string(),
        call: channel.linkedid.to_string(),
        tenant: String::new(),
        name: channel.name.to_string(),
        state: state.unwrap_or(match channel.state {
            State::Down => ChannelState::Down,
            State::Dialing => ChannelState::Dialing,
            State::Ring | State::Ringing => ChannelState::Ringing,
            State::Up => ChannelState::Up,
            State::Busy => ChannelState::Busy,
        }),
        caller: party(&channel.caller),
        connected: (connected.number.is_some() || connected.name.is_some()).then(|| party(connected)),
        dialled: channel
            .dialled
            .as_deref()
            .unwrap_or(&channel.place.exten)
            .to_owned(),
        place: Location {
            context: channel.place.context.to_string(),
            exten: channel.place.exten.to_string(),
            priority: channel.place.priority.to_string(),
        },
        language: channel.language.to_string(),
        created: at(channel.created_at),
        answered: channel.answered_at.map(at),
        held: channel.is_held,
        bridge: channel.bridge.map(|bridge| bridge.0.to_string()),
        attrs: more(channel),
    }
}

/// What only some ask for: the account, and who was really dialled and redirecting, if the network said.
fn more(channel: &ChannelSnapshot) -> Vec<Attr> {
    let mut attrs = vec![text_attr("account", &channel.account)];
    for (name, said) in [("dnid", &channel.dialled), ("rdnis", &channel.redirecting)] {
        attrs.extend(said.iter().map(|said| text_attr(name, said)));
    }
    attrs
}
