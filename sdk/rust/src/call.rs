//! A leg a flow may steer, with the host behind it or a stand-in.

use std::time::Duration;

use crate::bindings::flow::ucx::call::channels as raw;
use crate::bindings::types::{
    Attr, ChannelInfo, DialSpec, DialStatus, Error, Event, GatherSpec, Gathered, Leg, Location, MediaItem,
    Party, PlayOptions, Played, RecordSpec, Recorded,
};
use crate::media::{Media, millis};
use crate::playing::Playing;

/// A leg. Dropping it gives the leg back to the host; it never hangs the caller up.
pub struct Channel(Box<dyn Line>);

impl From<raw::Channel> for Channel {
    fn from(channel: raw::Channel) -> Self {
        Self(Box::new(channel))
    }
}

/// What stands behind a leg.
pub(crate) trait Line {
    fn info(&self) -> ChannelInfo;
    fn ring(&self) -> Result<(), Error>;
    fn progress(&self) -> Result<(), Error>;
    fn answer(&self) -> Result<(), Error>;
    fn hangup(&self, cause: u16) -> Result<(), Error>;
    fn play(&self, items: &[MediaItem], stop_on: &str, from: Duration) -> Result<Played, Error>;
    fn start_play(&self, items: &[MediaItem], stop_on: &str, from: Duration) -> Result<Playing, Error>;
    fn gather(&self, spec: &GatherSpec) -> Result<Gathered, Error>;
    fn record(&self, spec: &RecordSpec) -> Result<Recorded, Error>;
    fn send_digits(&self, digits: &str) -> Result<(), Error>;
    fn music(&self, class: Option<&str>) -> Result<(), Error>;
    fn dial(&self, spec: &DialSpec) -> Result<DialEnd, Error>;
    fn connect(&self, peer: &Channel, max: Duration) -> Result<Connected, Error>;
    fn variable(&self, name: &str) -> Result<Option<String>, Error>;
    fn set_variable(&self, name: &str, value: &str) -> Result<(), Error>;
    fn set_caller(&self, caller: &Party) -> Result<(), Error>;
    fn user_event(&self, name: &str, attrs: &[Attr]) -> Result<(), Error>;
    fn subroutine(&self, place: &Location, args: &[String]) -> Result<String, Error>;
    fn execute(&self, application: &str, args: &str) -> Result<(), Error>;
    fn next_event(&self, wait: Duration) -> Result<Option<Event>, Error>;
    /// The host's handle; a stand-in has none.
    fn handle(&self) -> Option<&raw::Channel>;
}

/// What came of a dial.
pub struct DialEnd {
    /// What.
    pub status: DialStatus,
    /// Who answered. Not connected yet: use [`Channel::connect`].
    pub answered: Option<Channel>,
    /// The Q.850 cause of the last failure; 0 if somebody answered.
    pub cause: u16,
    /// Which leg answered, from 0 over all groups.
    pub leg: u32,
    /// How long it rang.
    pub rang: Duration,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Did this leg end it?
    pub ended_by_us: bool,
    /// How long they talked.
    pub talked: Duration,
}

/// Whom to dial, and how.
#[derive(Clone, Debug)]
pub struct Dial(DialSpec);

impl Dial {
    /// Rings these legs together; the first to answer wins.
    pub fn to(legs: impl IntoIterator<Item = Leg>) -> Self {
        Self(DialSpec {
            groups: vec![legs.into_iter().collect()],
            timeout: 0,
            early_media: false,
            ring_back: Vec::new(),
            attrs: Vec::new(),
        })
    }

    /// Rings these if none of those before answered.
    pub fn then(mut self, legs: impl IntoIterator<Item = Leg>) -> Self {
        self.0.groups.push(legs.into_iter().collect());
        self
    }

    /// Gives up after that long.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.0.timeout = millis(time);
        self
    }

    /// Lets the caller hear what the far end sends before it answers.
    pub fn early_media(mut self) -> Self {
        self.0.early_media = true;
        self
    }

    /// Lets the caller hear this instead of ringing.
    pub fn ring_back(mut self, media: impl Media) -> Self {
        self.0.ring_back = media.items();
        self
    }
}

