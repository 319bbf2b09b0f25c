//! The control plane's middle: SIP events become signals, actions become SIP and media. No sockets here.

use crate::call::{Call, Offer};
use crate::contacts::Contacts;
use crate::directory::SharedDirectory;
use crate::keypad::{DigitWay, Keypad};
use crate::lost::LostPlaybacks;
use crate::media::MediaDriver;
use crate::names::Names;
use crate::play::{Loads, MixPlaybacks, Owner, Spot};
use crate::quality::Quality;
use crate::recording::Recordings;
use crate::registrations::{Outcome, Registrations};
use crate::sounds::SoundSource;
use crate::stream_config;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, BridgeId, ChannelId, Part, PlaybackId, Signal};
use ucx_config::indications::Indications;
use ucx_media::{Command, Event as MediaEvent, Muted, StreamId};
use ucx_pbx::Pbx;
use ucx_sip::{Endpoint, Event as SipEvent, RegistrationId, SessionId, Transmit};

/// What a [`Control`] is made of.
pub struct ControlConfig<M> {
    /// The call plane.
    pub pbx: Pbx,
    /// The SIP endpoint, with its accounts.
    pub sip: Endpoint,
    /// Who carries media.
    pub media: M,
    /// Endpoints and contacts, shared with the dialplan.
    pub directory: SharedDirectory,
    /// Where sounds come from.
    pub sounds: Rc<dyn SoundSource>,
    /// The address media is received at, unless a signalling address is better.
    pub media_address: Option<IpAddr>,
}

/// SIP, media and the call plane, joined.
pub struct Control<M> {
    pub(crate) pbx: Pbx,
    pub(crate) sip: Endpoint,
    pub(crate) media: M,
    pub(crate) directory: SharedDirectory,
    pub(crate) media_address: Option<IpAddr>,
    pub(crate) calls: BTreeMap<ChannelId, Call>,
    by_session: HashMap<SessionId, ChannelId>,
    by_stream: BTreeMap<StreamId, ChannelId>,
    pub(crate) owners: BTreeMap<PlaybackId, Owner>,
    pub(crate) mixes: MixPlaybacks,
    /// Who is heard in each mix, for those whose media is opened later.
    pub(crate) voices: BTreeMap<BridgeId, Arc<[Part]>>,
    /// The mixes whispered to channels.
    pub(crate) whispers: BTreeMap<ChannelId, Arc<[BridgeId]>>,
    pub(crate) indications: Indications,
    pub(crate) recordings: Recordings,
    pub(crate) keypad: Keypad,
    pub(crate) names: Names,
    pub(crate) loads: Loads,
    pub(crate) lost: LostPlaybacks,
    next_stream: u32,
    /// TCP connections the wire shall close.
    pub(crate) closing: Vec<u64>,
    pub(crate) contacts: Contacts,
    pub(crate) registrations: Registrations,
    pub(crate) registration_ids: BTreeMap<Arc<str>, RegistrationId>,
    pub(crate) registration_names: BTreeMap<RegistrationId, Arc<str>>,
    /// The directory's generation that is in force.
    pub(crate) directory_seen: u64,
}

impl<M: MediaDriver> Control<M> {
    /// Joins the parts.
    pub fn new(config: ControlConfig<M>) -> Self {
        Self {
            pbx: config.pbx,
            sip: config.sip,
            media: config.media,
            directory: config.directory,
            media_address: config.media_address,
            calls: BTreeMap::new(),
            by_session: HashMap::new(),
            by_stream: BTreeMap::new(),
            owners: BTreeMap::new(),
            mixes: MixPlaybacks::new(),
            voices: BTreeMap::new(),
            whispers: BTreeMap::new(),
            indications: Indications::default(),
            recordings: Recordings::default(),
            keypad: Keypad::default(),
            names: Names::default(),
            loads: Loads::new(config.sounds),
            lost: LostPlaybacks::default(),
            next_stream: 1,
            closing: Vec::new(),
            contacts: Contacts::default(),
            registrations: Registrations::default(),
            registration_ids: BTreeMap::new(),
            registration_names: BTreeMap::new(),
            directory_seen: 0,
        }
    }

