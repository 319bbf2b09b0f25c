//! The phones of a world, and what their owners do with them.

use crate::chance::{Chance, derive};
use crate::deeds::{Agenda, Deed};
use crate::host::PASSWORD;
use crate::network::{Parcel, SIP_PORT};
use crate::script::{RINGS_FOR, Script};
use crate::stage::{HOST, Stage};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use ucx_media::StreamId;
use ucx_phone::{
    CallId, CallReport, EndedBy, Event, Happening, Identity, Phone, PhoneConfig, Policy, Ports, Socket,
};

/// Phones of a world.
pub(crate) const PHONES: usize = 8;

/// The tone each phone is known by, in Hz.
pub(crate) const TONES_HZ: [u16; PHONES] = [440, 550, 660, 770, 880, 1000, 1200, 1500];

/// The first RTP port of a phone.
const RTP_PORT: u16 = 40_000;

/// How long ago a call may have ended for its host to be excused for not knowing.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// The same where messages are lost and repeated after 0.5, 1.5, 3.5 and 7.5 s.
pub(crate) const STORMY_GRACE: Duration = Duration::from_secs(9);

/// Calls one phone may have.
const CALLS_MAX: usize = 6;

/// The same in scripts, where they have more to do.
const SCRIPTED_CALLS_MAX: usize = 60;

/// The user of a phone: `6001` to `6008`.
pub(crate) fn user(phone: usize) -> String {
    format!("600{}", phone + 1)
}

/// The phone of a user.
pub(crate) fn phone_of(user: &str) -> Option<usize> {
    let digit = user.strip_prefix("600")?.parse::<usize>().ok()?;
    digit.checked_sub(1).filter(|phone| *phone < PHONES)
}

fn address(phone: usize) -> IpAddr {
    let last = u8::try_from(phone + 1).expect("a world has few phones");
    IpAddr::from([10, 0, 1, last])
}

/// Who made a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Caller,
    Called,
}

/// One phone and what is known of it.
pub(crate) struct Person {
    pub phone: Phone,
    /// Calls that are answered on both sides, and whether the phone made them itself.
    pub confirmed: BTreeMap<CallId, Side>,
    /// When calls ended, the newest last; kept for [`STORMY_GRACE`].
    pub ended: VecDeque<Duration>,
    /// Until when it may not hear what it should: hold, digits and the like.
    pub disturbed_until: Duration,
}

/// All phones, with figures over all their calls.
pub(crate) struct People {
    pub persons: Vec<Person>,
    chance: Chance,
    /// Their owners do what is written there, and leave nothing to chance.
    script: Option<Script>,
    /// How long calls took to be answered.
    pub setups: Vec<Duration>,
    pub answered: u64,
    pub failed: u64,
    pub ended: u64,
    pub frames: u64,
}

fn config(seed: u64, phone: usize, max_calls: usize) -> PhoneConfig {
    let identity = Identity {
        password: Some(PASSWORD.to_owned()),
        ..Identity::new(&user(phone))
    };
    let own = SocketAddr::new(address(phone), SIP_PORT);
    let seed = derive(seed, &format!("phone {phone}"));
    let mut config = PhoneConfig::new(seed, identity, own, HOST);
    config.ports = Ports::From(SocketAddr::new(address(phone), RTP_PORT));
    config.policy = Policy::Ring;
    config.tone_hz = Some(TONES_HZ[phone]);
    config.listen_for_hz = TONES_HZ.to_vec();
    config.max_calls = max_calls;
    config
}

impl People {
    pub(crate) fn new(seed: u64, script: Option<Script>) -> Self {
        let max_calls = script.map_or(CALLS_MAX, |_| SCRIPTED_CALLS_MAX);
        let person = |phone| Person {
            phone: Phone::new(config(seed, phone, max_calls)),
            confirmed: BTreeMap::new(),
            ended: VecDeque::new(),
            disturbed_until: Duration::ZERO,
        };
        Self {
            persons: (0..PHONES).map(person).collect(),
            chance: Chance::new(seed, "people"),
            script,
            setups: Vec::new(),
            answered: 0,
            failed: 0,
            ended: 0,
            frames: 0,
        }
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.persons
            .iter()
            .filter_map(|person| person.phone.poll_timeout())
            .min()
    }

