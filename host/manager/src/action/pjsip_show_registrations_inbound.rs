//! PJSIPShowRegistrationsInbound: all addresses of record and who is registered there.

use super::objects::{CLASSES, aor, contact_list, contacts_of};
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowRegistrationsInbound",
    synopsis: "List who is registered here.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    let contacts = call.desk.contacts().await?;
    let message = "Following are Events for each Inbound registration";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for one in pjsip.aors.values() {
        list.item("InboundRegistrationDetail", |text| {
            aor(text, one, "Contact", &contacts);
            text.line("Contacts", &contact_list(contacts_of(&contacts, &one.name), true));
        });
    }
    Ok(list.complete("InboundRegistrationDetailComplete"))
}
