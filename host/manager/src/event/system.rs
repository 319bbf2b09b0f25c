//! The host as a whole: FullyBooted, Shutdown, Reload, Load, Unload, TestEvent.

use super::{Classes, Out, RenderContext, Text};
use std::time::Duration;
use ucx_call::EventKind;

impl Out<'_> {
    pub(super) fn system(&mut self, kind: &EventKind) {
        let at = self.at;
        if *kind == EventKind::FullyBooted {
            self.message("FullyBooted", Classes::SYSTEM, |text, ctx| {
                text.line("Status", "Fully Booted");
                times(text, at, ctx);
            });
        } else if let EventKind::ShuttingDown { restarts } = kind {
            self.message("Shutdown", Classes::SYSTEM, |text, _| {
                text.line("Shutdown", "Cleanly");
                text.line("Restart", if *restarts { "True" } else { "False" });
            });
        } else if let EventKind::Reloaded { module, status } = kind {
            self.message("Reload", Classes::SYSTEM, |text, _| {
                text.line("Module", module);
                text.number("", "Status", *status);
            });
        } else if let EventKind::ModuleChanged { module, is_loaded } = kind {
            let name = if *is_loaded { "Load" } else { "Unload" };
            self.message(name, Classes::SYSTEM, |text, _| {
                text.line("Module", module);
                text.line("Status", "Success");
            });
        } else if let EventKind::Test { state, fields } = kind {
            self.message("TestEvent", Classes::REPORTING, |text, _| {
                text.line("Type", "StateChange");
                text.line("State", state);
                text.line("AppFile", "ucx");
                text.line("AppFunction", "ucx");
                text.line("AppLine", "0");
                for (name, value) in fields.iter() {
                    text.foreign(name, value);
                }
            });
        }
    }
}

/// Writes the copy of FullyBooted that a session gets right after its login, whose headers stand in another order
/// than in the stream. `now` is the time since the host started.
pub fn booted_at_login(text: &mut Text, now: Duration, ctx: &RenderContext<'_>) {
    super::head(text, "FullyBooted", Classes::SYSTEM, now, ctx);
    times(text, now, ctx);
    text.line("Status", "Fully Booted");
    text.end();
}

/// Seconds since the host started and since its configuration was read.
fn times(text: &mut Text, now: Duration, ctx: &RenderContext<'_>) {
    text.number("", "Uptime", now.as_secs());
    text.number("", "LastReload", now.saturating_sub(ctx.reloaded_at).as_secs());
}
