//! Where plugins meet calls: the dialplan application `Wasm`, the legs that call flows steer, and the event stream as
//! subscribers see it.

mod chain;
mod deck;
mod enter;
mod feed;
mod flow;
mod legs;
mod question;
mod seat;
mod sounds;
mod steps;
mod story;
mod wasm;

pub use chain::{Chains, Routers};
pub(crate) use deck::{Connected, Deck, DialEnd, DialOrder, PlayOrder, Played, RecordOrder, Recorded, ended};
pub use feed::{feed, follow_steps};
pub(crate) use flow::{RIGHTS as PLUGIN_RIGHTS, may_continue, place_of};
pub(crate) use legs::{caller, codecs, dial_string, group, may_dial};
pub(crate) use question::{PEER_ADDRESS, party, text_attr};
pub(crate) use sounds::{Part, inside, parts, spoken_in};
#[cfg(test)]
pub(crate) use steps::Steps;
pub use steps::is_of_steps;
pub(crate) use story::int_attr;
pub use wasm::Wasm;

use ucx_call::Refusal;

use crate::bindings::ucx::types::common::Error;

/// What a refusal about a leg the guest holds is called towards it.
pub(crate) fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Interrupted(_) | Refusal::NotInControl | Refusal::NoSuchChannel | Refusal::Shutdown => {
            Error::Gone
        }
        Refusal::NoSuchBridge | Refusal::NoSuchDial | Refusal::NoSuchExtension => Error::NotFound,
        Refusal::Invalid(why) => Error::Invalid(why.to_string()),
        Refusal::Conflict(why) => Error::Conflict(why.to_owned()),
        Refusal::Full(what) => Error::Unavailable(format!("too many {what}")),
        Refusal::Denied(right) => Error::Denied(format!("the host does not let plugins {right:?}")),
    }
}
