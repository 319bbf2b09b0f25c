//! Originates that are decided: OriginateResponse.

use super::{Classes, Out, Text, UNKNOWN, block};
use ucx_call::{OriginateReport, OriginateTo};

impl Out<'_> {
    pub(super) fn originate(&mut self, report: &OriginateReport) {
        self.message("OriginateResponse", Classes::CALL, |text, ctx| {
            if let Some(request) = report.request.as_ref().filter(|request| !request.is_empty()) {
                text.line("ActionID", request);
            }
            let response = if report.is_success { "Success" } else { "Failure" };
            text.line("Response", response);
            // A channel that failed is not named, only what was to be called.
            let channel = report.channel.as_ref().filter(|_| report.is_success);
            let name = channel.map_or(&report.dial_string, |channel| &channel.name);
            text.line("Channel", name);
            target(text, &report.to);
            text.number("", "Reason", report.reason);
            text.line("Uniqueid", report.uniqueid.as_deref().unwrap_or(UNKNOWN));
            block::party(text, "", ["CallerIDNum", "CallerIDName"], &report.caller);
            if let Some(channel) = channel {
                ctx.variables.visit(channel, &mut |name, value| {
                    text.value("ChanVariable(");
                    text.value(&channel.name);
                    text.value("): ");
                    text.value(name);
                    text.value("=");
                    text.escaped_value(value);
                    text.end_line();
                });
            }
        });
    }
}

fn target(text: &mut Text, to: &OriginateTo) {
    match to {
        OriginateTo::Exten { context, exten } => {
            text.line("Context", context);
            text.line("Exten", exten);
        }
        OriginateTo::Application { name, data } => {
            text.line("Application", name);
            text.line("Data", data);
        }
    }
}
