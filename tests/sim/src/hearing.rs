//! Who should hear whom: worked out from the event stream, and compared with the tones the phones recognise.

use crate::ledger::{Ledger, Life};
use crate::people::{GRACE, People, STORMY_GRACE, Side, TONES_HZ, phone_of, user};
use std::time::Duration;
use ucx_call::{ChannelState, Technology};

/// How long a path has to stand before its sound is looked for; recognition and the network need some of it.
const SETTLED: Duration = Duration::from_millis(1_500);

/// Local pairs that a path is followed through.
const PAIRS_MAX: usize = 8;

/// What a phone's channel is connected to.
struct Path {
    /// The phone whose tone comes out of it.
    from: usize,
    changed_at: Duration,
    is_held: bool,
}

/// Checks every call that has stood for a while. Answers how many were heard.
pub(crate) fn check(now: Duration, ledger: &Ledger, people: &People) -> Result<u64, String> {
    let mut heard = 0;
    for life in ledger.channels.values() {
        let Some(hearer) = phone(life) else { continue };
        let Some(path) = path(ledger, life) else { continue };
        let is_calm = |phone: usize| {
            let person = &people.persons[phone];
            person.disturbed_until < now && person.ended.back().is_none_or(|at| *at + GRACE / 2 < now)
        };
        let is_settled = path.changed_at + SETTLED < now && !path.is_held;
        if !is_settled || !is_calm(hearer) || !is_calm(path.from) {
            continue;
        }
        let (listener, hz) = (&people.persons[hearer].phone, TONES_HZ[path.from]);
        if !listener.calls().any(|call| listener.tones(call).contains(&hz)) {
            let (by, of) = (user(hearer), user(path.from));
            return Err(format!(
                "{by} does not hear {of} ({hz} Hz) on {}",
                life.channel.name
            ));
        }
        heard += 1;
    }
    Ok(heard)
}

fn phone(life: &Life) -> Option<usize> {
    let channel = &life.channel;
    (channel.technology == Technology::Pjsip && channel.state == ChannelState::Up)
        .then(|| phone_of(&channel.endpoint))
        .flatten()
}

/// Follows the bridges from a channel to the phone at the far end.
fn path(ledger: &Ledger, start: &Life) -> Option<Path> {
    let (mut life, mut changed_at, mut is_held) = (start, start.changed_at, start.channel.is_held);
    if start.channel.bridge.is_none() {
        let is_echo = start
            .channel
            .step
            .as_ref()
            .is_some_and(|step| &*step.application == "Echo");
        return is_echo.then(|| phone(start)).flatten().map(|from| Path {
            from,
            changed_at,
            is_held,
        });
    }
    for _ in 0..PAIRS_MAX {
        let meeting = ledger.bridges.get(&life.channel.bridge?)?;
        if !meeting.is_basic {
            return None;
        }
        changed_at = changed_at.max(meeting.changed_at);
        let other = meeting
            .members
            .iter()
            .find(|member| **member != life.channel.id)?;
        let other = ledger.channels.get(other)?;
        is_held |= other.channel.is_held;
        changed_at = changed_at.max(other.changed_at);
        if other.channel.technology == Technology::Pjsip {
            return phone(other).map(|from| Path {
                from,
                changed_at,
                is_held,
            });
        }
        life = ledger.by_name(&other_half(&other.channel.name)?)?;
        changed_at = changed_at.max(life.changed_at);
    }
    None
}

/// `Local/1@main-00000003;1` and its `;2`.
fn other_half(name: &str) -> Option<String> {
    let (pair, half) = name.split_at_checked(name.len().checked_sub(1)?)?;
    match half {
        "1" => Some(format!("{pair}2")),
        "2" => Some(format!("{pair}1")),
        _ => None,
    }
}

/// Whether each phone knows of the calls that its host takes for answered: at once where no message is lost; else those it
/// made itself, as a called phone may be waiting for an ACK that is lost.
pub(crate) fn check_answers(
    now: Duration,
    ledger: &Ledger,
    people: &People,
    is_quiet: bool,
) -> Result<(), String> {
    let grace = if is_quiet { GRACE } else { STORMY_GRACE };
    for (phone, person) in people.persons.iter().enumerate() {
        let name = user(phone);
        let is_old = |at: Duration| at + grace < now;
        let believed = ledger.channels.values().filter(|life| {
            let channel = &life.channel;
            let is_meant = is_quiet || channel.dialled.is_some();
            *channel.endpoint == *name
                && is_meant
                && phone_channel(life)
                && !life.is_over
                && channel.answered_at.is_some_and(is_old)
        });
        let known = person
            .confirmed
            .values()
            .filter(|side| is_quiet || **side == Side::Caller);
        let (believed, known) = (believed.count(), known.count());
        let lately = person.ended.iter().filter(|at| !is_old(**at)).count();
        if believed > known + lately {
            return Err(format!(
                "{believed} calls of {name} count as answered, of which it knows {known}"
            ));
        }
    }
    Ok(())
}

fn phone_channel(life: &Life) -> bool {
    life.channel.technology == Technology::Pjsip
}
