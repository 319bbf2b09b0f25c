//! The host's telephones.

use std::time::Duration;

use ucx::bindings::flow::ucx::call::{bridges, devices};
use ucx::bindings::types::{Bridge, BridgeSpec, MemberSpec};
use ucx::inbox::{Called, Calling};
use ucx::prelude::*;

use crate::calls::{Looked, Telephones};

/// How long a telephone rings.
const RING: Duration = Duration::from_secs(30);

/// The real thing.
pub struct Office;

impl Telephones for Office {
    type Calling = Calling;
    type Leg = Channel;
    type Room = Bridge;

    fn call_agent(&self, number: &str, shown: &str) -> Result<Calling, Error> {
        inbox::call(endpoint(number).ring(RING), Party::number(shown))
    }

    fn call_customer(&self, number: &str, shown: &str) -> Result<Calling, Error> {
        let leg = match config("trunk") {
            Ok(Some(name)) => trunk(name, number),
            Ok(None) | Err(_) => endpoint(number),
        };
        inbox::call(leg.ring(RING), Party::number(shown))
    }

    fn look(&self, calling: &Calling) -> Looked<Channel> {
        match calling.look() {
            Ok(Called::Ringing) => Looked::Ringing,
            Ok(Called::Answered(channel)) => {
                let id = channel.info().id;
                Looked::Answered(channel, id)
            }
            Ok(Called::Failed(status, _)) => Looked::Failed(status),
            Err(error) => Looked::Failed(Failure::from(error).to_string()),
        }
    }

    fn join(&self, one: &Channel, other: &Channel) -> Result<(Bridge, String), Error> {
        let room = Bridge::create(&BridgeSpec {
            kind: "mixing".to_owned(),
            name: "click-to-call".to_owned(),
            attrs: Vec::new(),
        })?;
        let part = MemberSpec {
            role: "participant".to_owned(),
            absorb_digits: false,
            muted: false,
            attrs: Vec::new(),
        };
        for leg in [one, other] {
            room.add(leg.raw().ok_or(Error::Gone)?, &part)?;
        }
        let id = room.id();
        Ok((room, id))
    }

    fn hang_up(&self, leg: &Channel) {
        // It may have ended by itself, which is as well.
        let _ = leg.hangup(16);
    }

    fn close(&self, room: &Bridge) {
        let _ = room.destroy();
    }

    fn take(&self, leg: &str) -> Result<Channel, Error> {
        inbox::adopt(leg)
    }

    fn take_room(&self, room: &str) -> Result<Bridge, Error> {
        bridges::adopt_bridge(room)
    }

    fn report(&self, id: u64, from: &str, to: &str, reason: &str) {
        let attrs = [
            attr("id", id.to_string()),
            attr("from", from),
            attr("to", to),
            attr("reason", reason),
        ];
        if let Err(error) = devices::publish("click-to-call", &attrs) {
            log::warn(&Failure::from(error).to_string());
        }
    }
}
