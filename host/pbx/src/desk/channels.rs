//! Requests that steer channels: making, moving and ending them, and their timers.

use super::{ChannelKey, Desk, Needs, STEERING};
use crate::async_gateway::AsyncCommand;
use crate::line::LEFT;
use crate::originate::OnlyApplication;
use crate::{LineRemote, MessageSpec, OriginateSpec, OriginateWait, Originated};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, Cause, ChannelSnapshot, Place, PlaybackControl, Refusal, Right, Technology};
use ucx_switch::{Joiner, Switch};

impl Desk {
    /// Hangs a channel up.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn hangup(&self, key: impl Into<ChannelKey>, cause: Cause) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(STEERING, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.hangup(now, channel, cause))
        })
        .await
    }

    /// As [`Self::hangup`], with a number of its own in the event of the request.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn hangup_shown(
        &self,
        key: impl Into<ChannelKey>,
        cause: Cause,
        shown: Cause,
    ) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(STEERING, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.hangup_shown(now, channel, cause, Some(shown)))
        })
        .await
    }

    /// The priority of a label, for a caller without a number; none if the extension has no such label.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn priority_by_label(
        &self,
        context: &str,
        exten: &str,
        label: &str,
    ) -> Result<Option<u32>, Refusal> {
        let (context, exten, label) = (context.to_owned(), exten.to_owned(), label.to_owned());
        self.ask(Right::Look, move |pbx| {
            Ok(pbx.priority_by_label(&context, &exten, "", &label))
        })
        .await
    }

    /// Sends a channel to another place of the dialplan.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`], [`Refusal::NoSuchExtension`], [`Refusal::Conflict`].
    pub async fn redirect(&self, key: impl Into<ChannelKey>, place: Place) -> Result<(), Refusal> {
        let (key, principal) = (key.into(), self.principal.clone());
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?;
            pbx.check_context(&principal, &place.context)?;
            pbx.redirect(&channel, place)
        })
        .await
    }

    /// As [`Self::redirect`], also where there is nothing: there the channel comes to its end as it would in the dialplan.
    ///
    /// # Errors
    /// As for [`Self::redirect`], but for [`Refusal::NoSuchExtension`].
    pub async fn send_to(&self, key: impl Into<ChannelKey>, place: Place) -> Result<(), Refusal> {
        let (key, principal) = (key.into(), self.principal.clone());
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.check_context(&principal, &place.context)?;
            pbx.mutate(|switch, now| switch.redirect(now, channel, place))
        })
        .await
    }

    /// Sends two channels to other places of the dialplan at once, so that neither is hung up because the other left.
    ///
    /// # Errors
    /// As for [`Self::redirect`], and then neither moves.
    pub async fn redirect_both(
        &self,
        one: (ChannelKey, Place),
        two: (ChannelKey, Place),
    ) -> Result<(), Refusal> {
        let principal = self.principal.clone();
        self.ask(Right::Control, move |pbx| {
            let found = [one, two].map(|(key, place)| {
                let channel = key.find(pbx)?;
                pbx.check_place(&channel, &place)?;
                pbx.check_context(&principal, &place.context)?;
                Ok((channel.id, place))
            });
            let [one, two] = found;
            let (one, two) = (one?, two?);
            pbx.mutate(|switch, now| switch.redirect_both(now, one, two))
        })
        .await
    }

    /// Takes two channels out of what they do and bridges them; each may hear sounds first.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if they are one, or either cannot be taken.
    pub async fn bridge_channels(
        &self,
        one: (ChannelKey, Option<Arc<[Arc<str>]>>),
        two: (ChannelKey, Option<Arc<[Arc<str>]>>),
    ) -> Result<(), Refusal> {
        self.ask(Right::Control, move |pbx| {
            let [one, two] = [one, two].map(|(key, sounds)| {
                let channel = key.find(pbx)?.id;
                Ok(Joiner {
                    sounds,
                    ..Joiner::new(channel)
                })
            });
            let (one, two) = (one?, two?);
            pbx.mutate(|switch, now| switch.bridge_channels(now, one, two))
        })
        .await
    }

    /// Sends digits to a channel's far end; `w` is half a second's pause.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] for characters that are no digits.
    pub async fn send_digits(
        &self,
        key: impl Into<ChannelKey>,
        digits: &str,
        length: Duration,
        gap: Duration,
    ) -> Result<(), Refusal> {
        let (key, digits) = (key.into(), digits.to_owned());
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?;
            pbx.mutate(|switch, now| match switch.top_lease(channel.id) {
                Some(lease) => switch.send_digits(now, lease, &digits, length, gap),
                None => send_unled(switch, now, &channel, &digits, (length, gap)),
            })
        })
        .await
    }

    /// Sends a text to a channel's far end.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if its call is not answered; [`Refusal::Invalid`] for what is no text.
    pub async fn send_text(
        &self,
        key: impl Into<ChannelKey>,
        content_type: &str,
        text: &str,
    ) -> Result<(), Refusal> {
        let (key, content_type, text) = (key.into(), content_type.to_owned(), text.to_owned());
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.send_text(now, channel, &content_type, &text))
        })
        .await
    }

    /// Sends a text to somebody outside of calls.
    ///
    /// # Errors
    /// As for [`crate::Pbx::send_message`].
    pub async fn send_message(&self, spec: MessageSpec, text: &str) -> Result<(), Refusal> {
        let text = text.to_owned();
        self.ask(Right::Control, move |pbx| pbx.send_message(spec, &text))
            .await
    }

    /// Changes how what is played to a channel goes, whoever plays it; `Pause` lets it go on if it is paused.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if nothing is played.
    pub async fn control_sound(
        &self,
        key: impl Into<ChannelKey>,
        control: PlaybackControl,
    ) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.control_sound(now, channel, control).map(drop))
        })
        .await
    }

    /// Ends what is played to a channel, whoever plays it.
    ///
    /// # Errors
    /// As for [`Self::control_sound`].
    pub async fn stop_sound(&self, key: impl Into<ChannelKey>) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.note_remote_stop(channel);
            pbx.mutate(|switch, now| switch.stop_sound(now, channel).map(drop))
        })
        .await
    }

    /// Lets a Local pair be taken out of its path, even if it was made to stay.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if the channel is no half of a pair.
    pub async fn optimize_away(&self, key: impl Into<ChannelKey>) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(STEERING, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.optimize_away(now, channel))
        })
        .await
    }

    /// Takes a digit as if a channel's far end had pressed it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if it is none.
    pub async fn receive_digit(
        &self,
        key: impl Into<ChannelKey>,
        digit: char,
        length: Duration,
    ) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.receive_digit(now, channel, digit, length))
        })
        .await
    }

    /// Silences directions of a channel as its far end is concerned, or lets them be heard again.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn mute(
        &self,
        key: impl Into<ChannelKey>,
        inbound: bool,
        outbound: bool,
    ) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(STEERING, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.mute(now, channel, inbound, outbound))
        })
        .await
    }

    /// Limits how long a channel may live from now; none takes the limit away.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn set_absolute_timeout(
        &self,
        key: impl Into<ChannelKey>,
        after: Option<Duration>,
    ) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(STEERING, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.set_absolute_timeout(channel, after);
            Ok(())
        })
        .await
    }

    /// Makes a call; answers when it is decided.
    ///
    /// # Errors
    /// As for [`Self::originate_begin`].
    pub async fn originate(&self, spec: OriginateSpec) -> Result<Originated, Refusal> {
        let (_, wait) = self.originate_begin(spec).await?;
        wait.await
    }

    /// Begins a call: the channel made for it, and its end when it is decided.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if the dial string or the uniqueid is none, [`Refusal::NoSuchExtension`], [`Refusal::Denied`] also
    /// if the application needs more rights than the asker has. Every other one counts as a call that failed, and is
    /// published so if the request has a name: [`Refusal::NoSuchChannel`] if the endpoint cannot be called, [`Refusal::Full`].
    pub async fn originate_begin(
        &self,
        spec: OriginateSpec,
    ) -> Result<(Arc<ChannelSnapshot>, OriginateWait), Refusal> {
        let principal = self.principal.clone();
        self.ask(Right::Originate, move |pbx| pbx.originate(&principal, spec))
            .await
    }

    /// Makes the channel of a call without calling anybody: it goes where it was to go at once, and its controller calls with
    /// [`crate::Line::dial_out`].
    ///
    /// # Errors
    /// As for [`Self::originate_begin`]; nothing is published of a failure.
    pub async fn create_channel(&self, spec: OriginateSpec) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let principal = self.principal.clone();
        self.ask(Right::Originate, move |pbx| pbx.create_channel(&principal, &spec))
            .await
    }

    /// Takes a channel out of whatever it does, into one application that runs with the asker's rights; after that it goes on
    /// behind the step it was in, or is hung up if it was in none. `may` looks at it first.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if it is not answered by us or by its party, or is ending; what `may`
    /// refuses.
    pub async fn take_over(
        &self,
        key: impl Into<ChannelKey>,
        application: &str,
        data: &str,
        may: impl FnOnce(&ChannelSnapshot) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let key = key.into();
        let only = OnlyApplication {
            name: Arc::from(application),
            data: Arc::from(data),
            principal: self.principal.clone(),
        };
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?;
            may(&channel)?;
            pbx.mutate_state(|state, now| {
                let driven = state.driven.entry(channel.id).or_default();
                if driven.application.is_some() {
                    return Err(Refusal::Conflict("somebody else takes the channel over"));
                }
                // Before the switch is asked, because the application may begin at once.
                driven.application = Some(only);
                let place = channel.place.clone();
                let moved = state.switch.redirect(now, channel.id, place);
                if moved.is_err()
                    && let Some(driven) = state.driven.get_mut(&channel.id)
                {
                    driven.application = None;
                }
                moved
            })?;
            Ok(channel)
        })
        .await
    }

    /// Brings a Gateway command to a channel that waits for some (AsyncAGI). It runs with the asker's rights.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if the channel waits for none; [`Refusal::Full`].
    pub async fn async_command(
        &self,
        key: impl Into<ChannelKey>,
        command: &str,
        command_id: Option<Arc<str>>,
    ) -> Result<(), Refusal> {
        let key = key.into();
        let command = AsyncCommand {
            command: Arc::from(command),
            command_id,
            principal: self.principal.clone(),
        };
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.bring_command(channel, command)
        })
        .await
    }

    /// A channel whose application serves requests, to run work in its task.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if its application serves none.
    pub async fn line(&self, key: impl Into<ChannelKey>) -> Result<LineRemote, Refusal> {
        let (key, principal) = (key.into(), self.principal.clone());
        self.ask(Needs::from(Right::Control), move |pbx| {
            let channel = key.find(pbx)?.id;
            let jobs = pbx.with_driven(channel, |driven| Ok(driven.jobs.clone()));
            let jobs = jobs.ok().flatten().filter(|jobs| !jobs.is_closed());
            Ok(LineRemote::new(channel, principal, jobs.ok_or(LEFT)?))
        })
        .await
    }
}

/// Sends digits to a party nobody controls, such as one that is connected by a Dial.
fn send_unled(
    switch: &mut Switch,
    now: Duration,
    channel: &ChannelSnapshot,
    digits: &str,
    (length, gap): (Duration, Duration),
) -> Result<(), Refusal> {
    let is_digit = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d' | 'w' | 'W');
    if digits.is_empty() || !digits.chars().all(is_digit) {
        return Err(Refusal::Invalid(format!("`{digits}` is no text of digits")));
    }
    if channel.technology == Technology::Local {
        return Err(Refusal::Conflict("nobody is behind the Local channel"));
    }
    switch.request(
        now,
        Action::SendDigits {
            channel: channel.id,
            digits: Arc::from(digits.to_ascii_uppercase().replace('W', "w")),
            length,
            gap,
        },
    );
    Ok(())
}
