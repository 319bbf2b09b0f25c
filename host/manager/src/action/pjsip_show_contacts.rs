//! PJSIPShowContacts: all registered contacts.

use super::objects::{CLASSES, contact_name, expires_at, round_trip};
use super::{Action, Call, Work};
use crate::event::Text;
use crate::{IdAt, List, Outcome};
use std::time::Duration;
use ucx_config::pjsip::Aor;
use ucx_pbx::ContactView;

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowContacts",
    synopsis: "List the registered contacts.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let contacts = call.desk.contacts().await?;
    let pjsip = call.desk.pjsip().await?;
    let mut registered = contacts
        .iter()
        .filter(|contact| contact.expires_at.is_some())
        .peekable();
    if registered.peek().is_none() {
        return Err("No Contacts found".into());
    }
    let message = "A listing of Contacts follows, presented as ContactList events";
    let mut list = List::begin(call.request, IdAt::Front, message);
    for contact in registered {
        let aor = pjsip.aors.get(&*contact.aor);
        list.item("ContactList", |text| body(text, contact, aor, call.context.epoch));
    }
    Ok(list.complete("ContactListComplete"))
}

fn body(text: &mut Text, contact: &ContactView, aor: Option<&Aor>, epoch: Duration) {
    let option = |name: &str| aor.map_or("", |aor| aor.settings.text(name));
    let (address, port) = contact
        .via_address
        .as_deref()
        .and_then(|address| address.rsplit_once(':'))
        .unwrap_or(("", "0"));
    text.line("ObjectType", "contact");
    text.line("ObjectName", &contact_name(contact));
    text.line("ViaAddr", address);
    let timeout = aor.map_or(0.0, |aor| aor.qualify_timeout.as_secs_f64());
    text.args("QualifyTimeout", format_args!("{timeout:.6}"));
    text.args(
        "Qualify2xxOnly",
        format_args!("{}", crate::request::is_true(option("qualify_2xx_only"))),
    );
    text.line("CallId", contact.call_id.as_deref().unwrap_or(""));
    text.line("RegServer", "");
    text.line("PruneOnBoot", "no");
    text.line("Path", "");
    text.line("Endpoint", &contact.endpoint);
    text.line("ViaPort", port);
    text.line("AuthenticateQualify", option("authenticate_qualify"));
    text.line("Uri", &contact.uri);
    text.number(
        "",
        "QualifyFrequency",
        aor.map_or(0, |aor| aor.qualify_frequency.as_secs()),
    );
    text.line("UserAgent", contact.user_agent.as_deref().unwrap_or(""));
    text.number("", "ExpirationTime", expires_at(contact, epoch));
    text.line("OutboundProxy", option("outbound_proxy"));
    text.line("Status", contact.status);
    text.line("RoundtripUsec", &round_trip(contact));
}
