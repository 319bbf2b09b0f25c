//! PJSIPShowAuths: all credentials.

use super::objects::{AUTH, CLASSES, write};
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowAuths",
    synopsis: "List the credentials.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    if pjsip.auths.is_empty() {
        return Err("No Auths found".into());
    }
    let message = "A listing of Auths follows, presented as AuthList events";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for auth in pjsip.auths.values() {
        list.item("AuthList", |text| {
            write(text, ("auth", &auth.name), AUTH, &auth.settings, |_| None);
        });
    }
    Ok(list.complete("AuthListComplete"))
}
