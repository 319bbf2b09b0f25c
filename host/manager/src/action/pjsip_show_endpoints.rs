//! PJSIPShowEndpoints: all endpoints.

use super::objects::{CLASSES, contact_list, contacts_of, device_words, names};
use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowEndpoints",
    synopsis: "List the endpoints.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let pjsip = call.desk.pjsip().await?;
    if pjsip.endpoints.is_empty() {
        return Err("No endpoints found".into());
    }
    let contacts = call.desk.contacts().await?;
    let channels = call.desk.channels().await?;
    let message = "A listing of Endpoints follows, presented as EndpointList events";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for (name, endpoint) in &pjsip.endpoints {
        let state = call.desk.device_state(&format!("PJSIP/{name}")).await?;
        list.item("EndpointList", |text| {
            text.line("ObjectType", "endpoint");
            text.line("ObjectName", name);
            text.line("Transport", endpoint.settings.text("transport"));
            text.line("Aor", &names(&endpoint.aors));
            text.line("Auths", endpoint.settings.text("auth"));
            text.line("OutboundAuths", endpoint.settings.text("outbound_auth"));
            if !endpoint.aors.is_empty() {
                let own = endpoint.aors.iter().flat_map(|aor| contacts_of(&contacts, aor));
                text.line("Contacts", &contact_list(own, true));
            }
            text.line("DeviceState", device_words(state));
            text.number("", "ActiveChannels", super::objects::channels_of(&channels, name));
        });
    }
    Ok(list.complete("EndpointListComplete"))
}
