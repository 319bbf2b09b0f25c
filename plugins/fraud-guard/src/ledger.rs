//! What has one caller, account or prefix done lately? A record of calls, small enough to be stored as one value.

/// Length of a minute and of an hour in milliseconds.
pub const MINUTE: u64 = 60_000;
/// See [`MINUTE`].
pub const HOUR: u64 = 60 * MINUTE;
/// A day in milliseconds; days are those of UTC.
const DAY: u64 = 24 * HOUR;
/// Calls a record keeps. Of more, the oldest ones are forgotten, so no limit can be higher.
pub const CALLS_MAX: usize = 1_000;
/// The bytes of one call in a stored record.
const CALL_BYTES: usize = 25;
/// The bytes before the calls: the format's number, the day, what was spent on it.
const HEAD_BYTES: usize = 17;
/// The format's number.
const FORMAT: u8 = 1;

/// The calls of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The day `spent_ms` is about, counted from 1970.
    day: u64,
    /// Talking time of the calls that ended on that day, in milliseconds.
    spent_ms: u64,
    /// In the order in which they began.
    calls: Vec<Call>,
}

/// A call that is going on, or began within the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    id: u64,
    began: u64,
    /// When it was answered; 0 if it was not.
    answered: u64,
    is_over: bool,
}

/// What counts against limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls begun within the last minute.
    pub minute: u32,
    /// Calls begun within the last hour.
    pub hour: u32,
    /// Calls going on.
    pub at_once: u32,
    /// Talking time of the day, that of calls going on included, in milliseconds.
    pub spent_ms: u64,
}

/// The number a call is kept under (FNV-1a of its id).
pub fn number_of(call: &str) -> u64 {
    call.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What the counts are wanted for: a call that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The number of the call.
    pub call: u64,
    /// When it is asked about.
    pub at: u64,
    /// After how long a call whose end was not heard of counts as over, in milliseconds.
    pub longest: u64,
    /// When the host began; 0 if that is not known. What went on before is over, whether or not its end was heard of.
    pub host_began: u64,
}

impl Call {
    fn goes_on(&self, asked: &Asked) -> bool {
        !self.is_over && self.began + asked.longest > asked.at && self.began >= asked.host_began
    }
}

impl Ledger {
    /// A call began; hearing of it again changes nothing. Calls that began more than `longest` ago count as over.
    pub fn begin(&mut self, id: u64, at: u64, longest: u64) {
        self.forget(at, longest);
        if self.calls.iter().any(|call| call.id == id) {
            return;
        }
        if self.calls.len() >= CALLS_MAX {
            self.calls.remove(0);
        }
        self.calls.push(Call {
            id,
            began: at,
            answered: 0,
            is_over: false,
        });
    }

    /// A call was answered; the first answer counts.
    pub fn answer(&mut self, id: u64, at: u64) {
        let call = self.calls.iter_mut().find(|call| call.id == id);
        if let Some(call) = call.filter(|call| call.answered == 0 && !call.is_over) {
            call.answered = at;
        }
    }

    /// A call is over, after that much talking in milliseconds; hearing of it again changes nothing.
    pub fn end(&mut self, id: u64, at: u64, talked: u64) {
        let call = self.calls.iter_mut().find(|call| call.id == id);
        let Some(call) = call.filter(|call| !call.is_over) else {
            return;
        };
        call.is_over = true;
        if self.day != at / DAY {
            self.day = at / DAY;
            self.spent_ms = 0;
        }
        self.spent_ms = self.spent_ms.saturating_add(talked);
    }

    /// What counts against a call. Calls that begin together stand in one order, and each is judged by those before it: so of
    /// any number of them just as many come through as the limit has room for, whenever each of them is asked about. Of one
    /// that is asked about more than a minute after its beginning, all calls that began lately count.
    pub fn counts(&self, asked: &Asked) -> Counts {
        let Asked { call, at, .. } = *asked;
        let counts_at_all = |own: &Call| own.began + HOUR > at || own.goes_on(asked);
        let place = self
            .calls
            .iter()
            .position(|own| own.id == call && counts_at_all(own));
        let is_new = place.is_some_and(|place| self.calls[place].began + MINUTE > at);
        let mut counts = Counts::default();
        if self.day == at / DAY {
            counts.spent_ms = self.spent_ms;
        }
        for (n, other) in self.calls.iter().enumerate() {
            if other.id == call {
                continue;
            }
            let is_before = place.is_none_or(|place| n < place);
            if is_before || !is_new {
                counts.minute += u32::from(other.began + MINUTE > at);
                counts.hour += u32::from(other.began + HOUR > at);
            }
            if other.goes_on(asked) {
                counts.at_once += u32::from(is_before);
                if other.answered > 0 {
                    counts.spent_ms += at.saturating_sub(other.answered);
                }
            }
        }
        counts
    }

