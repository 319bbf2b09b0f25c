//! How channels are handed over: what the stream shows of gateway sessions and of stays in applications, with its rules.
//!
//! A session ends with `AGISTATUS` as its program's end and its caller's end declare it, lets go of its program, and the
//! dialplan goes on (or the channel ends) at once.

use crate::programs::{Manner, Programs};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, ChannelSnapshot, Event, EventKind};

/// How long the dialplan may take to go on after an application that is over.
const GOES_ON_WITHIN: Duration = Duration::from_secs(1);

/// What is known of one channel.
#[derive(Default)]
struct Hand {
    uniqueid: String,
    /// Since when it is on its way to its end.
    hung_up_at: Option<Duration>,
    /// Since when it is on its way elsewhere.
    redirected_at: Option<Duration>,
    /// When somebody asked for either, who may have been refused.
    asked_at: Option<Duration>,
    /// When the step it is in began.
    begun_at: Duration,
    /// A time limit may take it at any moment.
    has_limit: bool,
    /// Its session is over since then, and the dialplan is to go on.
    over_at: Option<Duration>,
    /// Since when it is in an application that nobody has.
    turned_away_at: Option<Duration>,
    /// When a program's last command ended; none while there is one.
    idle_at: Option<Duration>,
    /// The step it is in asks a program.
    is_asking: bool,
}

/// All channels.
pub(crate) struct Handover {
    hands: BTreeMap<ChannelId, Hand>,
    programs: Rc<Programs>,
    pub sessions: u64,
}

fn application(channel: &ChannelSnapshot) -> &str {
    channel.step.as_ref().map_or("", |step| &step.application)
}

fn is_queue(channel: &ChannelSnapshot) -> bool {
    channel
        .step
        .as_ref()
        .is_some_and(|step| step.data.starts_with("agi:async"))
}

/// What an event means for those who look for moments to take a channel away.
pub(crate) enum Moment {
    /// It is in an application of a client (with these arguments), or asked by a program, from now on.
    Handed(ChannelId, Option<Arc<str>>),
    /// Commands for it are waited for.
    Waits(ChannelId),
}

impl Handover {
    pub(crate) fn new(programs: Rc<Programs>) -> Self {
        Self {
            hands: BTreeMap::new(),
            programs,
            sessions: 0,
        }
    }

