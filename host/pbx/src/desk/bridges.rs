//! Requests about bridges that clients make, and what they and recordings report.

use super::{ChannelKey, Desk};
use crate::{Pbx, Reports};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    BridgeId, BridgeSnapshot, PlaybackControl, PlaybackId, RecordingControl, RecordingId, RecordingSpec,
    Refusal, Right,
};
use ucx_switch::{BridgeSpec, Switch};

impl Desk {
    /// One bridge, by its uniqueid.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub async fn bridge(&self, uniqueid: &str) -> Result<Arc<BridgeSnapshot>, Refusal> {
        let uniqueid = uniqueid.to_owned();
        self.ask(Right::Look, move |pbx| pbx.bridge(&uniqueid)).await
    }

    /// Makes a bridge, which stays until it is destroyed.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] if its uniqueid is taken; [`Refusal::Full`].
    pub async fn create_bridge(&self, spec: BridgeSpec) -> Result<Arc<BridgeSnapshot>, Refusal> {
        self.ask(Right::Control, move |pbx| {
            let id = pbx.mutate(|switch, now| switch.create_bridge(now, spec))?;
            pbx.with_switch(|switch| switch.bridge(id).cloned())
                .ok_or(Refusal::NoSuchBridge)
        })
        .await
    }

    /// Ends a bridge; its members leave it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub async fn destroy_bridge(&self, uniqueid: &str) -> Result<(), Refusal> {
        self.in_bridge(uniqueid, Switch::destroy_bridge).await
    }

    /// Plays sounds to all members; [`Self::reports`] tells when it is over.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Invalid`] without any sound; [`Refusal::Conflict`] in a two-party call.
    pub async fn bridge_play(
        &self,
        uniqueid: &str,
        sounds: &[Arc<str>],
        language: &str,
    ) -> Result<PlaybackId, Refusal> {
        let (sounds, language): (Arc<[_]>, _) = (Arc::from(sounds), Arc::from(language));
        self.in_bridge(uniqueid, move |switch, now, id| {
            switch.play_in_bridge(now, id, sounds, language)
        })
        .await
    }

    /// Ends a playback of a bridge; another one than runs is passed over.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub async fn bridge_stop(&self, uniqueid: &str, playback: PlaybackId) -> Result<(), Refusal> {
        self.in_bridge(uniqueid, move |switch, now, id| {
            switch.stop_in_bridge(now, id, playback);
            Ok(())
        })
        .await
    }

    /// Lets all members hear music of that class, or no more; answers whether there was some.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Conflict`] in a two-party call.
    pub async fn bridge_music(&self, uniqueid: &str, class: Option<Arc<str>>) -> Result<bool, Refusal> {
        self.in_bridge(uniqueid, move |switch, now, id| {
            switch.bridge_music(now, id, class)
        })
        .await
    }

    /// Records all members, mixed; [`Self::reports`] tells how it goes.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Full`]; [`Refusal::Conflict`] in a two-party call.
    pub async fn bridge_record(&self, uniqueid: &str, spec: RecordingSpec) -> Result<RecordingId, Refusal> {
        let spec = Arc::new(spec);
        self.in_bridge(uniqueid, move |switch, now, id| {
            switch.record_bridge(now, id, spec)
        })
        .await
    }

    /// Changes how a recording goes; one that is over is passed over.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn control_recording(
        &self,
        recording: RecordingId,
        control: RecordingControl,
    ) -> Result<(), Refusal> {
        self.ask(Right::Control, move |pbx| {
            pbx.mutate(|switch, now| switch.control_recording(now, recording, control));
            Ok(())
        })
        .await
    }

    /// Changes how a playback goes, on a channel or in a bridge; one that is over is passed over.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn control_playback(
        &self,
        playback: PlaybackId,
        control: PlaybackControl,
    ) -> Result<(), Refusal> {
        self.ask(Right::Control, move |pbx| {
            pbx.mutate(|switch, now| switch.control_playback(now, playback, control));
            Ok(())
        })
        .await
    }

    /// Says whose picture the members see; none gives the choice back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::NoSuchChannel`] if the channel is not in it.
    pub async fn set_video_source(&self, uniqueid: &str, source: Option<ChannelKey>) -> Result<(), Refusal> {
        let uniqueid = uniqueid.to_owned();
        self.ask(Right::Control, move |pbx| {
            let source = source.map(|key| key.find(pbx)).transpose()?;
            let id = pbx.bridge(&uniqueid)?.id;
            pbx.mutate(|switch, now| switch.set_video_source(now, id, source.map(|source| source.id)))
        })
        .await
    }

    /// Takes a channel out of the bridge it is in: its controller goes on, a party of a two-party call is hung up.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::NoSuchBridge`] if it is in none.
    pub async fn evict(&self, key: impl Into<ChannelKey>) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.evict(now, channel))
        })
        .await
    }

    /// What bridges and recordings report from here on that belong to no channel's controller.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn reports(&self) -> Result<Reports, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.reports())).await
    }

    /// A variable of a bridge; none if it is not set.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub async fn bridge_variable(&self, uniqueid: &str, name: &str) -> Result<Option<Arc<str>>, Refusal> {
        let (uniqueid, name) = (uniqueid.to_owned(), name.to_owned());
        self.ask(Right::Look, move |pbx| {
            let id = pbx.bridge(&uniqueid)?.id;
            Ok(pbx.with_switch(|switch| switch.bridge_variable(id, &name)))
        })
        .await
    }

    /// Sets variables of a bridge, each with whether it is shown with the bridge from now on.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Invalid`] for functions, which a bridge has none of; [`Refusal::Full`].
    pub async fn set_bridge_variables(
        &self,
        uniqueid: &str,
        variables: Vec<(Arc<str>, Arc<str>, bool)>,
    ) -> Result<(), Refusal> {
        let uniqueid = uniqueid.to_owned();
        self.ask(Right::Variables, move |pbx| {
            let id = pbx.bridge(&uniqueid)?.id;
            if let Some((name, ..)) = variables.iter().find(|(name, ..)| name.contains('(')) {
                return Err(Refusal::Invalid(format!("`{name}` is no variable of a bridge")));
            }
            pbx.mutate(|switch, _| {
                let mut set = variables.iter();
                set.try_for_each(|(name, value, is_shown)| {
                    switch.set_bridge_variable(id, name, value, *is_shown)
                })
            })
        })
        .await
    }

    async fn in_bridge<T: Send + 'static>(
        &self,
        uniqueid: &str,
        change: impl FnOnce(&mut Switch, Duration, BridgeId) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let uniqueid = uniqueid.to_owned();
        self.ask(Right::Control, move |pbx| {
            let id = pbx.bridge(&uniqueid)?.id;
            pbx.mutate(|switch, now| change(switch, now, id))
        })
        .await
    }
}

impl Pbx {
    /// A bridge as it is now.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub fn bridge(&self, uniqueid: &str) -> Result<Arc<BridgeSnapshot>, Refusal> {
        let found = self.with_switch(|switch| {
            let id = switch.bridge_by_uniqueid(uniqueid)?;
            switch.bridge(id).cloned()
        });
        found.ok_or(Refusal::NoSuchBridge)
    }
}
