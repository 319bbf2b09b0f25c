//! What is going on? Events of calls, kept in the records that the router reads.

use std::time::Duration;

use ucx::prelude::*;

use crate::BUCKET;
use crate::ledger::{Ledger, number_of};
use crate::rules::{Settings, destination};

/// Keeps the records. It holds nothing itself, so that nothing is lost with an instance.
#[derive(Default)]
pub struct Watch;

/// The key of a record: `caller/6001`, `account/acme`, `prefix/+44`.
pub fn key(kind: &str, name: &str) -> String {
    // Longer names are none that a row could have.
    let name: String = name.chars().take(80).collect();
    format!("{kind}/{name}")
}

impl Subscriber for Watch {
    fn on_event(&mut self, event: &Event) -> Result<(), Nack> {
        let Some(call) = &event.call else { return Ok(()) };
        if let Err(why) = keep(call, event) {
            // Another try would meet the same: the operator is told, and the limits see one call less.
            ucx::count("fraud_records_lost", 1, &[]);
            log::error(&format!("call {call} is not counted: {why}"));
        }
        Ok(())
    }

    fn on_gap(&mut self, gap: &Gap) {
        log::warn(&format!(
            "missed events {} to {} ({}): calls in between are not counted",
            gap.first, gap.last, gap.reason
        ));
    }
}

/// The key under which stands whose records a call belongs to.
fn of(call: &str) -> String {
    format!("call/{call}")
}

/// Whether the beginning of a call that goes on was heard of.
pub fn has_heard_of(store: &Store, call: &str) -> Result<bool, Failure> {
    Ok(store.get(&of(call))?.is_some())
}

fn keep(call: &str, event: &Event) -> Result<(), Failure> {
    let settings = Settings::read()?;
    let (store, whose, id) = (Store::open(BUCKET)?, of(call), number_of(call));
    let change = |key: &str, change: &dyn Fn(&mut Ledger)| -> Result<(), Failure> {
        let mut ledger = read(&store, key)?;
        change(&mut ledger);
        // What counts for nothing any longer makes room for others.
        let lasts = Duration::from_millis(ledger.lasts(event.at, settings.longest_call));
        store.set_for(key, &ledger.to_bytes(), lasts)
    };
    match event.kind.as_str() {
        "call.started" => {
            let keys = subjects(event, &settings)?;
            let longest = Duration::from_millis(settings.longest_call);
            store.set_for(&whose, keys.join("\n").as_bytes(), longest)?;
            for key in &keys {
                change(key, &|ledger| ledger.begin(id, event.at, settings.longest_call))?;
            }
        }
        "channel.answered" => {
            for key in of_call(&store, &whose)? {
                change(&key, &|ledger| ledger.answer(id, event.at))?;
            }
        }
        "call.ended" => {
            let talked = event.int("billable").and_then(|time| u64::try_from(time).ok());
            for key in of_call(&store, &whose)? {
                change(&key, &|ledger| ledger.end(id, event.at, talked.unwrap_or(0)))?;
            }
            store.delete(&whose)?;
        }
        _ => {}
    }
    Ok(())
}

/// Whose records a call belongs to.
fn subjects(event: &Event, settings: &Settings) -> Result<Vec<String>, Failure> {
    let mut keys = Vec::new();
    for (kind, attr) in [("caller", "caller"), ("account", "account")] {
        if let Some(name) = event.text(attr).filter(|name| !name.is_empty()) {
            keys.push(key(kind, name));
        }
    }
    let number = settings.number(event.text("dialled").unwrap_or(""));
    if let Some(prefix) = destination(&number, event.at, settings)?.prefix {
        keys.push(key("prefix", &prefix));
    }
    Ok(keys)
}

fn of_call(store: &Store, whose: &str) -> Result<Vec<String>, Failure> {
    let keys = store.get(whose)?.unwrap_or_default();
    let keys = String::from_utf8(keys).map_err(|_| "the stored keys are no text")?;
    Ok(keys.lines().map(str::to_owned).collect())
}

/// A record; an empty one if there is none that can be read.
pub fn read(store: &Store, key: &str) -> Result<Ledger, Failure> {
    let bytes = store.get(key)?;
    Ok(bytes
        .and_then(|bytes| Ledger::from_bytes(&bytes))
        .unwrap_or_default())
}