    /// Time since the host started, for SIP and the switch alike.
    pub(crate) fn now(&self) -> Duration {
        self.pbx.now()
    }

    /// The SIP endpoint, to hand it what came over the wire.
    pub fn sip(&mut self) -> &mut Endpoint {
        &mut self.sip
    }

    /// The call plane.
    pub fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// The media driver.
    pub fn media(&mut self) -> &mut M {
        &mut self.media
    }

    /// Does everything that follows from what came in, until nothing more does.
    pub fn settle(&mut self) {
        self.adopt_directory();
        loop {
            let mut is_quiet = true;
            while let Some(event) = self.sip.poll_event() {
                is_quiet = false;
                self.handle_sip_event(event);
            }
            while let Some(action) = self.pbx.poll_action() {
                is_quiet = false;
                self.handle_action(action);
            }
            if is_quiet {
                return;
            }
        }
    }

    /// The next message for the wire.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.sip.poll_transmit()
    }

    /// When [`Self::handle_timeout`] is due, since the host started.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let due = [
            self.sip.poll_timeout(),
            self.pbx.poll_timeout(),
            self.lost.poll_timeout(),
            self.contacts.poll_timeout(),
            self.registrations.poll_timeout(),
            self.recordings.poll_timeout(),
            self.keypad.poll_timeout(),
            self.names.poll_timeout(),
        ];
        due.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self) {
        let now = self.now();
        self.sip.handle_timeout(now);
        if self.pbx.poll_timeout().is_some_and(|at| at <= now) {
            self.pbx.handle_timeout();
        }
        while let Some((owner, playback)) = self.lost.pop_due(now) {
            self.pbx.signal(
                owner,
                Signal::PlaybackEnded {
                    playback,
                    complete: true,
                },
            );
        }
        if self.contacts.poll_timeout().is_some_and(|at| at <= now) {
            self.contacts.handle_timeout(now);
            self.follow_contacts();
        }
        self.register_due();
        self.record_round();
        self.release_keys();
        self.ask_names();
        self.settle();
    }

    /// Takes in what the media plane tells.
    pub fn handle_media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::DigitBegan { stream, digit } => {
                self.signal_stream(stream, Signal::DigitBegan(char::from(digit)));
            }
            MediaEvent::DigitEnded {
                stream,
                digit,
                duration,
            } => {
                let digit = char::from(digit);
                self.signal_stream(stream, Signal::DigitEnded(digit, duration));
                if let Some(channel) = self.by_stream.get(&stream).copied() {
                    self.pass_digit(channel, digit, duration, DigitWay::Media);
                }
            }
            MediaEvent::DigitsSent { stream } => self.signal_stream(stream, Signal::DigitsSent),
            MediaEvent::PlaybackEnded {
                stream,
                playback,
                completed,
            } => {
                let call = self
                    .by_stream
                    .get(&stream)
                    .and_then(|channel| self.calls.get_mut(channel));
                if let Some(call) = call {
                    call.playing.take_if(|playing| playing.0 == playback);
                }
                self.playback_ended(PlaybackId(playback), completed);
            }
            MediaEvent::RtpTimeout { stream, silent_for } => self.rtp_lost(stream, silent_for),
            MediaEvent::MixPlaybackEnded {
                mix,
                playback,
                completed,
            } => self.mix_playback_ended(mix, playback, completed),
            MediaEvent::MixRecorded { tap, at, samples, .. }
            | MediaEvent::Recorded { tap, at, samples, .. } => self.recorded(tap, at, &samples),
            MediaEvent::RemoteLearned { stream, .. } => self.signal_stream(stream, Signal::Heard),
            MediaEvent::ReportReceived {
                stream,
                report,
                round_trip,
                ..
            } => {
                if let Some(quality) = self.quality_of(stream) {
                    quality.hear(&report, round_trip);
                }
            }
            MediaEvent::ReportSent { stream, report, .. } => {
                if let Some(quality) = self.quality_of(stream) {
                    quality.tell(&report);
                }
            }
            MediaEvent::Measured { stream, statistics } => self.measured(stream, &statistics),
            // Whoever closed it knows.
            MediaEvent::Closed { .. } => {}
        }
        self.settle();
    }

    fn signal_stream(&self, stream: StreamId, signal: Signal) {
        if let Some(channel) = self.by_stream.get(&stream) {
            self.pbx.signal(*channel, signal);
        }
    }

    /// The peer sends nothing any more: the call is given up as the endpoint's `rtp_timeout` says.
    fn rtp_lost(&mut self, stream: StreamId, silent_for: Duration) {
        let Some(channel) = self.by_stream.get(&stream).copied() else {
            return;
        };
        let name = self
            .pbx
            .channel(channel)
            .map(|channel| channel.name.clone())
            .unwrap_or_default();
        tracing::info!(channel = %name, ?silent_for, "no media comes any more; the call is given up");
        let cause = ucx_call::Cause::REQUESTED_CHAN_UNAVAIL;
        self.hangup_session(channel, cause);
        self.drop_call(channel);
        self.pbx.signal(channel, Signal::HungUp(cause));
    }

    // The tables of calls

    pub(crate) fn call_of(&mut self, session: SessionId) -> Option<&mut Call> {
        self.calls.get_mut(self.by_session.get(&session)?)
    }

    pub(crate) fn take_stream(&mut self) -> StreamId {
        let stream = StreamId(self.next_stream);
        self.next_stream = self.next_stream.wrapping_add(1).max(1);
        stream
    }

    pub(crate) fn keep_call(&mut self, call: Call) {
        if let Some(session) = call.session {
            self.by_session.insert(session, call.channel);
        }
        self.by_stream.insert(call.stream, call.channel);
        let channel = call.channel;
        self.calls.insert(channel, call);
        self.tell_far_end(channel);
        self.join_late(channel);
    }

    /// The channel of a stream.
    pub(crate) fn channel_of(&self, stream: StreamId) -> Option<ChannelId> {
        self.by_stream.get(&stream).copied()
    }

    fn quality_of(&mut self, stream: StreamId) -> Option<&mut Quality> {
        let call = self.calls.get_mut(self.by_stream.get(&stream)?)?;
        Some(&mut call.quality)
    }

    /// A channel's SIP session or channel is over: its media goes with it.
    pub(crate) fn drop_call(&mut self, channel: ChannelId) {
        let Some(call) = self.calls.remove(&channel) else {
            return;
        };
        if let Some(session) = call.session {
            self.by_session.remove(&session);
        }
        self.by_stream.remove(&call.stream);
        self.end_recordings_of(call.stream);
        self.keypad.forget(channel);
        self.forget_playbacks(Spot::Stream {
            stream: call.stream,
            channel,
        });
        if let Some(playback) = call.playing {
            self.owners.remove(&playback);
        }
        self.whispers.remove(&channel);
        self.media.close(call.stream);
    }

    /// Tells the media plane what was agreed on.
    pub(crate) fn configure(&mut self, channel: ChannelId) {
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let Some(audio) = &call.audio else { return };
        let config = stream_config::agreed(&call.entry, audio, &call.local.formats);
        let command = Command::Configure {
            stream: call.stream,
            config: Box::new(config),
            remote: audio.remote,
        };
        self.media.command(command);
        if !matches!(call.offer, Offer::Theirs { .. }) {
            call.offer = Offer::Done;
        }
        self.tell_far_end(channel);
    }

    pub(crate) fn handle_action(&mut self, action: Action) {
        match action {
            dial @ Action::Dial { .. } => self.dial(&dial),
            Action::Indicate { channel, indication } => self.indicate(channel, indication),
            Action::Answer { channel } => self.answer(channel),
            Action::Hangup { channel, cause } => {
                self.hangup_session(channel, cause);
                self.drop_call(channel);
            }
            Action::Hear { channel, source } => self.hear(channel, source),
            Action::PlayUnheard {
                playback,
                owner,
                sounds,
                language,
            } => self.play_unheard(playback, owner, sounds, language),
            Action::SendDigits {
                channel,
                digits,
                length,
                gap,
            } => self.send_digits(channel, &digits, length, gap),
            Action::Qualify { endpoint } => self.qualify(&endpoint),
            Action::Register { name, registers } => self.order_registration(&name, registers),
            Action::Notify { endpoint, headers } => self.notify(&endpoint, &headers),
            Action::ControlPlayback { playback, control } => self.control_playback(playback, control),
            Action::Mute {
                channel,
                inbound,
                outbound,
            } => self.mute(channel, inbound, outbound),
            Action::Mix {
                bridge,
                members,
                also,
            } => self.mix(bridge, &members, also),
            Action::Whisper { channel, mixes } => self.whisper(channel, mixes),
            Action::OpenRtp {
                channel,
                remote,
                codec,
            } => self.open_rtp(channel, remote, &codec),
            Action::Deflect { channel, target } => self.deflect(channel, &target),
            steered @ (Action::Refer { .. } | Action::Hold { .. } | Action::AddHeader { .. }) => {
                self.steer(&steered);
            }
            Action::Measure { channel } => self.measure(channel),
            Action::Record { recording, of, spec } => self.record(recording, of, spec),
            Action::SendText {
                channel,
                content_type,
                text,
            } => self.send_text(channel, &content_type, &text),
            message @ Action::Message { .. } => self.pass_message(&message),
            Action::Listen { listener, of } => self.listen(listener, of),
            Action::StopListening { listener } => self.stop_listening(listener),
            Action::ControlRecording { recording, control } => {
                self.control_recording(recording, control);
            }
        }
    }

    fn mute(&mut self, channel: ChannelId, inbound: bool, outbound: bool) {
        let Some(stream) = self.calls.get(&channel).map(|call| call.stream) else {
            return;
        };
        let muted = match (inbound, outbound) {
            (true, true) => Muted::Both,
            (true, false) => Muted::Inbound,
            (false, true) => Muted::Outbound,
            (false, false) => Muted::Nothing,
        };
        self.media.command(Command::Mute { stream, muted });
    }

    fn handle_sip_event(&mut self, event: SipEvent) {
        match event {
            SipEvent::Incoming { session, call } => self.incoming(session, *call),
            SipEvent::Trying { .. }
            | SipEvent::Acknowledged {
                session: _,
                sdp: None,
            } => {}
            SipEvent::Ringing { session, sdp, .. } => self.ringing(session, sdp),
            SipEvent::Progress { session, sdp, .. } => self.progressed(session, sdp),
            SipEvent::Answered {
                session,
                sdp,
                headers,
            } => self.answered(session, sdp, &headers),
            SipEvent::Acknowledged {
                session,
                sdp: Some(sdp),
            } => self.acknowledged(session, &sdp),
            SipEvent::Failed { session, failure } => self.failed(session, &failure),
            SipEvent::Cancelled { session, .. } => self.cancelled(session),
            SipEvent::Ended { session, ending } => self.ended(session, ending),
            SipEvent::Reinvite { session, sdp } => self.reinvited(session, sdp),
            SipEvent::ReinviteAnswered { session, sdp } => self.reinvite_answered(session, sdp.as_ref()),
            SipEvent::ReinviteFailed { session, .. } => self.reinvite_failed(session),
            SipEvent::ReferAnswered { session, status } => self.refer_answered(session, status),
            SipEvent::Referred { session, status } => self.referred(session, status),
            SipEvent::Info {
                session,
                content_type,
                body,
            } => self.info(session, &content_type, &body),
            SipEvent::Text { session, body } => self.text_came(session, &body),
            SipEvent::InfoAnswered { .. } => {}
            SipEvent::OptionsReply { ping, status } => self.pinged(ping, status),
            SipEvent::Registered(registered) => self.registered(&registered),
            SipEvent::Unregistered { aor, contact, reason } => self.unregistered(&aor, &contact, reason),
            SipEvent::RegistrationOk {
                registration,
                expires_s,
            } => {
                let outcome = if expires_s == 0 {
                    Outcome::Unregistered
                } else {
                    Outcome::Registered
                };
                self.registration_answered(registration, outcome);
            }
            SipEvent::RegistrationFailed { registration, status } => {
                self.registration_answered(registration, Outcome::Refused(status.0));
            }
            SipEvent::Security(security) => self.security(&security),
            SipEvent::Close { connection } => self.closing.push(connection),
        }
    }
}
