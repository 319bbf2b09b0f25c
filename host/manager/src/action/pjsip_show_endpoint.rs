//! PJSIPShowEndpoint: an endpoint and the objects that belong to it.

use super::objects::{
    AUTH, CLASSES, IDENTIFY, TRANSPORT, aor, channels_of, contact_status, contacts_of, device_words,
    endpoint, write,
};
use super::{Action, Call, Work, required};
use crate::event::Text;
use crate::{Failure, IdAt, List, Outcome};
use ucx_config::pjsip::{Endpoint, Pjsip};
use ucx_pbx::ContactView;

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowEndpoint",
    synopsis: "Show an endpoint and the objects that belong to it.",
    arguments: &[required("Endpoint", "The endpoint's name.")],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call
        .request
        .filled("Endpoint")
        .ok_or("PJSIPShowEndpoint requires an endpoint name")?;
    let pjsip = call.desk.pjsip().await?;
    let Some(own) = pjsip.endpoints.get(name) else {
        return Err(Failure::from(format!("Unable to retrieve endpoint {name}")));
    };
    let contacts = call.desk.contacts().await?;
    let channels = channels_of(&call.desk.channels().await?, name);
    let state = call.desk.device_state(&format!("PJSIP/{name}")).await?;
    let message = "Following are Events for each object associated with the Endpoint";
    let mut list = List::begin(call.request, IdAt::Front, message);
    list.item("EndpointDetail", |text| {
        endpoint(text, own);
        text.line("DeviceState", device_words(state));
        text.number("", "ActiveChannels", channels);
    });
    configured(&mut list, own, &pjsip);
    located(&mut list, own, &pjsip, (&contacts, &call));
    Ok(list.complete("EndpointDetailComplete"))
}

/// Transport, credentials and rules.
fn configured(list: &mut List<'_>, own: &Endpoint, pjsip: &Pjsip) {
    let ending = |text: &mut Text| text.line("EndpointName", &own.name);
    if let Some(transport) = pjsip.transports.get(own.settings.text("transport")) {
        list.item("TransportDetail", |text| {
            let operations = |name: &str| {
                let value = transport.settings.text("async_operations");
                (name == "AsycOperations").then(|| ("AsycOperations", value.to_owned()))
            };
            write(
                text,
                ("transport", &transport.name),
                TRANSPORT,
                &transport.settings,
                operations,
            );
            ending(text);
        });
    }
    let auths = ["auth", "outbound_auth"].map(|option| ucx_config::value::list(own.settings.text(option)));
    for auth in auths
        .into_iter()
        .flatten()
        .filter_map(|name| pjsip.auths.get(name))
    {
        list.item("AuthDetail", |text| {
            write(text, ("auth", &auth.name), AUTH, &auth.settings, |_| None);
            ending(text);
        });
    }
    for identify in pjsip
        .identifies
        .values()
        .filter(|identify| identify.endpoint == own.name)
    {
        list.item("IdentifyDetail", |text| {
            write(
                text,
                ("identify", &identify.name),
                IDENTIFY,
                &identify.settings,
                |_| None,
            );
            ending(text);
        });
    }
}

/// Addresses of record and contacts.
fn located(
    list: &mut List<'_>,
    own: &Endpoint,
    pjsip: &Pjsip,
    (contacts, call): (&[ContactView], &Call<'_>),
) {
    let aors = || own.aors.iter().filter_map(|name| pjsip.aors.get(name));
    for one in aors() {
        list.item("AorDetail", |text| {
            aor(text, one, "Contacts", contacts);
            let registered = contacts_of(contacts, &one.name).filter(|contact| contact.expires_at.is_some());
            text.number(
                "",
                "TotalContacts",
                contacts_of(contacts, &one.name).count() as u64,
            );
            text.number("", "ContactsRegistered", registered.count() as u64);
            text.line("EndpointName", &own.name);
        });
    }
    for one in aors() {
        for contact in contacts_of(contacts, &one.name) {
            list.item("ContactStatusDetail", |text| {
                contact_status(text, contact, Some(one), call.context.epoch);
            });
        }
    }
}