    /// A packet for one of the phones.
    pub(crate) fn deliver(&mut self, now: Duration, parcel: &Parcel) {
        let Some(phone) = (0..PHONES).find(|phone| address(*phone) == parcel.to.ip()) else {
            return;
        };
        let phone = &mut self.persons[phone].phone;
        if let Some(socket) = phone.socket_at(parcel.to) {
            phone.handle_datagram(now, socket, parcel.from, &parcel.bytes);
        }
    }

    pub(crate) fn handle_timeouts(&mut self, now: Duration) {
        for person in &mut self.persons {
            if person.phone.poll_timeout().is_some_and(|at| at <= now) {
                person.phone.handle_timeout(now);
            }
        }
    }

    /// Sends what the phones have to send, and lets their owners react to what happened. The lines are for the log.
    pub(crate) fn settle(&mut self, now: Duration, stage: &Stage, agenda: &mut Agenda) -> Vec<String> {
        let mut lines = Vec::new();
        for phone in 0..PHONES {
            while let Some(transmit) = self.persons[phone].phone.poll_transmit() {
                stage.send(now, source(phone, transmit.socket), transmit.to, transmit.bytes);
            }
            while let Some(event) = self.persons[phone].phone.poll_event() {
                lines.push(format!("phone {} {}", user(phone), event.to_json()));
                let reacted = self.react(
                    now,
                    phone,
                    &event,
                    stage.network.borrow().weather.is_quiet(),
                    agenda,
                );
                stage.check(reacted);
            }
        }
        lines
    }

    fn react(
        &mut self,
        now: Duration,
        phone: usize,
        event: &Event,
        is_quiet: bool,
        agenda: &mut Agenda,
    ) -> Result<(), String> {
        match &event.what {
            Happening::IncomingCall { call, from, .. } => {
                self.consider(now, phone, *call, phone_of(from), agenda)
            }
            Happening::Answered { call, setup_ms } => {
                self.answered += 1;
                let side = if setup_ms.is_some() {
                    Side::Caller
                } else {
                    Side::Called
                };
                self.setups.extend(*setup_ms);
                self.persons[phone].confirmed.insert(*call, side);
                self.talk(now, phone, *call, side, agenda);
            }
            Happening::Ended { call, by, report, .. } => {
                self.leave(now, phone, *call);
                return self.judge_ended(now, phone, *by, report, is_quiet);
            }
            Happening::Failed { call, status, .. } => {
                self.failed += 1;
                self.leave(now, phone, *call);
                if matches!(status, 408 | 500) {
                    return Err(format!(
                        "phone {} had its call {call} fail with {status}",
                        user(phone)
                    ));
                }
            }
            Happening::Unregistered => {
                let again_at = now + self.chance.ms(50, 2_000);
                agenda.add_while_open(again_at, Deed::Register { phone });
            }
            Happening::RegisterFailed { status } => {
                return Err(format!("phone {} could not register: {status}", user(phone)));
            }
            Happening::Held { .. } | Happening::Resumed { .. } | Happening::Changed { .. } => {
                self.disturb(now, phone);
            }
            Happening::Registered { .. }
            | Happening::Ringing { .. }
            | Happening::Progress { .. }
            | Happening::ToneHeard { .. }
            | Happening::ToneLost { .. }
            | Happening::DigitHeard { .. }
            | Happening::DigitsSent { .. }
            | Happening::ChangeFailed { .. } => {}
        }
        Ok(())
    }

    /// A call is over: whether it went as calls have to go.
    fn judge_ended(
        &mut self,
        now: Duration,
        phone: usize,
        by: EndedBy,
        report: &CallReport,
        is_quiet: bool,
    ) -> Result<(), String> {
        self.ended += 1;
        self.frames += report.frames_received;
        let name = user(phone);
        // A change of the session that crosses the host's BYE is told that there is no such call any more.
        if by == EndedBy::Lost && self.persons[phone].disturbed_until < now {
            return Err(format!("phone {name} lost its call {}", report.call));
        }
        if report.resets > 0 || report.ssrc_changes > 0 {
            return Err(format!("phone {name} heard its stream begin anew: {report}"));
        }
        if is_quiet && (report.frames_lost > 0 || report.duplicates > 0) {
            return Err(format!("phone {name} lost frames on a quiet network: {report}"));
        }
        Ok(())
    }

