//! What people do, and when: an agenda that chance fills and the world works off.

use crate::chance::Chance;
use crate::handover::Moment;
use crate::host::dialplan;
use crate::people::{PHONES, People, user};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, Party, Place, Principal, Refusal, Technology};
use ucx_pbx::{Desk, Destination, OriginateSpec, Pbx};
use ucx_phone::{CallId, PhoneError};

/// Seconds a registration is good for.
const EXPIRES: Duration = Duration::from_secs(3_600);

/// Causes a manager hangs up with.
const CAUSES: [Cause; 4] = [
    Cause::NORMAL_CLEARING,
    Cause::USER_BUSY,
    Cause::NO_ANSWER,
    Cause::NONE,
];

/// One thing somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Makes the next call, and plans the one after it.
    NextCall,
    Answer {
        phone: usize,
        call: CallId,
    },
    Reject {
        phone: usize,
        call: CallId,
        status: u16,
    },
    Hangup {
        phone: usize,
        call: CallId,
    },
    HangupNewest {
        phone: usize,
    },
    /// Calls that number.
    Call {
        phone: usize,
        number: &'static str,
    },
    DigitsNewest {
        phone: usize,
        digits: &'static str,
    },
    /// Somebody asks an application for something in its part of the HTTP tree.
    AskPart {
        plugin: &'static str,
        method: &'static str,
        path: &'static str,
        body: &'static str,
    },
    Hold {
        phone: usize,
        call: CallId,
    },
    Unhold {
        phone: usize,
        call: CallId,
    },
    Digits {
        phone: usize,
        call: CallId,
        digits: &'static str,
    },
    Register {
        phone: usize,
    },
    Unregister {
        phone: usize,
    },
    /// Something a manager does at the desk.
    Manage,
    /// A client of the Application interface asks for something.
    Ask {
        method: &'static str,
        path: String,
        query: Vec<(&'static str, String)>,
    },
    /// Such a client goes away.
    ClientGoes {
        client: usize,
        is_noticed: bool,
    },
    /// It comes back, or takes its application with another socket.
    ClientComes {
        client: usize,
    },
    /// A manager brings a command to a channel that waits for some.
    Command {
        channel: ChannelId,
        command: &'static str,
    },
    /// A manager takes a channel away: to its end, or elsewhere.
    Take {
        channel: ChannelId,
        to: Option<&'static str>,
    },
}

/// Numbers behind which programs and clients wait.
const GUESTS: [&str; 12] = [
    "780", "781", "782", "783", "790", "791", "791", "792", "792", "795", "796", "797",
];

/// Where channels are sent that are taken away.
const ELSEWHERE: [&str; 6] = ["701", "6001", "700", "780", "790", "791"];

/// What is brought to channels that wait for commands.
const COMMANDS: [&str; 9] = [
    "ANSWER",
    "STREAM FILE chime \"\"",
    "EXEC Wait 0.3",
    "EXEC Playback chime",
    "GET VARIABLE GENERATION",
    "WAIT FOR DIGIT 200",
    "SET MUSIC ON",
    "no such command",
    "EXEC Stasis app1",
];

/// How long a channel may stay handed over before a manager ends it.
const STAY_MAX: Duration = Duration::from_secs(12);

/// Deeds to come, in order.
#[derive(Default)]
pub(crate) struct Agenda {
    entries: BTreeMap<(Duration, u64), Deed>,
    added: u64,
    /// Who calls whom, as far as a called phone can tell.
    callers: BTreeMap<(usize, CallId), usize>,
    /// The world is closing; nobody registers again.
    pub is_closing: bool,
}

impl Agenda {
    pub(crate) fn add(&mut self, at: Duration, deed: Deed) {
        self.added += 1;
        self.entries.insert((at, self.added), deed);
    }

    pub(crate) fn add_while_open(&mut self, at: Duration, deed: Deed) {
        if !self.is_closing {
            self.add(at, deed);
        }
    }

    pub(crate) fn know(&mut self, phone: usize, call: CallId, from: usize) {
        self.callers.insert((phone, call), from);
    }

