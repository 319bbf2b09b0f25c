//! The calls under way: whom each rings, and what comes next.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use ucx::prelude::*;

/// Calls under way at a time.
const CALLS_MAX: usize = 500;
/// Ended calls that can still be read.
const ENDED_MAX: usize = 200;
/// The longest number.
const NUMBER_MAX: usize = 32;

/// What came of calling somebody.
pub enum Looked<L> {
    Ringing,
    /// Who answered, and the leg's id.
    Answered(L, String),
    Failed(String),
}

/// What the calls are made with.
pub trait Telephones {
    type Calling;
    type Leg;
    type Room;
    fn call_agent(&self, number: &str, shown: &str) -> Result<Self::Calling, Error>;
    fn call_customer(&self, number: &str, shown: &str) -> Result<Self::Calling, Error>;
    fn look(&self, calling: &Self::Calling) -> Looked<Self::Leg>;
    fn join(&self, one: &Self::Leg, other: &Self::Leg) -> Result<(Self::Room, String), Error>;
    fn hang_up(&self, leg: &Self::Leg);
    fn close(&self, room: &Self::Room);
    fn take(&self, leg: &str) -> Result<Self::Leg, Error>;
    fn take_room(&self, room: &str) -> Result<Self::Room, Error>;
    fn report(&self, id: u64, from: &str, to: &str, reason: &str);
}

/// A call as it can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub id: u64,
    pub from: String,
    pub to: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What the next version needs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Saved {
    last: u64,
    talking: Vec<Talk>,
    ended: VecDeque<Shown>,
}

/// A call whose parties talk.
#[derive(Debug, Serialize, Deserialize)]
struct Talk {
    id: u64,
    from: String,
    to: String,
    legs: [String; 2],
    room: String,
}

/// A leg and its id.
struct Leg<L>(L, String);

enum State<T: Telephones> {
    CallingFrom(T::Calling),
    CallingTo(Leg<T::Leg>, T::Calling),
    Talking([Leg<T::Leg>; 2], T::Room, String),
}

struct Call<T: Telephones> {
    from: String,
    to: String,
    state: State<T>,
}

/// All calls.
pub struct Calls<T: Telephones> {
    telephones: T,
    last: u64,
    live: BTreeMap<u64, Call<T>>,
    ended: VecDeque<Shown>,
    /// Calls of the version before, to be taken over.
    left: Vec<Talk>,
}

impl<T: Telephones> Calls<T> {
    pub fn new(telephones: T) -> Self {
        Self {
            telephones,
            last: 0,
            live: BTreeMap::new(),
            ended: VecDeque::new(),
            left: Vec::new(),
        }
    }

    /// Begins a call; otherwise a status and a sentence.
    pub fn begin(&mut self, from: &str, to: &str) -> Result<Shown, (u16, String)> {
        for number in [from, to] {
            let is_number = (1..=NUMBER_MAX).contains(&number.len())
                && number
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+*#-_.".contains(c));
            if !is_number {
                return Err((400, format!("{number:?} is no number")));
            }
        }
        if self.live.len() >= CALLS_MAX {
            return Err((503, format!("{CALLS_MAX} calls are under way")));
        }
        let calling = self
            .telephones
            .call_agent(from, to)
            .map_err(|error| match error {
                Error::Denied(line) => (403, format!("not granted: {line}")),
                other => (503, Failure::from(other).to_string()),
            })?;
        self.last += 1;
        let call = Call {
            from: from.to_owned(),
            to: to.to_owned(),
            state: State::CallingFrom(calling),
        };
        let shown = shown(self.last, &call);
        self.live.insert(self.last, call);
        Ok(shown)
    }

    /// Whether somebody is being called.
    pub fn is_calling(&self) -> bool {
        let mut calls = self.live.values();
        calls.any(|call| !matches!(call.state, State::Talking(..)))
    }

    /// Looks what came of those that are called.
    pub fn look(&mut self) {
        let ids: Vec<u64> = self.live.keys().copied().collect();
        for id in ids {
            if let Some(call) = self.live.remove(&id) {
                match self.step(call.state, &call.from, &call.to) {
                    Ok(state) => {
                        self.live.insert(id, Call { state, ..call });
                    }
                    Err(reason) => self.ended(id, call.from, call.to, reason),
                }
            }
        }
    }

