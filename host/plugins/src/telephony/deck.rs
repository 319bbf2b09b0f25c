//! What goes on at a leg that an instance steers: a playback, recordings, a dial, a connection. One thing at a time is done
//! to the line; what follows from it is heard here, and told to whoever waits.

mod dial;
mod play;
mod record;

pub(crate) use dial::{DialEnd, DialOrder};
pub(crate) use play::{PlayOrder, Played};
pub(crate) use record::{RecordOrder, Recorded};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use ucx_call::{ChannelId, ChannelSnapshot, EventKind, RecordingId, Referral, Refusal};
use ucx_pbx::{Ending, Line, LineEvent, LineNotice};

use super::story::{about, int_attr, ms, tell};
use super::text_attr;
use crate::bindings::ucx::types::common::Error;
use crate::flow::Happenings;
use crate::values::{Attr, Event};
use dial::Dialling;
use play::Playing;
use record::Recording;

/// Kinds of events that tell an instance of no more than what it asked for itself.
const OWN_DOING: [&str; 6] = [
    "channel.variable",
    "channel.step",
    "channel.state",
    "channel.answered",
    "channel.caller",
    "bridge.entered",
];

/// How a connection with another leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connected {
    pub(crate) talked: Duration,
}

struct Connection {
    since: Instant,
    end: watch::Sender<Option<Connected>>,
}

/// Which sides of a leg nobody hears, by request.
#[derive(Clone, Copy, Default)]
struct Silenced {
    spoken: bool,
    heard: bool,
}

/// The leg's own record of what an instance does with it.
pub(crate) struct Deck {
    events: Arc<Happenings>,
    started_ms: u64,
    channel: Arc<ChannelSnapshot>,
    play: Option<Playing>,
    recordings: BTreeMap<RecordingId, Recording>,
    dial: Option<Dialling>,
    connection: Option<Connection>,
    digits_sent: Option<oneshot::Sender<()>>,
    silenced: Silenced,
    /// The far end was told that it is on hold.
    is_holding: bool,
    /// Who waits for how the far end takes being sent elsewhere.
    referral: Option<watch::Sender<Option<Referral>>>,
    /// The status of the protocol with which the last leg that was dialled refused; 0 if it gave none.
    refused_with: u16,
}

impl Deck {
    /// Nothing goes on.
    pub(crate) fn new(events: Arc<Happenings>, started_ms: u64, channel: Arc<ChannelSnapshot>) -> Self {
        events.hold(&channel.uniqueid);
        Self {
            events,
            started_ms,
            channel,
            play: None,
            recordings: BTreeMap::new(),
            dial: None,
            connection: None,
            digits_sent: None,
            silenced: Silenced::default(),
            is_holding: false,
            referral: None,
            refused_with: 0,
        }
    }

    /// Another instance of the same application holds the leg from now on.
    pub(crate) fn tell_to(&mut self, events: Arc<Happenings>) {
        events.hold(&self.channel.uniqueid);
        self.events = events;
    }

    /// Who holds the leg, as far as events go.
    pub(crate) fn listener(&self) -> Arc<Happenings> {
        Arc::clone(&self.events)
    }

