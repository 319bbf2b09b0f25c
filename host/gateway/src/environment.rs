//! What a program is told before it says anything: the call it takes part in, line by line.

use crate::wire::one_line;
use std::fmt::Write;
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, Presentation};

/// What the call is, beyond the channel.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'a> {
    /// What the dialplan asked for: the program's name, the whole address, or `async`.
    pub request: &'a str,
    /// The path of a program in the network; none for others.
    pub network_script: Option<&'a str>,
    /// The channel.
    pub channel: &'a ChannelSnapshot,
    /// The version the host presents.
    pub version: &'a str,
    /// Further arguments of the dialplan.
    pub arguments: &'a [String],
    /// The program hears the call.
    pub is_enhanced: bool,
}

impl Environment<'_> {
    /// The block as it is sent, with the empty line that ends it.
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(640);
        if let Some(script) = self.network_script {
            line(&mut text, "network", "yes");
            if !script.is_empty() {
                line(&mut text, "network_script", script);
            }
        }
        let channel = self.channel;
        line(&mut text, "request", self.request);
        line(&mut text, "channel", &channel.name);
        line(&mut text, "language", &channel.language);
        line(&mut text, "type", channel.technology.as_str());
        line(&mut text, "uniqueid", &channel.uniqueid);
        line(&mut text, "version", self.version);
        line(&mut text, "callerid", known(channel.caller.number.as_ref()));
        line(&mut text, "calleridname", known(channel.caller.name.as_ref()));
        line(
            &mut text,
            "callingpres",
            presentation(channel.caller.presentation),
        );
        line(&mut text, "callingani2", "0");
        line(&mut text, "callington", "0");
        line(&mut text, "callingtns", "0");
        line(&mut text, "dnid", known(channel.dialled.as_ref()));
        line(&mut text, "rdnis", known(channel.redirecting.as_ref()));
        line(&mut text, "context", &channel.place.context);
        line(&mut text, "extension", &channel.place.exten);
        // Writing to a String cannot fail; so for those that follow.
        let _ = writeln!(text, "agi_priority: {}", channel.place.priority);
        line(
            &mut text,
            "enhanced",
            if self.is_enhanced { "1.0" } else { "0.0" },
        );
        line(&mut text, "accountcode", &channel.account);
        let _ = writeln!(text, "agi_threadid: {}", channel.id);
        for (number, argument) in (1..).zip(self.arguments) {
            let _ = writeln!(text, "agi_arg_{number}: {}", one_line(argument));
        }
        text.push('\n');
        text
    }
}

fn line(text: &mut String, name: &str, value: &str) {
    for part in ["agi_", name, ": ", &one_line(value), "\n"] {
        text.push_str(part);
    }
}

fn known(value: Option<&Arc<str>>) -> &str {
    value.map_or("unknown", |value| value)
}

/// The field's number: whether it may be shown, and that nobody vouches for it.
fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Allowed => "0",
        Presentation::Restricted => "32",
        Presentation::Unavailable => "67",
    }
}