    fn step(&self, state: State<T>, from: &str, to: &str) -> Result<State<T>, String> {
        match state {
            State::CallingFrom(calling) => match self.telephones.look(&calling) {
                Looked::Ringing => Ok(State::CallingFrom(calling)),
                Looked::Failed(why) => Err(format!("from: {why}")),
                Looked::Answered(leg, id) => match self.telephones.call_customer(to, from) {
                    Ok(calling) => Ok(State::CallingTo(Leg(leg, id), calling)),
                    Err(error) => {
                        self.telephones.hang_up(&leg);
                        Err(format!("to: {}", Failure::from(error)))
                    }
                },
            },
            State::CallingTo(agent, calling) => match self.telephones.look(&calling) {
                Looked::Ringing => Ok(State::CallingTo(agent, calling)),
                Looked::Failed(why) => {
                    self.telephones.hang_up(&agent.0);
                    Err(format!("to: {why}"))
                }
                Looked::Answered(leg, id) => match self.telephones.join(&agent.0, &leg) {
                    Ok((room, name)) => Ok(State::Talking([agent, Leg(leg, id)], room, name)),
                    Err(error) => {
                        self.telephones.hang_up(&agent.0);
                        self.telephones.hang_up(&leg);
                        Err(Failure::from(error).to_string())
                    }
                },
            },
            talking @ State::Talking(..) => Ok(talking),
        }
    }

    /// A leg is over: so is its call.
    pub fn left(&mut self, leg: &str) {
        let found = self.live.iter().find(|(_, call)| match &call.state {
            State::CallingFrom(_) => false,
            State::CallingTo(agent, _) => agent.1 == leg,
            State::Talking(legs, ..) => legs.iter().any(|one| one.1 == leg),
        });
        if let Some((&id, _)) = found {
            self.finish(id, "hung up");
        }
    }

    /// Ends a call; false if there is none under way.
    pub fn end(&mut self, id: u64) -> bool {
        self.finish(id, "ended by request")
    }

    fn finish(&mut self, id: u64, reason: &str) -> bool {
        let Some(call) = self.live.remove(&id) else {
            return false;
        };
        match &call.state {
            // Nobody holds it any more: it is called off.
            State::CallingFrom(_) => {}
            State::CallingTo(agent, _) => self.telephones.hang_up(&agent.0),
            State::Talking(legs, room, _) => {
                legs.iter().for_each(|leg| self.telephones.hang_up(&leg.0));
                self.telephones.close(room);
            }
        }
        self.ended(id, call.from, call.to, reason.to_owned());
        true
    }

    fn ended(&mut self, id: u64, from: String, to: String, reason: String) {
        self.telephones.report(id, &from, &to, &reason);
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(Shown {
            id,
            from,
            to,
            state: "ended".to_owned(),
            reason: Some(reason),
        });
    }

    /// All that can be read, by id.
    pub fn all(&self) -> Vec<Shown> {
        let live = self.live.iter().map(|(&id, call)| shown(id, call));
        let mut all: Vec<Shown> = self.ended.iter().cloned().chain(live).collect();
        all.sort_by_key(|call| call.id);
        all
    }

    pub fn one(&self, id: u64) -> Option<Shown> {
        self.all().into_iter().find(|call| call.id == id)
    }

    /// What the next version needs. Whoever is still being called is called off.
    pub fn save(&mut self) -> Saved {
        let calling: Vec<u64> = self
            .live
            .iter()
            .filter(|(_, call)| !matches!(call.state, State::Talking(..)))
            .map(|(&id, _)| id)
            .collect();
        for id in calling {
            self.finish(id, "interrupted by a new version");
        }
        let talking = self.live.iter().filter_map(|(&id, call)| match &call.state {
            State::Talking([one, other], _, room) => Some(Talk {
                id,
                from: call.from.clone(),
                to: call.to.clone(),
                legs: [one.1.clone(), other.1.clone()],
                room: room.clone(),
            }),
            State::CallingFrom(_) | State::CallingTo(..) => None,
        });
        Saved {
            last: self.last,
            talking: talking.collect(),
            ended: self.ended.clone(),
        }
    }

    pub fn load(&mut self, saved: Saved) {
        self.last = saved.last;
        self.ended = saved.ended;
        self.left = saved.talking;
    }

    /// Takes over the calls of the version before.
    pub fn resume(&mut self) {
        for talk in std::mem::take(&mut self.left) {
            let [one, other] = &talk.legs;
            let taken = (
                self.telephones.take(one),
                self.telephones.take(other),
                self.telephones.take_room(&talk.room),
            );
            match taken {
                (Ok(first), Ok(second), Ok(room)) => {
                    let [one, other] = talk.legs;
                    let call = Call {
                        from: talk.from,
                        to: talk.to,
                        state: State::Talking([Leg(first, one), Leg(second, other)], room, talk.room),
                    };
                    self.live.insert(talk.id, call);
                }
                (first, second, _) => {
                    for leg in [first, second].into_iter().flatten() {
                        self.telephones.hang_up(&leg);
                    }
                    self.ended(talk.id, talk.from, talk.to, "hung up".to_owned());
                }
            }
        }
    }
}

