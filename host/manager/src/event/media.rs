//! What is pressed and heard: DTMFBegin, DTMFEnd, Hold, Unhold, MusicOnHoldStart, MusicOnHoldStop.

use super::{Classes, Out, Text, block};
use ucx_call::{DigitSide, EventKind};

impl Out<'_> {
    pub(super) fn media(&mut self, kind: &EventKind) {
        if let EventKind::DigitBegan { channel, digit, side } = kind {
            self.message("DTMFBegin", Classes::DTMF, |text, ctx| {
                block::channel(text, "", channel, ctx);
                digit_line(text, *digit);
                text.line("Direction", direction(*side));
            });
        } else if let EventKind::DigitEnded {
            channel,
            digit,
            side,
            length,
        } = kind
        {
            self.message("DTMFEnd", Classes::DTMF, |text, ctx| {
                block::channel(text, "", channel, ctx);
                digit_line(text, *digit);
                let length_ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
                text.number("", "DurationMs", length_ms);
                text.line("Direction", direction(*side));
            });
        } else if let EventKind::Held { channel, music } = kind {
            self.message("Hold", Classes::CALL, |text, ctx| {
                block::channel(text, "", channel, ctx);
                if let Some(class) = music {
                    text.line("MusicClass", class);
                }
            });
        } else if let EventKind::Unheld { channel } = kind {
            self.about("Unhold", channel);
        } else if let EventKind::MusicStarted { channel, class } = kind {
            self.message("MusicOnHoldStart", Classes::CALL, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.line("Class", class);
            });
        } else if let EventKind::MusicStopped { channel } = kind {
            self.about("MusicOnHoldStop", channel);
        }
    }
}

fn digit_line(text: &mut Text, digit: char) {
    text.line("Digit", digit.encode_utf8(&mut [0; 4]));
}

fn direction(side: DigitSide) -> &'static str {
    match side {
        DigitSide::Received => "Received",
        DigitSide::Sent => "Sent",
    }
}