impl Channel {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn new(line: impl Line + 'static) -> Self {
        Self(Box::new(line))
    }

    /// Everything about it as it is now.
    pub fn info(&self) -> ChannelInfo {
        self.0.info()
    }

    /// Tells the caller that it rings.
    pub fn ring(&self) -> Result<(), Error> {
        self.0.ring()
    }

    /// Lets sound through without answering.
    pub fn progress(&self) -> Result<(), Error> {
        self.0.progress()
    }

    /// Answers; nothing happens if it is answered.
    pub fn answer(&self) -> Result<(), Error> {
        self.0.answer()
    }

    /// Hangs up with an ITU-T Q.850 cause (16 normal, 17 busy).
    pub fn hangup(&self, cause: u16) -> Result<(), Error> {
        self.0.hangup(cause)
    }

    /// Plays to the end.
    pub fn play(&self, media: impl Media) -> Result<Played, Error> {
        self.0.play(&media.items(), "", Duration::ZERO)
    }

    /// Plays until one of these keys is pressed.
    pub fn play_until(&self, media: impl Media, keys: &str) -> Result<Played, Error> {
        self.0.play(&media.items(), keys, Duration::ZERO)
    }

    /// Plays from that far into it, until one of these keys is pressed.
    pub fn play_from(&self, media: impl Media, keys: &str, from: Duration) -> Result<Played, Error> {
        self.0.play(&media.items(), keys, from)
    }

    /// Begins to play from that far into it, until one of these keys is pressed; other keys are events meanwhile.
    pub fn start_play(&self, media: impl Media, keys: &str, from: Duration) -> Result<Playing, Error> {
        self.0.start_play(&media.items(), keys, from)
    }

    /// Plays a prompt and collects digits.
    pub fn gather(&self, spec: GatherSpec) -> Result<Gathered, Error> {
        self.0.gather(&spec)
    }

    /// Records a message.
    pub fn record(&self, spec: RecordSpec) -> Result<Recorded, Error> {
        self.0.record(&spec)
    }

    /// Sends digits and waits until they are sent.
    pub fn send_digits(&self, digits: &str) -> Result<(), Error> {
        self.0.send_digits(digits)
    }

    /// Plays music on hold of that class until something else is heard; an empty name is the default.
    pub fn start_music(&self, class: &str) -> Result<(), Error> {
        self.0.music(Some(class))
    }

    /// Stops the music.
    pub fn stop_music(&self) -> Result<(), Error> {
        self.0.music(None)
    }

    /// Dials on behalf of this leg and waits for what comes of it; who answers is not connected yet.
    pub fn dial(&self, dial: Dial) -> Result<DialEnd, Error> {
        self.0.dial(&dial.0)
    }

    /// Connects with another leg and waits until one of them ends it.
    pub fn connect(&self, peer: &Self) -> Result<Connected, Error> {
        self.0.connect(peer, Duration::ZERO)
    }

    /// Connects with another leg for so long at most.
    pub fn connect_for(&self, peer: &Self, most: Duration) -> Result<Connected, Error> {
        self.0.connect(peer, most)
    }

    /// A channel variable the manifest asks for.
    pub fn variable(&self, name: &str) -> Result<Option<String>, Error> {
        self.0.variable(name)
    }

    /// Sets a channel variable the manifest asks for.
    pub fn set_variable(&self, name: &str, value: &str) -> Result<(), Error> {
        self.0.set_variable(name, value)
    }

    /// Changes who is said to be on this leg.
    pub fn set_caller(&self, caller: &Party) -> Result<(), Error> {
        self.0.set_caller(caller)
    }

    /// Publishes an event `user.<name>` about this leg.
    pub fn user_event(&self, name: &str, attrs: &[Attr]) -> Result<(), Error> {
        self.0.user_event(name, attrs)
    }

    /// Runs a subroutine of the dialplan; answers what it returned.
    pub fn subroutine(&self, context: &str, exten: &str, args: &[&str]) -> Result<String, Error> {
        let place = Location {
            context: context.to_owned(),
            exten: exten.to_owned(),
            priority: "1".to_owned(),
        };
        self.subroutine_at(&place, args)
    }