fn shown<T: Telephones>(id: u64, call: &Call<T>) -> Shown {
    let state = match call.state {
        State::CallingFrom(_) => "calling-from",
        State::CallingTo(..) => "calling-to",
        State::Talking(..) => "talking",
    };
    Shown {
        id,
        from: call.from.clone(),
        to: call.to.clone(),
        state: state.to_owned(),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Telephones of which every look answers what the test said last.
    #[derive(Clone, Default)]
    struct Toys(Rc<RefCell<(String, Vec<String>)>>);

    impl Toys {
        fn say(&self, what: &str) {
            self.0.borrow_mut().0 = what.to_owned();
        }

        fn did(&self, what: String) {
            self.0.borrow_mut().1.push(what);
        }

        fn done(&self) -> Vec<String> {
            std::mem::take(&mut self.0.borrow_mut().1)
        }
    }

    impl Telephones for Toys {
        type Calling = String;
        type Leg = String;
        type Room = ();

        fn call_agent(&self, number: &str, shown: &str) -> Result<String, Error> {
            self.did(format!("call {number} as {shown}"));
            Ok(number.to_owned())
        }

        fn call_customer(&self, number: &str, shown: &str) -> Result<String, Error> {
            self.call_agent(number, shown)
        }

        fn look(&self, calling: &String) -> Looked<String> {
            match self.0.borrow().0.as_str() {
                "" => Looked::Ringing,
                "answers" => Looked::Answered(calling.clone(), format!("leg-{calling}")),
                status => Looked::Failed(status.to_owned()),
            }
        }

        fn join(&self, one: &String, other: &String) -> Result<((), String), Error> {
            self.did(format!("join {one} {other}"));
            Ok(((), "room".to_owned()))
        }

        fn hang_up(&self, leg: &String) {
            self.did(format!("hang up {leg}"));
        }

        fn close(&self, (): &()) {}

        fn take(&self, leg: &str) -> Result<String, Error> {
            match self.0.borrow().0.as_str() {
                "gone" if leg == "leg-2" => Err(Error::NotFound),
                _ => Ok(leg.trim_start_matches("leg-").to_owned()),
            }
        }

        fn take_room(&self, _: &str) -> Result<(), Error> {
            Ok(())
        }

        fn report(&self, id: u64, _: &str, _: &str, reason: &str) {
            self.did(format!("{id} {reason}"));
        }
    }

    fn talking() -> (Toys, Calls<Toys>) {
        let toys = Toys::default();
        let mut calls = Calls::new(toys.clone());
        calls.begin("1", "2").unwrap();
        calls.look();
        assert_eq!(calls.one(1).unwrap().state, "calling-from");
        toys.say("answers");
        calls.look();
        assert_eq!(calls.one(1).unwrap().state, "calling-to");
        calls.look();
        assert_eq!(calls.one(1).unwrap().state, "talking");
        assert_eq!(toys.done(), ["call 1 as 2", "call 2 as 1", "join 1 2"]);
        (toys, calls)
    }

    #[test]
    fn both_are_called_and_connected_and_the_one_who_stays_is_hung_up() {
        let (toys, mut calls) = talking();
        calls.left("leg-2");
        assert_eq!(toys.done(), ["hang up 1", "hang up 2", "1 hung up"]);
        assert_eq!(calls.one(1).unwrap().reason.as_deref(), Some("hung up"));
        assert!(!calls.end(1) && !calls.is_calling());
    }

    #[test]
    fn whoever_does_not_answer_ends_it() {
        let toys = Toys::default();
        let mut calls = Calls::new(toys.clone());
        calls.begin("1", "2").unwrap();
        toys.say("answers");
        calls.look();
        toys.say("busy");
        calls.look();
        assert_eq!(toys.done()[2..], ["hang up 1", "1 to: busy"]);
        calls.begin("1", "2").unwrap();
        calls.look();
        assert_eq!(calls.one(2).unwrap().reason.as_deref(), Some("from: busy"));
        assert_eq!(calls.begin("1&2", "3").unwrap_err().0, 400);
        assert_eq!(calls.begin("", "3").unwrap_err().0, 400);
    }

    #[test]
    fn the_next_version_takes_over_whoever_talks() {
        let (toys, mut calls) = talking();
        toys.say("");
        calls.begin("3", "4").unwrap();
        let saved = serde_json::to_string(&calls.save()).unwrap();
        let mut next = Calls::new(toys.clone());
        next.load(serde_json::from_str(&saved).unwrap());
        next.resume();
        let states: Vec<String> = next.all().into_iter().map(|call| call.state).collect();
        assert_eq!(states, ["talking", "ended"]);
        assert_eq!(next.begin("5", "6").unwrap().id, 3);
        let mut late = Calls::new(toys.clone());
        late.load(serde_json::from_str(&saved).unwrap());
        toys.say("gone");
        toys.done();
        late.resume();
        assert_eq!(toys.done(), ["hang up 1", "1 hung up"]);
    }
}
