//! What is the server told before it says anything? The call it takes part in, line by line.

use ucx::bindings::types::{ChannelInfo, Presentation};
use ucx::prelude::*;

/// The version that is said unless the operator sets another one.
pub const VERSION: &str = "22.5.0";

/// The block with the empty line that ends it.
pub fn block(call: &ChannelInfo, url: &str, script: &str, further: &[&str], version: &str) -> String {
    let mut text = String::from("agi_network: yes\n");
    let mut line = |name: &str, value: &str| {
        // A line end in a value would begin a line of its own.
        let value = value.replace(['\r', '\n'], " ");
        text.push_str(&format!("agi_{name}: {value}\n"));
    };
    if !script.is_empty() {
        line("network_script", script);
    }
    line("request", url);
    line("channel", &call.name);
    line("language", &call.language);
    line("type", call.name.split('/').next().unwrap_or_default());
    line("uniqueid", &call.id);
    line("version", version);
    line("callerid", known(&call.caller.number));
    line(
        "calleridname",
        known(call.caller.name.as_deref().unwrap_or_default()),
    );
    line("callingpres", presentation(call.caller.presentation));
    line("callingani2", "0");
    line("callington", "0");
    line("callingtns", "0");
    line("dnid", known(call.attrs.text("dnid").unwrap_or_default()));
    line("rdnis", known(call.attrs.text("rdnis").unwrap_or_default()));
    line("context", &call.place.context);
    line("extension", &call.place.exten);
    line("priority", &call.place.priority);
    line("enhanced", "0.0");
    line("accountcode", call.attrs.text("account").unwrap_or_default());
    line("threadid", &ucx_number(&call.id));
    for (n, argument) in (1..).zip(further) {
        line(&format!("arg_{n}"), argument);
    }
    text.push('\n');
    text
}

fn known(value: &str) -> &str {
    if value.is_empty() { "unknown" } else { value }
}

/// A number for the thread the protocol speaks of, which is none here: that of the call's id.
fn ucx_number(id: &str) -> String {
    let digits: String = id
        .rsplit('.')
        .next()
        .unwrap_or(id)
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    if digits.is_empty() { "0".to_owned() } else { digits }
}

/// The field's number: whether it may be shown, and that nobody vouches for it.
fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Allowed => "0",
        Presentation::Restricted => "32",
        Presentation::Unavailable => "67",
    }
}