    /// The same from any priority on, a number or a label.
    pub fn subroutine_at(&self, place: &Location, args: &[&str]) -> Result<String, Error> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.0.subroutine(place, &args)
    }

    /// Runs an application of the dialplan the manifest asks for.
    pub fn execute(&self, application: &str, args: &str) -> Result<(), Error> {
        self.0.execute(application, args)
    }

    /// The next event about the flow's legs and timers, or none in that time.
    pub fn next_event(&self, wait: Duration) -> Result<Option<Event>, Error> {
        self.0.next_event(wait)
    }

    /// The host's own handle, for what has no method here; none in a unit test.
    pub fn raw(&self) -> Option<&raw::Channel> {
        self.0.handle()
    }
}

fn how_to_play(stop_on: &str, from: Duration) -> PlayOptions {
    PlayOptions {
        language: String::new(),
        stop_on: stop_on.to_owned(),
        offset: millis(from),
        attrs: Vec::new(),
    }
}

impl Line for raw::Channel {
    fn info(&self) -> ChannelInfo {
        Self::info(self)
    }

    fn ring(&self) -> Result<(), Error> {
        Self::ring(self)
    }

    fn progress(&self) -> Result<(), Error> {
        Self::progress(self)
    }

    fn answer(&self) -> Result<(), Error> {
        Self::answer(self)
    }

    fn hangup(&self, cause: u16) -> Result<(), Error> {
        Self::hangup(self, cause)
    }

    fn play(&self, items: &[MediaItem], stop_on: &str, from: Duration) -> Result<Played, Error> {
        Self::play(self, items, &how_to_play(stop_on, from))
    }

    fn start_play(&self, items: &[MediaItem], stop_on: &str, from: Duration) -> Result<Playing, Error> {
        Self::start_play(self, items, &how_to_play(stop_on, from)).map(Playing::new)
    }

    fn gather(&self, spec: &GatherSpec) -> Result<Gathered, Error> {
        Self::gather(self, spec)
    }

    fn record(&self, spec: &RecordSpec) -> Result<Recorded, Error> {
        Self::record_message(self, spec)
    }

    fn send_digits(&self, digits: &str) -> Result<(), Error> {
        Self::send_digits(self, digits, 0, 0)
    }

    fn music(&self, class: Option<&str>) -> Result<(), Error> {
        match class {
            Some(class) => self.start_music(class),
            None => self.stop_music(),
        }
    }

    fn dial(&self, spec: &DialSpec) -> Result<DialEnd, Error> {
        let end = Self::dial(self, spec)?;
        Ok(DialEnd {
            status: end.status,
            answered: end.answered.map(Channel::from),
            cause: end.cause,
            leg: end.leg,
            rang: Duration::from_millis(end.rang.into()),
        })
    }

    fn connect(&self, peer: &Channel, max: Duration) -> Result<Connected, Error> {
        let Some(peer) = peer.raw() else {
            return Err(Error::Invalid("peer: a stand-in cannot be connected".to_owned()));
        };
        let spec = raw::ConnectSpec {
            max: millis(max),
            features: String::new(),
            attrs: Vec::new(),
        };
        let end = Self::connect(self, peer, &spec)?;
        Ok(Connected {
            ended_by_us: end.ended_by_us,
            talked: Duration::from_millis(end.talked.into()),
        })
    }

    fn variable(&self, name: &str) -> Result<Option<String>, Error> {
        self.get_variable(name)
    }

    fn set_variable(&self, name: &str, value: &str) -> Result<(), Error> {
        Self::set_variable(self, name, value)
    }

    fn set_caller(&self, caller: &Party) -> Result<(), Error> {
        Self::set_caller(self, caller)
    }

    fn user_event(&self, name: &str, attrs: &[Attr]) -> Result<(), Error> {
        Self::user_event(self, name, attrs)
    }

    fn subroutine(&self, place: &Location, args: &[String]) -> Result<String, Error> {
        self.call_subroutine(place, args)
    }

    fn execute(&self, application: &str, args: &str) -> Result<(), Error> {
        Self::execute(self, application, args)
    }

    fn next_event(&self, wait: Duration) -> Result<Option<Event>, Error> {
        raw::next_event(millis(wait))
    }

    fn handle(&self) -> Option<&raw::Channel> {
        Some(self)
    }
}