    /// When it has to look up even if nothing is heard.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.dial.as_ref().and_then(Dialling::deadline)
    }

    /// The time of [`Self::deadline`] has come.
    pub(crate) fn time_is_up(&mut self, line: &mut Line) {
        if let Some(dialling) = &mut self.dial {
            dialling.time_is_up(line);
        }
    }

    /// Hears of something about the line.
    pub(crate) fn hear(&mut self, line: &mut Line, event: LineEvent) {
        match event {
            LineEvent::Told(event) => {
                if let EventKind::DialEnded { peer, .. } = &event.kind {
                    self.refused_with = peer.protocol_cause.unwrap_or(0);
                }
                let at_ms = self.started_ms + ms(event.at);
                for told in tell(&event.kind, event.at, at_ms) {
                    if !OWN_DOING.contains(&&*told.kind) {
                        self.events.push(told);
                    }
                }
            }
            LineEvent::Dialled(dial, outcome) => self.dial_decided(line, dial, outcome),
            LineEvent::Notice(notice) => self.notice(line, notice),
        }
    }

    fn notice(&mut self, line: &mut Line, notice: LineNotice) {
        match notice {
            LineNotice::Digit { digit, length } => self.digit(line, digit, length),
            LineNotice::PlaybackEnded { playback, complete } => {
                let ended = self
                    .play
                    .as_mut()
                    .and_then(|playing| playing.part_ended(line, playback, complete));
                if let Some(played) = ended {
                    self.play_over(line, played);
                }
            }
            LineNotice::DigitsSent => {
                if let Some(sent) = self.digits_sent.take() {
                    // Whoever waited may be gone.
                    let _ = sent.send(());
                }
            }
            LineNotice::BridgeLeft(_) => self.disconnected(),
            LineNotice::RecordingStarted(_) => {}
            LineNotice::RecordingEnded(recording, end) => {
                if let Some(recording) = self.recordings.remove(&recording) {
                    let told = recording.ended(end);
                    self.tell(line, "recording.ended", told);
                }
            }
            LineNotice::Referred(referral) => {
                if let Some(told) = &self.referral {
                    told.send_replace(Some(referral));
                }
            }
            LineNotice::Text(text) => self.tell(line, "channel.text", vec![text_attr("text", &text)]),
        }
    }

    /// A digit ends what it was to end, else it is news.
    fn digit(&mut self, line: &mut Line, digit: char, length: Duration) {
        if let Some(playing) = &self.play
            && playing.stops_on(digit)
        {
            self.stop_playing(line, Some(digit));
            return;
        }
        if self.skips_on(line, digit) {
            return;
        }
        let stopped = self
            .recordings
            .iter_mut()
            .find(|(_, recording)| recording.stops_on(digit));
        if let Some((id, recording)) = stopped {
            recording.stop(line, *id, Some(digit));
            return;
        }
        let attrs = vec![
            text_attr("digit", &digit.to_string()),
            int_attr("length", ms(length)),
            text_attr("side", "received"),
        ];
        self.tell(line, "channel.dtmf", attrs);
    }

    fn tell(&mut self, line: &Line, kind: &str, attrs: Vec<Attr>) {
        if let Ok(channel) = line.channel() {
            self.channel = channel;
        }
        let at_ms = self.started_ms + ms(line.pbx().now());
        self.events.push(about(kind, at_ms, &self.channel, attrs));
    }

    /// Connects with a channel that waits to be taken.
    pub(crate) fn connect(
        &mut self,
        line: &mut Line,
        peer: ChannelId,
    ) -> Result<watch::Receiver<Option<Connected>>, Error> {
        line.start_connect(peer).map_err(ended)?;
        let (end, ending) = watch::channel(None);
        self.connection = Some(Connection {
            since: Instant::now(),
            end,
        });
        Ok(ending)
    }

    /// Ends the connection; the other party is hung up.
    pub(crate) fn disconnect(&mut self, line: &mut Line) {
        line.leave_any_bridge();
        self.disconnected();
    }

    fn disconnected(&mut self) {
        if let Some(Connection { since, end }) = self.connection.take() {
            end.send_replace(Some(Connected {
                talked: since.elapsed(),
            }));
        }
    }

    /// Sends digits; who is answered is told when they are sent.
    pub(crate) fn send_digits(
        &mut self,
        line: &mut Line,
        digits: &str,
        length: Duration,
        gap: Duration,
    ) -> Result<oneshot::Receiver<()>, Error> {
        if self.digits_sent.as_ref().is_some_and(|sent| !sent.is_closed()) {
            return Err(Error::Conflict("digits are being sent already".to_owned()));
        }
        line.send_digits_now(digits, length, gap).map_err(ended)?;
        let (sender, sent) = oneshot::channel();
        self.digits_sent = Some(sender);
        Ok(sent)
    }

    /// Silences sides of the leg, or lets them be heard again; none leaves a side as it is.
    pub(crate) fn silence(
        &mut self,
        line: &mut Line,
        spoken: Option<bool>,
        heard: Option<bool>,
    ) -> Result<(), Error> {
        let wanted = Silenced {
            spoken: spoken.unwrap_or(self.silenced.spoken),
            heard: heard.unwrap_or(self.silenced.heard),
        };
        line.mute(wanted.spoken, wanted.heard).map_err(ended)?;
        self.silenced = wanted;
        Ok(())
    }

    /// Tells the far end that it is on hold, and lets it hear music; or no more. Who is not answered yet is told nothing.
    pub(crate) fn hold(&mut self, line: &mut Line, music: Option<&str>) -> Result<(), Error> {
        let is_held = music.is_some();
        match line.hold(is_held) {
            Ok(()) => self.is_holding = is_held,
            Err(Ending::Refused(Refusal::Conflict(_))) => {}
            Err(ending) => return Err(ended(ending)),
        }
        self.stop_playing(line, None);
        match music {
            Some(name) => line.start_music(Some(name)).map_err(ended),
            None => line.stop_music().map_err(ended),
        }
    }

    /// Sends the far end to another address; who is answered hears how it takes that.
    pub(crate) fn refer(
        &mut self,
        line: &mut Line,
        target: &str,
    ) -> Result<watch::Receiver<Option<Referral>>, Error> {
        line.refer(target).map_err(ended)?;
        let (told, hears) = watch::channel(None);
        self.referral = Some(told);
        Ok(hears)
    }

    /// The instance lets go: what only it wanted ends, and the end of the leg is told if it is over.
    pub(crate) fn close(&mut self, line: &mut Line) {
        for (id, recording) in std::mem::take(&mut self.recordings) {
            recording.let_go(line, id);
        }
        if (self.silenced.spoken || self.silenced.heard) && line.interruption().is_none() {
            // A leg that ends meanwhile needs no sound.
            let _ = line.mute(false, false);
        }
        if self.is_holding && line.interruption().is_none() {
            // A leg that ends meanwhile needs not be told.
            let _ = line.hold(false);
        }
        line.want_events(false);
        line.leave_any_bridge();
        self.events.release(&self.channel.uniqueid);
    }

    /// Tells that the leg is over, for whoever still listens.
    pub(crate) fn tell_end(&self, line: &Line) {
        let cause = line
            .channel()
            .map_or(self.channel.cause, |channel| line.pbx().hangup_cause(&channel));
        let attrs = vec![
            text_attr("name", &self.channel.name),
            int_attr("cause", cause.0.into()),
            text_attr("cause-text", cause.text()),
            int_attr(
                "duration",
                ms(line.pbx().now().saturating_sub(self.channel.created_at)),
            ),
        ];
        let at_ms = self.started_ms + ms(line.pbx().now());
        let event: Event = about("channel.ended", at_ms, &self.channel, attrs);
        self.events.push(event);
    }
}

/// What an ending is called towards a guest.
pub(crate) fn ended(ending: Ending) -> Error {
    match ending {
        Ending::Interrupted(_) | Ending::Hangup(_) => Error::Gone,
        Ending::Refused(refusal) => super::refused(refusal),
    }
}
