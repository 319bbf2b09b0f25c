//! PJSIPShowRegistrationsOutbound: our own registrations elsewhere.

use super::objects::{AUTH, REGISTRATION, write};
use super::{Action, Call, Work};
use crate::event::Classes;
use crate::{IdAt, List, Outcome};
use std::collections::BTreeMap;

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowRegistrationsOutbound",
    synopsis: "List our own registrations elsewhere.",
    arguments: &[],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    let views = call.desk.registrations().await?;
    let states: BTreeMap<&str, &str> = views.iter().map(|view| (&*view.name, view.status)).collect();
    let message = "Following are Events for each Outbound registration";
    let mut list = List::begin(call.request, IdAt::Front, message);
    let mut registered = 0u64;
    for registration in pjsip.registrations.values() {
        let state = states.get(&*registration.name).copied().unwrap_or("Unregistered");
        registered += u64::from(state == "Registered");
        let own = |name: &str| {
            // The part every registration has unless it says otherwise is not shown.
            let user = || match registration.contact_user.as_str() {
                "s" => String::new(),
                user => user.to_owned(),
            };
            (name == "ContactUser").then(|| ("ContactUser", user()))
        };
        list.item("OutboundRegistrationDetail", |text| {
            let kind = ("registration", &*registration.name);
            write(text, kind, REGISTRATION, &registration.settings, own);
            text.line("Status", state);
            text.line("NextReg", "0");
        });
        for auth in registration
            .outbound_auth
            .iter()
            .filter_map(|name| pjsip.auths.get(name))
        {
            list.aside("AuthDetail", |text| {
                write(text, ("auth", &auth.name), AUTH, &auth.settings, |_| None);
            });
        }
    }
    let all = pjsip.registrations.len() as u64;
    Ok(
        list.complete_with("OutboundRegistrationDetailComplete", |text, _| {
            text.number("", "Registered", registered);
            text.number("", "NotRegistered", all - registered);
        }),
    )
}
