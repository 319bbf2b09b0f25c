//! PJSIPShowRegistrationInboundContactStatuses: how registered contacts can be reached.

use super::objects::{CLASSES, contact_status};
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowRegistrationInboundContactStatuses",
    synopsis: "List how registered contacts can be reached.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    let contacts = call.desk.contacts().await?;
    let message = "Following are ContactStatusEvents for each Inbound registration";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for contact in contacts.iter().filter(|contact| contact.expires_at.is_some()) {
        let aor = pjsip.aors.get(&*contact.aor);
        list.item("ContactStatusDetail", |text| {
            contact_status(text, contact, aor, call.context.epoch);
        });
    }
    Ok(list.complete("ContactStatusDetailComplete"))
}