    fn leave(&mut self, now: Duration, phone: usize, call: CallId) {
        let person = &mut self.persons[phone];
        person.confirmed.remove(&call);
        person.ended.push_back(now);
        while person.ended.front().is_some_and(|at| *at + STORMY_GRACE < now) {
            person.ended.pop_front();
        }
    }

    pub(crate) fn disturb(&mut self, now: Duration, phone: usize) {
        self.persons[phone].disturbed_until = now + GRACE * 2;
    }

    /// Somebody calls: what its owner makes of it.
    fn consider(
        &mut self,
        now: Duration,
        phone: usize,
        call: CallId,
        from: Option<usize>,
        agenda: &mut Agenda,
    ) {
        if self.script.is_some() {
            agenda.add(now + RINGS_FOR, Deed::Answer { phone, call });
            return;
        }
        let chance = &mut self.chance;
        match chance.below(100) {
            0..6 => agenda.add(
                now + chance.ms(0, 400),
                Deed::Reject {
                    phone,
                    call,
                    status: 486,
                },
            ),
            6..10 => {
                let status = [480, 603, 404, 488][chance.index(4)];
                agenda.add(now + chance.ms(0, 400), Deed::Reject { phone, call, status });
            }
            10..18 => {}
            18..28 => agenda.add(now, Deed::Answer { phone, call }),
            _ => {
                let answer_at = now + chance.ms(20, 3_000);
                agenda.add(answer_at, Deed::Answer { phone, call });
                // A caller who gives up just then: its CANCEL crosses the answer.
                if let Some(from) = from.filter(|_| chance.permille(150)) {
                    let at = answer_at.saturating_sub(chance.ms(0, 20)).max(now);
                    agenda.add(at, Deed::HangupNewest { phone: from });
                }
            }
        }
        if let Some(from) = from {
            agenda.know(phone, call, from);
        }
    }

    /// A call is up: how long it lasts, and what happens in it.
    fn talk(&mut self, now: Duration, phone: usize, call: CallId, side: Side, agenda: &mut Agenda) {
        if let Some(script) = self.script {
            if let Some(time) = script.talks_for(phone, side) {
                agenda.add(now + time, Deed::Hangup { phone, call });
            }
            return;
        }
        let chance = &mut self.chance;
        let ends_at = now
            + if chance.permille(100) {
                chance.ms(4_000, 9_000)
            } else {
                chance.ms(20, 4_500)
            };
        agenda.add(ends_at, Deed::Hangup { phone, call });
        if let Some(other) = agenda.other_of(phone, call)
            && chance.permille(250)
        {
            // Both hang up together: their BYEs cross at the host.
            agenda.add(ends_at + chance.ms(0, 20), Deed::HangupNewest { phone: other });
        }
        if chance.permille(150) {
            let held_at = now + chance.ms(0, 2_000);
            agenda.add(held_at, Deed::Hold { phone, call });
            agenda.add(held_at + chance.ms(0, 2_000), Deed::Unhold { phone, call });
        }
        if chance.permille(150) {
            let digits = ["1", "42", "#0", "123"][chance.index(4)];
            agenda.add(now + chance.ms(0, 2_000), Deed::Digits { phone, call, digits });
        }
    }
}

/// The address a phone's socket sends from.
fn source(phone: usize, socket: Socket) -> SocketAddr {
    let pair = |stream: StreamId| {
        let offset = 2 * (stream.0 % ucx_phone::PORT_PAIRS);
        RTP_PORT + u16::try_from(offset).expect("a phone has few pairs of ports")
    };
    let port = match socket {
        Socket::Sip | Socket::Connection(_) => SIP_PORT,
        Socket::Rtp(stream) => pair(stream),
        Socket::Rtcp(stream) => pair(stream) + 1,
    };
    SocketAddr::new(address(phone), port)
}