    /// Takes the next event; the error says which rule it breaks.
    #[allow(clippy::wildcard_enum_match_arm)] // few events hand a channel over
    pub(crate) fn add(&mut self, event: &Event) -> Result<Option<Moment>, String> {
        match &event.kind {
            EventKind::ChannelCreated { channel } => {
                let hand = Hand {
                    uniqueid: channel.uniqueid.to_string(),
                    ..Hand::default()
                };
                self.hands.insert(channel.id, hand);
                Ok(None)
            }
            EventKind::ChannelChanged { old, new } => Ok(self.change(event.at, old, new)),
            EventKind::HangupRequested { channel, .. } => {
                if let Some(hand) = self.hands.get_mut(&channel.id) {
                    hand.hung_up_at.get_or_insert(event.at);
                }
                Ok(None)
            }
            EventKind::VariableSet {
                channel: Some(channel),
                name,
                value,
            } => match &**name {
                "AGISTATUS" => self.end_session(event.at, channel, value).map(|()| None),
                _ => Ok(None),
            },
            EventKind::GatewayCommandStarted { channel, command, .. } => {
                // A call that is over ends its caller's as well.
                if &**command == "HANGUP" || command.starts_with("EXEC Dial") {
                    self.ask(event.at, channel.id);
                }
                if let Some(hand) = self.hands.get_mut(&channel.id) {
                    hand.idle_at = None;
                }
                Ok(None)
            }
            EventKind::GatewayCommandEnded { channel, .. } => {
                if let Some(hand) = self.hands.get_mut(&channel.id) {
                    hand.idle_at = Some(event.at);
                }
                Ok(None)
            }
            EventKind::AsyncGatewayStarted { channel, .. } => Ok(Some(Moment::Waits(channel.id))),
            EventKind::ChannelEnded { channel } => {
                let hand = self.hands.remove(&channel.id);
                if hand.is_some_and(|hand| self.programs.is_held(&hand.uniqueid)) {
                    return Err(format!("a gateway session of {} is left behind", channel.name));
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn change(&mut self, at: Duration, old: &ChannelSnapshot, new: &ChannelSnapshot) -> Option<Moment> {
        let hand = self.hands.get_mut(&new.id)?;
        hand.has_limit |= &*new.place.exten == "762";
        let step = new.step.as_ref()?;
        if let Some(before) = old.step.as_ref().filter(|before| *before == step) {
            if old.place != new.place {
                // A redirect shows the step it ends at its new place.
                hand.redirected_at = Some(at);
                return None;
            }
            if Arc::ptr_eq(&before.data, &step.data) {
                return None;
            }
        }
        hand.over_at = None;
        hand.redirected_at = None;
        hand.turned_away_at = None;
        hand.begun_at = at;
        hand.idle_at = Some(at);
        hand.is_asking = application(new) == "AGI" && !is_queue(new);
        match application(new) {
            "Stasis" => Some(Moment::Handed(new.id, Some(step.data.clone()))),
            "AGI" => Some(Moment::Handed(new.id, None)),
            _ => None,
        }
    }

    /// A session is over: whether it says so as its ends declare.
    fn end_session(&mut self, at: Duration, channel: &ChannelSnapshot, status: &str) -> Result<(), String> {
        self.sessions += 1;
        let Some(hand) = self.hands.get_mut(&channel.id) else {
            return Ok(());
        };
        hand.over_at = Some(at);
        hand.is_asking = false;
        let talk = self.programs.talk(&channel.uniqueid);
        let talk = talk.filter(|talk| hand.begun_at <= talk.asked_at);
        let is_dead = |at: Duration| hand.hung_up_at.is_some_and(|gone| gone <= at);
        // A program that comes to a caller who is gone has nobody to lose.
        let was_dead = is_dead(hand.begun_at);
        // Nor has one that comes to a caller whom somebody else has sent away.
        let was_sent = |at: Duration| {
            hand.asked_at
                .is_some_and(|asked| hand.begun_at <= asked && asked <= at)
        };
        let connected_at = talk.and_then(|talk| talk.connected_at);
        let may_be_dead = connected_at.is_some_and(|at| is_dead(at) || was_sent(at));
        let taken_at = hand.hung_up_at.filter(|_| !was_dead).or(hand.redirected_at);
        let allowed: &[&str] = match (talk, taken_at) {
            (_, None) if is_queue(channel) => &["SUCCESS"],
            (_, Some(_)) if is_queue(channel) => &["SUCCESS", "HANGUP"],
            // It was taken away before its program was asked.
            (None, Some(_)) => &["HANGUP"],
            (None, None) => &[],
            (Some(talk), None) => match (talk.manner, talk.gone_at) {
                (Manner::Refuses, _) | (Manner::Fails | Manner::IsDeaf, None) => &["FAILURE"],
                (Manner::Talks, Some(_)) => &["SUCCESS"],
                (Manner::Talks, None) => &[],
                (Manner::Fails | Manner::IsDeaf, Some(_)) => &["FAILURE", "SUCCESS"],
            },
            (Some(talk), Some(taken)) => match talk.manner {
                Manner::Talks if may_be_dead || talk.gone_at.is_some_and(|gone| gone <= taken) => {
                    &["SUCCESS", "HANGUP"]
                }
                Manner::Talks => &["HANGUP"],
                Manner::Fails | Manner::IsDeaf if may_be_dead => &["FAILURE", "HANGUP", "SUCCESS"],
                Manner::Refuses | Manner::Fails | Manner::IsDeaf => &["FAILURE", "HANGUP"],
            },
        };
        let may_be_taken = hand.has_limit || hand.asked_at.is_some_and(|at| hand.begun_at <= at);
        if allowed.contains(&status) || may_be_taken && status == "HANGUP" {
            return Ok(());
        }
        Err(format!(
            "AGISTATUS of {} is {status}, but {allowed:?} is due: {talk:?}",
            channel.uniqueid
        ))
    }

    /// Somebody asks for a channel to end or to go elsewhere.
    pub(crate) fn ask(&mut self, now: Duration, channel: ChannelId) {
        if let Some(hand) = self.hands.get_mut(&channel) {
            hand.asked_at = Some(now);
        }
    }

    /// The same by the channel's uniqueid.
    pub(crate) fn ask_by_uniqueid(&mut self, now: Duration, uniqueid: &str) {
        for hand in self.hands.values_mut().filter(|hand| hand.uniqueid == uniqueid) {
            hand.asked_at = Some(now);
        }
    }

    /// A channel entered an application that nobody has.
    pub(crate) fn turn_away(&mut self, at: Duration, channel: ChannelId) {
        if let Some(hand) = self.hands.get_mut(&channel) {
            hand.turned_away_at = Some(at);
        }
    }

    /// Nothing hangs between two owners.
    pub(crate) fn look(&self, now: Duration) -> Result<(), String> {
        let is_late = |at: Option<Duration>| at.is_some_and(|at| at + GOES_ON_WITHIN < now);
        for hand in self.hands.values() {
            let id = &hand.uniqueid;
            if is_late(hand.over_at) {
                return Err(format!("{id} does not go on after its program"));
            }
            if is_late(hand.turned_away_at) {
                return Err(format!("{id} waits in an application that nobody has"));
            }
            let talk = self
                .programs
                .talk(id)
                .filter(|talk| hand.begun_at <= talk.asked_at);
            let gone_at = talk.and_then(|talk| talk.gone_at);
            if hand.is_asking && is_late(hand.idle_at) && is_late(gone_at) {
                return Err(format!("{id} is kept by a program that died"));
            }
        }
        Ok(())
    }

    /// No session is left.
    pub(crate) fn check_end(&self) -> Result<(), String> {
        match self.programs.held() {
            0 => Ok(()),
            held => Err(format!("{held} gateway sessions are left")),
        }
    }
}
