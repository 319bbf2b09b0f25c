//! Does this call look like fraud? The operator's tables say what may be dialled; records of past calls say how much it was.

mod ledger;
mod rules;
mod watch;

use ledger::Asked;
use rules::{Block, Destination, Settings};
use ucx::prelude::*;
use watch::Watch;

/// ITU-T Q.850: call rejected.
const CALL_REJECTED: u16 = 21;
/// The bucket the records are kept in.
const BUCKET: &str = "default";
/// The variable that names a caller's account.
const ACCOUNT: &str = "CHANNEL(accountcode)";
/// What the host says of itself: when it began.
const HOST_BEGAN: &str = "host-started";

ucx::router!(route);
ucx::subscriber!(Watch);

fn route(request: &RouteRequest) -> Answer {
    let settings = Settings::read()?;
    let number = settings.number(&request.dialled);
    let place = rules::destination(&number, request.at, &settings)?;
    if place.is_always {
        return pass("this number may always be dialled");
    }
    let block = match &place.block {
        Some(block) => Some(block.clone()),
        None => broken(request, &place, &settings)?,
    };
    let Some(block) = block else {
        return pass("nothing speaks against it");
    };
    told(request, &block, settings.is_dry);
    if settings.is_dry {
        return pass(format!("dry run, would be refused: {}", block.words));
    }
    reject(CALL_REJECTED, block.words)
}

/// The limit this call would break: the caller's, the account's, or that of all calls to the prefix.
fn broken(
    request: &RouteRequest,
    place: &Destination,
    settings: &Settings,
) -> Result<Option<Block>, Failure> {
    let account = request.text(ACCOUNT).unwrap_or("");
    let mut subjects = Vec::new();
    for (kind, name) in [("caller", request.caller.number.as_str()), ("account", account)] {
        if !name.is_empty() {
            let whose = format!("this {kind}");
            subjects.push((watch::key(kind, name), rules::limits(kind, name)?, whose));
        }
    }
    if let Some(prefix) = &place.prefix {
        let whose = format!("calls to {prefix}");
        subjects.push((watch::key("prefix", prefix), place.limits, whose));
    }
    subjects.retain(|(_, limits, _)| *limits != rules::Limits::default());
    if subjects.is_empty() {
        return Ok(None);
    }
    let store = Store::open(BUCKET)?;
    if !watch::has_heard_of(&store, &request.call)? {
        // Others that began with it may be unheard of as well: they all count only from then on.
        ucx::count("fraud_unheard", 1, &[]);
    }
    let host_began = request.int(HOST_BEGAN).unwrap_or(0);
    let asked = Asked {
        call: ledger::number_of(&request.call),
        at: request.at,
        longest: settings.longest_call,
        host_began: u64::try_from(host_began).unwrap_or(0),
    };
    for (key, limits, whose) in subjects {
        let counts = watch::read(&store, &key)?.counts(&asked);
        if let Some(block) = limits.broken(counts, &whose) {
            return Ok(Some(block));
        }
    }
    Ok(None)
}

/// One line and one count for each block; neither names the caller.
fn told(request: &RouteRequest, block: &Block, is_dry: bool) {
    let done = if is_dry { "would be refused" } else { "refused" };
    log::warn(&format!(
        "call {} {done} by {}: {}",
        request.call, block.rule, block.words
    ));
    let mode = if is_dry { "dry" } else { "live" };
    ucx::count(
        "fraud_blocked",
        1,
        &[attr("rule", block.rule), attr("mode", mode)],
    );
}

#[cfg(test)]
mod tests;
