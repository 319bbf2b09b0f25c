//! PJSIPShowAors: all addresses of record.

use super::objects::{CLASSES, aor};
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowAors",
    synopsis: "List the addresses of record.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    if pjsip.aors.is_empty() {
        return Err("No AORs found".into());
    }
    let contacts = call.desk.contacts().await?;
    let message = "A listing of AORs follows, presented as AorList events";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for one in pjsip.aors.values() {
        list.item("AorList", |text| aor(text, one, "Contacts", &contacts));
    }
    Ok(list.complete("AorListComplete"))
}