    /// How long it counts for anything, if nothing more is heard, in milliseconds.
    pub fn lasts(&self, at: u64, longest: u64) -> u64 {
        let of_call = |call: &Call| {
            let live = if call.is_over { 0 } else { longest };
            call.began + HOUR.max(live)
        };
        let of_day = (self.spent_ms > 0).then(|| (self.day + 1) * DAY);
        let last = self.calls.iter().map(of_call).chain(of_day).max();
        last.map_or(0, |last| last.saturating_sub(at)).max(1)
    }

    /// Drops what counts against nothing any longer.
    fn forget(&mut self, at: u64, longest: u64) {
        self.calls.retain(|call| {
            let is_recent = call.began + HOUR > at;
            let goes_on = !call.is_over && call.began + longest > at;
            is_recent || goes_on
        });
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.calls.len() * CALL_BYTES);
        bytes.push(FORMAT);
        bytes.extend(self.day.to_le_bytes());
        bytes.extend(self.spent_ms.to_le_bytes());
        for call in &self.calls {
            for number in [call.id, call.began, call.answered] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.push(call.is_over.into());
        }
        bytes
    }

    /// What was stored; none if it is of another format.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let calls = bytes.get(HEAD_BYTES..)?;
        if bytes[0] != FORMAT || calls.len() % CALL_BYTES != 0 {
            return None;
        }
        let call = |n: usize| {
            let at = HEAD_BYTES + n * CALL_BYTES;
            Some(Call {
                id: number(at)?,
                began: number(at + 8)?,
                answered: number(at + 16)?,
                is_over: bytes[at + 24] != 0,
            })
        };
        Some(Self {
            day: number(1)?,
            spent_ms: number(9)?,
            calls: (0..calls.len() / CALL_BYTES).map(call).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, begin, answer, end with the talking time.
    type Past = (u64, u64, Option<u64>, Option<(u64, u64)>);

    /// Remembers everything and counts it anew each time.
    #[derive(Default)]
    struct Naive {
        calls: Vec<Past>,
    }

    impl Naive {
        fn counts(&self, asked: &Asked) -> Counts {
            let Asked { at, .. } = *asked;
            let is_live =
                |call: &Past| call.3.is_none() && at - call.1 < asked.longest && call.1 >= asked.host_began;
            let others = || self.calls.iter().filter(|call| call.0 != asked.call);
            // Ids are given in the order of the beginnings.
            let known = self.calls.iter().find(|call| call.0 == asked.call);
            let known = known.filter(|own| is_live(own) || at - own.1 < HOUR);
            let before = |call: &Past| known.is_none_or(|own| call.0 < own.0);
            let is_new = known.is_some_and(|own| at - own.1 < MINUTE);
            let since = |length: u64| {
                let counted = others().filter(|call| before(call) || !is_new);
                counted.filter(|call| at - call.1 < length).count() as u32
            };
            let live = || others().filter(|call| is_live(call));
            let done: u64 = self
                .calls
                .iter()
                .filter_map(|call| call.3)
                .filter(|(ended, _)| ended / DAY == at / DAY)
                .map(|(_, talked)| talked)
                .sum();
            Counts {
                minute: since(MINUTE),
                hour: since(HOUR),
                at_once: live().filter(|call| before(call)).count() as u32,
                spent_ms: done
                    + live()
                        .filter_map(|call| call.2)
                        .map(|answered| at - answered)
                        .sum::<u64>(),
            }
        }
    }

    /// A sequence of numbers from a seed (SplitMix64).
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) % limit
        }
    }

    #[test]
    fn the_record_counts_what_one_counts_who_remembers_everything() {
        for seed in 0..300 {
            let mut chance = Chance(seed);
            let longest = [HOUR / 2, 4 * HOUR][chance.below(2) as usize];
            let (mut ledger, mut naive) = (Ledger::default(), Naive::default());
            let mut at = 1_760_000_000_000;
            for step in 0..250 {
                at += [0, 900, 20_000, 400_000, 3_000_000][chance.below(5) as usize];
                let known = naive.calls.len() as u64;
                match chance.below(4) {
                    0 | 1 => {
                        // Sometimes one that is known already.
                        let id = if chance.below(8) == 0 && known > 0 {
                            // Recent enough that it was not forgotten, as a batch that comes again is.
                            naive.calls[known as usize - 1].0
                        } else {
                            known + 1
                        };
                        let is_new = id == known + 1;
                        if !is_new && at - naive.calls[known as usize - 1].1 >= HOUR.min(longest) {
                            continue;
                        }
                        ledger.begin(id, at, longest);
                        if is_new {
                            naive.calls.push((id, at, None, None));
                        }
                    }
                    what => {
                        let live: Vec<usize> = (0..known as usize)
                            .filter(|&n| naive.calls[n].3.is_none() && at - naive.calls[n].1 < longest)
                            .collect();
                        let Some(&n) = live.get(chance.below(live.len().max(1) as u64) as usize) else {
                            continue;
                        };
                        let call = &mut naive.calls[n];
                        if what == 2 {
                            ledger.answer(call.0, at);
                            call.2.get_or_insert(at);
                        } else {
                            let talked = call.2.map_or(0, |answered| at - answered);
                            ledger.end(call.0, at, talked);
                            ledger.end(call.0, at, talked);
                            call.3 = Some((at, talked));
                        }
                    }
                }
                let asked = Asked {
                    call: chance.below(known + 2),
                    at,
                    longest,
                    host_began: [0, at - chance.below(HOUR)][chance.below(2) as usize],
                };
                assert_eq!(
                    ledger.counts(&asked),
                    naive.counts(&asked),
                    "seed {seed} step {step}"
                );
                let later = Asked {
                    call: 0,
                    at: at + ledger.lasts(at, longest),
                    longest,
                    host_began: 0,
                };
                assert_eq!(
                    ledger.counts(&later),
                    Counts::default(),
                    "seed {seed} step {step}"
                );
                assert_eq!(Ledger::from_bytes(&ledger.to_bytes()).as_ref(), Some(&ledger));
            }
        }
    }

    #[test]
    fn of_calls_that_begin_together_as_many_come_through_as_there_is_room_for() {
        for seed in 0..100 {
            let mut chance = Chance(seed);
            let (limit, mut ledger) = (1 + chance.below(5) as u32, Ledger::default());
            let (mut live, mut at) = (Vec::new(), 1_760_000_000_000);
            for burst in 0..20 {
                let ids: Vec<u64> = (0..chance.below(9)).map(|n| burst * 100 + n + 1).collect();
                ids.iter().for_each(|id| ledger.begin(*id, at, 4 * HOUR));
                // They are asked about in any order, some a good while later.
                let mut ids = ids;
                while !ids.is_empty() {
                    let call = ids.swap_remove(chance.below(ids.len() as u64) as usize);
                    at += [0, 5, 90_000][chance.below(3) as usize];
                    let asked = Asked {
                        call,
                        at,
                        longest: 4 * HOUR,
                        host_began: 0,
                    };
                    if ledger.counts(&asked).at_once < limit {
                        live.push(call);
                    } else {
                        ledger.end(call, at, 0);
                    }
                    assert!(live.len() <= limit as usize, "seed {seed}: {live:?}");
                }
                if live.len() as u32 == limit || chance.below(2) == 0 {
                    live.drain(..).for_each(|call| ledger.end(call, at, 0));
                }
                at += 1;
            }
        }
    }

    #[test]
    fn what_a_host_that_ended_left_behind_is_over() {
        let mut ledger = Ledger::default();
        for id in 0..3 {
            ledger.begin(id, 1_000_000 + id, HOUR);
            ledger.answer(id, 1_000_100);
        }
        let asked = |host_began| Asked {
            call: 9,
            at: 1_200_000,
            longest: HOUR,
            host_began,
        };
        let counts = ledger.counts(&asked(0));
        assert_eq!((counts.at_once, counts.hour, counts.spent_ms), (3, 3, 599_700));
        let counts = ledger.counts(&asked(1_000_002));
        assert_eq!((counts.at_once, counts.hour, counts.spent_ms), (1, 3, 199_900));
    }

    #[test]
    fn a_record_is_bounded_and_forgets_the_oldest() {
        let mut ledger = Ledger::default();
        for id in 0..CALLS_MAX as u64 + 50 {
            ledger.begin(id, 1_000_000, HOUR);
        }
        assert_eq!(ledger.calls.len(), CALLS_MAX);
        assert_eq!(ledger.calls[0].id, 50);
        ledger.begin(9_999, 1_000_000 + 2 * HOUR, HOUR);
        assert_eq!(ledger.calls.len(), 1);
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for bytes in [&b""[..], b"\x01short", &[2; HEAD_BYTES], &[1; HEAD_BYTES + 7]] {
            assert_eq!(Ledger::from_bytes(bytes), None);
        }
        assert!(Ledger::from_bytes(&Ledger::default().to_bytes()).is_some());
    }
}
