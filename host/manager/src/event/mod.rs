//! What the host's events look like on the Manager's wire: pure folds from events to bytes, one file per family.
//!
//! An event that is a change of a channel becomes one message for each thing that changed; some become none, as
//! clients of this wire have no word for them (plugins; contacts, whose words are `ContactStatus`).

pub mod block;
mod bridge;
mod channel;
mod classes;
mod context;
mod dial;
mod function;
mod gateway;
mod local;
mod media;
mod originate;
mod registration;
mod security;
pub mod state;
pub mod system;
mod text;
mod user;
mod variable;

#[cfg(test)]
mod tests;

pub use classes::Classes;
pub use context::{HintList, Hints, NoHints, NoVariables, RenderContext, Variables, WatchedVariables};
pub use text::{Text, UNKNOWN};

use bytes::Bytes;
use std::time::Duration;
use ucx_call::{Event, EventKind};

/// One message, ready for every session that may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The name of the event.
    pub name: &'static str,
    /// Who may see it: sessions that see all of these classes.
    pub classes: Classes,
    /// The whole message with the empty line at its end.
    pub bytes: Bytes,
}

/// The messages of one event, in their order.
pub fn render(event: &Event, ctx: &RenderContext<'_>) -> Vec<Rendered> {
    let mut rendered = Vec::new();
    render_into(&mut Text::new(), event, ctx, &mut rendered);
    rendered
}

/// Adds the messages of one event to `rendered`, written into `text`, which a caller keeps for many events.
pub fn render_into(text: &mut Text, event: &Event, ctx: &RenderContext<'_>, rendered: &mut Vec<Rendered>) {
    let at = event.at;
    let mut out = Out {
        text,
        ctx,
        at,
        rendered,
    };
    out.event(&event.kind);
}

/// Where messages of one event go.
struct Out<'a> {
    text: &'a mut Text,
    ctx: &'a RenderContext<'a>,
    at: Duration,
    rendered: &'a mut Vec<Rendered>,
}

impl Out<'_> {
    /// One message: what every event begins with, then what `body` writes, then the empty line.
    fn message(
        &mut self,
        name: &'static str,
        classes: Classes,
        body: impl FnOnce(&mut Text, &RenderContext<'_>),
    ) {
        debug_assert!(self.text.is_empty(), "each message is taken when it is whole");
        head(self.text, name, classes, self.at, self.ctx);
        body(self.text, self.ctx);
        self.text.end();
        self.rendered.push(Rendered {
            name,
            classes,
            bytes: self.text.take(),
        });
    }

    fn event(&mut self, kind: &EventKind) {
        match kind {
            EventKind::ChannelCreated { .. }
            | EventKind::ChannelChanged { .. }
            | EventKind::ChannelEnded { .. }
            | EventKind::HangupRequested { .. } => self.channel(kind),
            EventKind::VariableSet { channel, name, value } => self.variable(channel.as_ref(), name, value),
            EventKind::DialStarted { .. }
            | EventKind::DialProgressed { .. }
            | EventKind::DialEnded { .. } => self.dial(kind),
            EventKind::BridgeCreated { .. }
            | EventKind::BridgeEntered { .. }
            | EventKind::BridgeLeft { .. }
            | EventKind::BridgeDestroyed { .. }
            | EventKind::VideoSourceChanged { .. } => self.bridge(kind),
            EventKind::LocalBridged { .. }
            | EventKind::LocalOptimizationBegan { .. }
            | EventKind::LocalOptimizationEnded { .. } => self.local(kind),
            EventKind::DigitBegan { .. }
            | EventKind::DigitEnded { .. }
            | EventKind::Held { .. }
            | EventKind::Unheld { .. }
            | EventKind::MusicStarted { .. }
            | EventKind::MusicStopped { .. } => self.media(kind),
            EventKind::User {
                channel,
                name,
                fields,
            } => self.user(channel.as_ref(), name, fields),
            EventKind::ContactStatus { .. }
            | EventKind::EndpointStatus { .. }
            | EventKind::RegistrationChanged { .. } => self.registration(kind),
            EventKind::DeviceStateChanged { .. }
            | EventKind::ExtensionStateChanged { .. }
            | EventKind::PresenceChanged { .. } => self.state(kind),
            EventKind::OriginateDecided(report) => self.originate(report),
            EventKind::GatewayCommandStarted { .. }
            | EventKind::GatewayCommandEnded { .. }
            | EventKind::AsyncGatewayStarted { .. }
            | EventKind::AsyncGatewayDone { .. }
            | EventKind::AsyncGatewayEnded { .. } => self.gateway(kind),
            EventKind::Security(event) => self.security(event),
            EventKind::Reloaded { .. }
            | EventKind::ModuleChanged { .. }
            | EventKind::FullyBooted
            | EventKind::ShuttingDown { .. }
            | EventKind::Test { .. } => self.system(kind),
            EventKind::ContactAdded { .. }
            | EventKind::ContactRemoved { .. }
            | EventKind::PluginActivated { .. }
            | EventKind::PluginRefused { .. }
            | EventKind::PluginFailed { .. }
            | EventKind::PluginListens { .. }
            | EventKind::OutOfScope { .. }
            | EventKind::PluginDecided { .. } => {}
        }
    }
}

/// What every message of the stream begins with.
fn head(text: &mut Text, name: &str, classes: Classes, at: Duration, ctx: &RenderContext<'_>) {
    text.line("Event", name);
    text.name("", "Privilege");
    classes.write_labels(text);
    text.end_line();
    if ctx.timestamps {
        let now = ctx.epoch + at;
        text.args(
            "Timestamp",
            format_args!("{}.{:06}", now.as_secs(), now.subsec_micros()),
        );
    }
    if !ctx.system_name.is_empty() {
        text.line("SystemName", ctx.system_name);
    }
}
