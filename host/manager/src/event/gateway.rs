//! Gateway programs at work: AGIExecStart, AGIExecEnd, AsyncAGIStart, AsyncAGIExec, AsyncAGIEnd.

use super::{Classes, Out, Text, block};
use std::fmt::Write;
use ucx_call::EventKind;

/// Bytes a value keeps when it is written into a URI: unreserved ones and marks (RFC 2396 section 2.3).
const KEPT: &[u8] = b"-_.!~*'()";

/// The word with which a command ends that its channel's end cut short.
const CUT_SHORT: &str = "Failure";

impl Out<'_> {
    pub(super) fn gateway(&mut self, kind: &EventKind) {
        if let EventKind::GatewayCommandStarted { channel, id, command } = kind {
            self.message("AGIExecStart", Classes::AGI, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.number("", "CommandId", *id);
                text.line("Command", command);
            });
        } else if let EventKind::GatewayCommandEnded {
            channel,
            id,
            command,
            code,
            result,
        } = kind
        {
            self.message("AGIExecEnd", Classes::AGI, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.number("", "CommandId", *id);
                text.line("Command", command);
                let code = if *result == CUT_SHORT {
                    -1
                } else {
                    i32::from(*code)
                };
                text.number("", "ResultCode", code);
                text.line("Result", result);
            });
        } else if let EventKind::AsyncGatewayStarted { channel, environment } = kind {
            self.message("AsyncAGIStart", Classes::AGI, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.line("Env", &uri_encoded(environment));
            });
        } else if let EventKind::AsyncGatewayDone {
            channel,
            command_id,
            reply,
        } = kind
        {
            self.message("AsyncAGIExec", Classes::AGI, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.line("Result", &uri_encoded(reply));
                if let Some(id) = command_id {
                    text.line("CommandId", id);
                }
            });
        } else if let EventKind::AsyncGatewayEnded { channel } = kind {
            self.message("AsyncAGIEnd", Classes::AGI, |text: &mut Text, ctx| {
                block::channel(text, "", channel, ctx);
            });
        }
    }
}

fn uri_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || KEPT.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
