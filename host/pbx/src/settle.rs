//! What follows each mutation of the switch: its events, actions and notices go to whom they concern.

use crate::inbox::LineNotice;
use crate::state::State;
use crate::{Pbx, run};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, Event, EventKind, Indication, Lease, Notice, Place, RecordingId, Report};

impl Pbx {
    /// Drains the switch: events to the readers, actions to the drivers' queue, notices to whom they concern.
    pub(crate) fn settle(&self, state: &mut State, now: Duration) {
        state.tell_presence(now);
        loop {
            let mut told = false;
            while let Some(event) = state.switch.poll_event() {
                self.learn(state, now, &event);
                state.publish(event);
            }
            while let Some(action) = state.switch.poll_action() {
                if let Action::Indicate {
                    channel,
                    indication: Indication::Ringing | Indication::Progress,
                } = action
                {
                    state.presence.indicated(channel, &self.exists());
                    told |= state.tell_presence(now);
                }
                state.actions.push_back(action);
            }
            if let Some(notice) = state.switch.poll_notice() {
                self.deliver(state, now, notice);
            } else if !told {
                break;
            }
        }
        let timeout = state.switch.poll_timeout();
        if !state.actions.is_empty() || timeout != state.timeout {
            state.timeout = timeout;
            self.wake_driver();
        }
    }

    /// What stands beside the switch learns from an event; what that changes follows in the same stream.
    fn learn(&self, state: &mut State, now: Duration, event: &Event) {
        if let Some((endpoint, is_reachable)) = state.endpoints.note(event) {
            state.presence.set_reachable(&endpoint, is_reachable);
        }
        state.presence.note(&event.kind, &self.exists());
        state.tell_presence(now);
        state.tell_line(event);
    }

    fn exists(&self) -> impl Fn(&str, &str) -> bool {
        |context, exten| self.exten_exists(context, exten, 1, "")
    }

    fn deliver(&self, state: &mut State, now: Duration, notice: Notice) {
        match notice {
            Notice::RunDialplan { lease, place } => self.start_task(state, lease, place),
            Notice::Interrupted { lease, by } => {
                if let Some(inbox) = state.inbox(lease.channel) {
                    inbox.interrupt(lease, by);
                }
            }
            Notice::Digit {
                channel,
                digit,
                length,
            } => state.notify(channel, LineNotice::Digit { digit, length }),
            Notice::PlaybackEnded {
                channel,
                playback,
                complete,
            } => state.notify(channel, LineNotice::PlaybackEnded { playback, complete }),
            Notice::DigitsSent { channel } => state.notify(channel, LineNotice::DigitsSent),
            Notice::BridgeLeft { channel, bridge } => state.notify(channel, LineNotice::BridgeLeft(bridge)),
            Notice::Text { channel, text } => state.notify(channel, LineNotice::Text(text)),
            Notice::Referred { channel, referral } => state.notify(channel, LineNotice::Referred(referral)),
            Notice::DialDone {
                owner: Some(owner),
                dial,
                outcome,
            } => {
                if let Some(inbox) = state.inbox(owner) {
                    inbox.dial_done(dial, outcome);
                }
            }
            Notice::DialDone {
                owner: None,
                dial,
                outcome,
            } => {
                if let Some(pending) = state.originates.remove(&dial) {
                    state.originate_done(now, pending, outcome);
                }
            }
            Notice::BridgePlaybackEnded {
                bridge,
                playback,
                complete,
            } => state.report(Report::BridgePlaybackEnded {
                bridge,
                playback,
                complete,
            }),
            Notice::RecordingStarted { recording } => {
                let report = Report::RecordingStarted { recording };
                state.recording(recording, LineNotice::RecordingStarted(recording), report);
            }
            Notice::RecordingEnded { recording, end } => {
                let report = Report::RecordingEnded { recording, end };
                state.recording(recording, LineNotice::RecordingEnded(recording, end), report);
                state.recordings.remove(&recording);
            }
            Notice::Ended { channel } => {
                state.driven.remove(&channel);
                state.headers.remove(&channel);
                state.agreed.remove(&channel);
                state.listeners.retain(|_, listener| listener.channel != channel);
            }
        }
    }

    /// Starts the task that runs the dialplan on a channel.
    fn start_task(&self, state: &mut State, lease: Lease, place: Place) {
        state.calls += 1;
        let driven = state.driven.entry(lease.channel).or_default();
        let start = match driven.application.take() {
            Some(application) => run::Start::Application(application),
            None => run::Start::Place(place),
        };
        driven.task = Some(tokio::task::spawn_local(run::run(self.clone(), lease, start)));
    }
}

impl State {
    /// Puts what devices, hints and people have to tell into the stream; whether it was anything.
    pub(crate) fn tell_presence(&mut self, now: Duration) -> bool {
        let mut told = false;
        while let Some(kind) = self.presence.poll_event() {
            self.switch.publish(now, kind);
            told = true;
        }
        told
    }

    /// Tells the controller of the channel an event is about, if it wants to hear; digits reach it anyway.
    fn tell_line(&mut self, event: &Event) {
        if matches!(
            event.kind,
            EventKind::DigitBegan { .. } | EventKind::DigitEnded { .. }
        ) {
            return;
        }
        let Some(channel) = event.kind.channel().map(|channel| channel.id) else {
            return;
        };
        if let Some(inbox) = self.inbox(channel).filter(|inbox| inbox.wants_events()) {
            inbox.tell(Arc::new(event.clone()));
        }
    }

    fn notify(&mut self, channel: ChannelId, notice: LineNotice) {
        if let Some(inbox) = self.inbox(channel) {
            inbox.notify(notice);
        }
    }

    /// Tells the line that asked for a recording, or everybody who listens if none did.
    fn recording(&mut self, recording: RecordingId, notice: LineNotice, report: Report) {
        let owner = self.recordings.get(&recording).copied();
        match owner.and_then(|owner| self.inbox(owner)) {
            Some(inbox) => inbox.notify(notice),
            None => self.report(report),
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens as long as there is no Application interface.
        let _ = self.reports.send(report);
    }
}
