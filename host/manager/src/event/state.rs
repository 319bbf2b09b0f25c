//! How devices, extensions and people are: DeviceStateChange, ExtensionStatus, PresenceStateChange, PresenceStatus.

use super::{Classes, Out, Text};
use std::borrow::Cow;
use ucx_call::{DeviceState, EventKind, ExtensionState};

impl Out<'_> {
    pub(super) fn state(&mut self, kind: &EventKind) {
        if let EventKind::DeviceStateChanged { device, state } = kind {
            self.message("DeviceStateChange", Classes::CALL, |text, _| {
                device_body(text, device, *state);
            });
        } else if let EventKind::ExtensionStateChanged {
            context,
            exten,
            hint,
            state,
        } = kind
        {
            self.message("ExtensionStatus", Classes::CALL, |text, _| {
                extension_body(text, context, exten, hint, *state);
            });
        } else if let EventKind::PresenceChanged {
            presentity,
            status,
            subtype,
            message,
        } = kind
        {
            self.presence(presentity, [status, subtype, message]);
        }
    }

    /// The change itself, then each hint that shows it.
    fn presence(&mut self, presentity: &str, said: [&str; 3]) {
        self.message("PresenceStateChange", Classes::CALL, |text, _| {
            text.line("Presentity", presentity);
            presence_body(text, said);
        });
        let hints = self.ctx.hints;
        hints.of_presence(presentity, &mut |context, exten, hint| {
            self.message("PresenceStatus", Classes::CALL, |text, _| {
                text.line("Exten", exten);
                text.line("Context", context);
                text.line("Hint", hint);
                presence_body(text, said);
            });
        });
    }
}

/// The headers of a device's state, in events and in lists.
pub fn device_body(text: &mut Text, device: &str, state: DeviceState) {
    text.line("Device", device);
    text.line("State", state.as_str());
}

/// The headers of an extension's state, in events and in lists.
pub fn extension_body(text: &mut Text, context: &str, exten: &str, hint: &str, state: ExtensionState) {
    text.line("Exten", exten);
    text.line("Context", context);
    text.line("Hint", hint);
    text.number("", "Status", state.number());
    text.line("StatusText", state.as_str());
}

/// What somebody says of their presence: status, subtype, message; in events and in lists. The words are the person's own,
/// so what could end a line is written as in C, and so is the backslash.
pub fn presence_body(text: &mut Text, said: [&str; 3]) {
    text.line("Status", said[0]);
    text.line("Subtype", &escaped(said[1]));
    text.line("Message", &escaped(said[2]));
}

fn escaped(said: &str) -> Cow<'_, str> {
    let short = |c| match c {
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\u{b}' => Some('v'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\\' | '\'' | '"' | '?' => Some(c),
        _ => None,
    };
    if !said.contains(|c| short(c).is_some()) {
        return Cow::Borrowed(said);
    }
    let mut escaped = String::with_capacity(said.len() + 8);
    for c in said.chars() {
        match short(c) {
            Some(letter) => escaped.extend(['\\', letter]),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
