//! What does an AGI server want of this call? `Wasm(agi-bridge/flow,agi://host:port/script,args…)` asks it, command by command.

mod address;
mod command;
mod environment;
mod expression;
mod session;
mod words;

use address::Address;
use session::Session;
use std::time::Duration;
use ucx::net;
use ucx::prelude::*;

/// How long the server may take to accept the connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// The variable that says how it went: `SUCCESS`, `FAILURE`, `HANGUP`.
const STATUS: &str = "AGISTATUS";

ucx::call_flow!(lead);

fn lead(call: &Channel, args: &Args) -> Led {
    let url = args.at(1);
    let address = Address::parse(url)?;
    let further: Vec<&str> = (2..)
        .map(|n| args.at(n))
        .take_while(|text| !text.is_empty())
        .collect();
    let connection = match net::connect(&address.host, address.port, CONNECT_PATIENCE) {
        Ok(connection) => connection,
        Err(why) => {
            note(call, "FAILURE");
            return fail(why.to_string());
        }
    };
    let version = config("version")?.unwrap_or_else(|| environment::VERSION.to_owned());
    let told = environment::block(&call.info(), url, &address.script, &further, &version);
    let mut session = Session::new(call, connection)?;
    session.run(&told)?;
    note(call, if session.is_dead() { "HANGUP" } else { "SUCCESS" });
    session.outcome()
}

/// Says how it went, if the operator lets it.
fn note(call: &Channel, status: &str) {
    if let Err(why) = call.set_variable(STATUS, status) {
        log::debug(&format!("{STATUS} is not set: {}", Failure::from(why)));
    }
}

#[cfg(test)]
mod tests;