    pub(crate) fn other_of(&self, phone: usize, call: CallId) -> Option<usize> {
        self.callers.get(&(phone, call)).copied()
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.entries.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Deed> {
        let first = self.entries.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

/// Whoever makes the calls and sits at the desk.
pub(crate) struct Doer {
    chance: Chance,
    desk: Desk,
    pbx: Pbx,
    has_component: bool,
    /// Calls that are still to be made.
    pub calls_left: u32,
    pub calls_made: u64,
    pub managed: u64,
    generation: u64,
    /// Clients and programs take part.
    has_guests: bool,
    /// Channels a manager asked to end or to go elsewhere, since this was looked at last.
    pub taken: Vec<ChannelId>,
}

impl Doer {
    pub(crate) fn new(seed: u64, pbx: &Pbx, calls: u32, has_component: bool, has_guests: bool) -> Self {
        Self {
            chance: Chance::new(seed, "deeds"),
            desk: pbx.desk(Principal::OPERATOR),
            pbx: pbx.clone(),
            has_component,
            calls_left: calls,
            calls_made: 0,
            managed: 0,
            generation: 0,
            has_guests,
            taken: Vec::new(),
        }
    }

    /// A channel was handed to a program or a client: chance says whether, when and how it is taken away.
    pub(crate) fn meet(&mut self, now: Duration, moment: &Moment, agenda: &mut Agenda) {
        let chance = &mut self.chance;
        match *moment {
            Moment::Handed(channel, _) => {
                if chance.permille(350) {
                    let at = now + Duration::from_micros(chance.below(2_500_000));
                    let elsewhere = ELSEWHERE[chance.index(ELSEWHERE.len())];
                    let to = chance.permille(600).then_some(elsewhere);
                    agenda.add(at, Deed::Take { channel, to });
                }
                agenda.add(now + STAY_MAX, Deed::Take { channel, to: None });
            }
            Moment::Waits(channel) => {
                let mut at = now;
                for _ in 0..chance.below(5) {
                    at += chance.ms(0, 500);
                    let command = COMMANDS[chance.index(COMMANDS.len())];
                    agenda.add(at, Deed::Command { channel, command });
                }
                at += chance.ms(0, 1_500);
                let command = "ASYNCAGI BREAK";
                agenda.add(at, Deed::Command { channel, command });
            }
        }
    }

    /// Does it. What cannot be done, as the call is over meanwhile, is left.
    pub(crate) fn carry_out(&mut self, now: Duration, deed: &Deed, people: &mut People, agenda: &mut Agenda) {
        let done: Result<(), PhoneError> = match *deed {
            Deed::NextCall => {
                self.next_call(now, people, agenda);
                Ok(())
            }
            Deed::Answer { phone, call } => people.persons[phone].phone.answer(now, call),
            Deed::Reject { phone, call, status } => people.persons[phone].phone.reject(now, call, status),
            Deed::Hangup { phone, call } => people.persons[phone].phone.hangup(now, call),
            Deed::HangupNewest { phone } => {
                let phone = &mut people.persons[phone].phone;
                let newest = phone.calls().next_back();
                newest.map_or(Ok(()), |call| phone.hangup(now, call))
            }
            Deed::Call { phone, number } => {
                self.calls_made += 1;
                people.persons[phone].phone.call(now, number).map(drop)
            }
            Deed::DigitsNewest { phone, digits } => {
                people.disturb(now, phone);
                let phone = &mut people.persons[phone].phone;
                let newest = phone.calls().next_back();
                newest.map_or(Ok(()), |call| phone.send_digits(now, call, digits))
            }
            Deed::Hold { phone, call } => {
                people.disturb(now, phone);
                people.persons[phone].phone.hold(now, call)
            }
            Deed::Unhold { phone, call } => {
                people.disturb(now, phone);
                people.persons[phone].phone.unhold(now, call)
            }
            Deed::Digits { phone, call, digits } => {
                people.disturb(now, phone);
                people.persons[phone].phone.send_digits(now, call, digits)
            }
            Deed::Register { phone } => people.persons[phone].phone.register(now, EXPIRES),
            Deed::Unregister { phone } => people.persons[phone].phone.unregister(now),
            Deed::Manage => {
                self.manage();
                Ok(())
            }
            Deed::Command { channel, command } => {
                let desk = self.desk.clone();
                ask(async move { desk.async_command(channel, command, None).await });
                Ok(())
            }
            Deed::Take { channel, to } => {
                self.take(channel, to);
                Ok(())
            }
            Deed::Ask { .. } | Deed::AskPart { .. } | Deed::ClientGoes { .. } | Deed::ClientComes { .. } => {
                Ok(())
            }
        };
        // Refused deeds are part of life: nobody asks before whether the call is still there.
        let _ = done;
    }

    fn take(&mut self, channel: ChannelId, to: Option<&'static str>) {
        self.managed += 1;
        self.taken.push(channel);
        let desk = self.desk.clone();
        match to {
            Some(exten) => ask(async move { desk.redirect(channel, Place::new("main", exten, 1)).await }),
            None => ask(async move { desk.hangup(channel, Cause::NORMAL_CLEARING).await }),
        }
    }

    fn next_call(&mut self, now: Duration, people: &mut People, agenda: &mut Agenda) {
        if self.calls_left == 0 {
            return;
        }
        let number = self.number();
        let phone = self.chance.index(PHONES);
        // A phone that has as many calls as it may is passed over.
        if let Ok(call) = people.persons[phone].phone.call(now, &number) {
            self.calls_left -= 1;
            self.calls_made += 1;
            if self.chance.permille(300) {
                agenda.add(now + self.chance.ms(0, 5_000), Deed::Hangup { phone, call });
            }
        }
        if self.chance.permille(20) {
            agenda.add(
                now + self.chance.ms(0, 500),
                Deed::Unregister {
                    phone: self.chance.index(PHONES),
                },
            );
        }
        if self.chance.permille(250) {
            agenda.add(now + self.chance.ms(0, 1_000), Deed::Manage);
        }
        agenda.add(now + self.chance.ms(0, 400), Deed::NextCall);
    }

    fn number(&mut self) -> String {
        if self.has_guests && self.chance.permille(600) {
            return GUESTS[self.chance.index(GUESTS.len())].to_owned();
        }
        let component = if self.has_component { 60 } else { 0 };
        let digit = |chance: &mut Chance| 1 + chance.below(PHONES as u64);
        let chance = &mut self.chance;
        let one = digit(chance);
        let two = digit(chance);
        match chance.below(100 + component) {
            0..32 => user(chance.index(PHONES)),
            32..39 => "700".to_owned(),
            39..42 => "701".to_owned(),
            42..54 => format!("71{one}{two}"),
            54..65 => format!("72{one}"),
            65..73 => format!("73{one}"),
            73..79 => format!("74{one}{two}"),
            79..84 => format!("75{one}"),
            84..89 => "760".to_owned(),
            89..92 => "762".to_owned(),
            92..94 => "763".to_owned(),
            94..96 => "764".to_owned(),
            96..99 => "765".to_owned(),
            99 => "799".to_owned(),
            100..120 => format!("77{}", chance.below(10)),
            _ => format!("76{}", 8 + chance.below(2)),
        }
    }

    /// One request at the desk, on a channel chance picks if it needs one.
    fn manage(&mut self) {
        self.managed += 1;
        let channels: Vec<_> = self.pbx.with_switch(|switch| {
            switch
                .channels()
                .map(|channel| (channel.id, channel.technology))
                .collect()
        });
        let what = self.chance.below(13);
        let (desk, chance) = (self.desk.clone(), &mut self.chance);
        match what {
            0..3 if !channels.is_empty() => {
                let (channel, _) = channels[chance.index(channels.len())];
                self.taken.push(channel);
                let cause = CAUSES[chance.index(CAUSES.len())];
                ask(async move { desk.hangup(channel, cause).await });
            }
            3..6 if !channels.is_empty() => {
                let (channel, technology) = channels[chance.index(channels.len())];
                self.taken.push(channel);
                // Two halves of a Local pair that both wait for the other to end would wait for ever.
                let safe = if technology == Technology::Local { 3 } else { 5 };
                let exten = ["701", "6001", "728", "700", "760"][chance.index(safe)];
                ask(async move { desk.redirect(channel, Place::new("main", exten, 1)).await });
            }
            6 => {
                self.generation += 1;
                let plan = dialplan(self.generation);
                ask(async move { desk.replace_dialplan(plan).await });
            }
            7 if !channels.is_empty() => {
                let (channel, _) = channels[chance.index(channels.len())];
                ask(async move { desk.set_variable(Some(channel.into()), "__SIGN", "seen").await });
            }
            8 if !channels.is_empty() => {
                let (channel, _) = channels[chance.index(channels.len())];
                let fields = vec![(Arc::from("Sign"), Arc::from("seen"))];
                ask(async move { desk.user_event(Some(channel.into()), "Seen", fields).await });
            }
            9 => ask(async move { desk.counts().await.map(drop) }),
            _ => {
                let spec = originate(chance);
                ask(async move { desk.originate(spec).await.map(drop) });
            }
        }
    }
}

/// Asks at the desk without waiting for the answer. A refusal is an answer like others: the channel may be gone by then.
fn ask(request: impl Future<Output = Result<(), Refusal>> + 'static) {
    tokio::task::spawn_local(async move {
        let _ = request.await;
    });
}

fn originate(chance: &mut Chance) -> OriginateSpec {
    let (one, two) = (user(chance.index(PHONES)), user(chance.index(PHONES)));
    let application = |name: &str, data: &str| Destination::Application {
        name: Arc::from(name),
        data: Arc::from(data),
    };
    let (channel, to) = match chance.below(4) {
        0 => (
            format!("PJSIP/{one}"),
            Destination::Exten(Place::new("main", &two, 1)),
        ),
        1 => (format!("PJSIP/{one}"), application("Echo", "")),
        2 => (
            format!("Local/{one}@main"),
            Destination::Exten(Place::new("main", &two, 1)),
        ),
        _ => ("Local/700@main/n".to_owned(), application("Wait", "2")),
    };
    OriginateSpec {
        timeout: Some(chance.ms(500, 5_000)),
        caller: Party::new("9000", "Manager"),
        variables: vec![(Arc::from("__ORIGIN"), Arc::from("desk"))],
        ..OriginateSpec::new(&channel, to)
    }
}
