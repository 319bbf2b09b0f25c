//! Commands about SIP endpoints.

use super::Context;
use std::fmt::Write;

pub fn endpoints(context: &Context) -> String {
    let directory = context.directory.0.borrow();
    let mut text = format!(
        "{:<24} {:<16} {:<24} Contacts\n",
        "Endpoint", "Context", "Caller ID"
    );
    let mut count = 0;
    for endpoint in directory.endpoints() {
        count += 1;
        let contacts: Vec<String> = endpoint
            .aors
            .iter()
            .flat_map(|aor| directory.contacts(aor).map(|contact| contact.uri.to_string()))
            .collect();
        let caller = format!("{} <{}>", endpoint.caller.name(), endpoint.caller.number());
        let _ = writeln!(
            text,
            "{:<24} {:<16} {caller:<24} {}",
            endpoint.name,
            endpoint.context,
            if contacts.is_empty() {
                "(none)".to_owned()
            } else {
                contacts.join(" ")
            }
        );
    }
    let _ = writeln!(text, "{count} endpoints");
    text
}

pub fn contacts(context: &Context) -> String {
    let directory = context.directory.0.borrow();
    let mut text = format!("{:<24} Contact\n", "Aor");
    let mut count = 0;
    for endpoint in directory.endpoints() {
        for aor in &endpoint.aors {
            for contact in directory.contacts(aor) {
                count += 1;
                let kind = if contact.flow.is_some() {
                    "registered"
                } else {
                    "configured"
                };
                let _ = writeln!(text, "{aor:<24} {} ({kind})", contact.uri);
            }
        }
    }
    let _ = writeln!(text, "{count} contacts");
    text
}
