//! PJSIPShowSubscriptionsInbound: who watches something here; nobody can.

use super::objects::CLASSES;
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowSubscriptionsInbound",
    synopsis: "List who watches something here.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

#[allow(clippy::unused_async)] // all actions have one shape
async fn run(call: Call<'_>) -> Outcome {
    let message = "Following are Events for each inbound Subscription";
    let list = List::begin(call.request, IdAt::Front, message);
    Ok(list.complete("InboundSubscriptionDetailComplete"))
}
