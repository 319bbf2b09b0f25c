//! `RECORD FILE`: records what the caller says.

use super::prelude::*;
use crate::session::digit_of;
use std::num::IntErrorKind;
use ucx_call::{IfExists, RecordingControl, RecordingEnd, RecordingId, RecordingSpec};
use ucx_pbx::LineNotice;

pub(super) static COMMAND: Command = Command {
    name: "record file",
    syntax: "RECORD FILE <filename> <format> <escape digits> <timeout ms> [<offset samples>] [BEEP] [s=<silence s>]",
    synopsis: "Records the caller.",
    description: "Records until one of the escape digits, the time (-1 is none) or so much silence.\n An offset goes on with a file that is there. Result 0 (timeout), the digit as a\n number (dtmf), or -1 (hangup) or (writefile); endpos is the length in samples.",
    arguments: 4..=7,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// Samples a second, as clients count the length of what was recorded.
const SAMPLES_PER_MS: u128 = 8;

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(timeout_ms) = words.get(5).and_then(milliseconds) else {
        return Outcome::Usage(&COMMAND);
    };
    let stops = words.get(4).unwrap_or_default();
    let spec = spec(words, timeout_ms);
    let recording = match session.line.start_recording(spec) {
        Ok(recording) => recording,
        Err(ending) => {
            session.note(ending);
            return Outcome::Failed(wire::result("-1 (writefile)"));
        }
    };
    let mut end = None;
    let heard = session
        .listen(None, |notice| match ended(&notice, recording) {
            Some(how) => {
                end = Some(how);
                Some(Heard::Completed)
            }
            None => digit_of(&notice)
                .filter(|digit| stops.contains(*digit))
                .map(Heard::Digit),
        })
        .await;
    if end.is_none() {
        end = stop(session, recording).await;
    }
    let endpos = match end {
        Some(RecordingEnd::Done { duration, .. }) => duration.as_millis() * SAMPLES_PER_MS,
        Some(RecordingEnd::Cancelled) | None => 0,
        Some(RecordingEnd::Failed(why)) => {
            tracing::warn!(place = %session.line.place(), why, "a recording could not be written");
            return Outcome::Failed(wire::result("-1 (writefile) endpos=0"));
        }
    };
    match heard {
        Heard::Completed | Heard::Failed => {
            Outcome::Done(wire::result(format_args!("0 (timeout) endpos={endpos}")))
        }
        Heard::Digit(digit) => Outcome::Done(wire::result(format_args!(
            "{} (dtmf) endpos={endpos}",
            u32::from(digit)
        ))),
        Heard::Superseded => Outcome::Superseded,
        Heard::Gone => Outcome::Failed(wire::result(format_args!("-1 (hangup) endpos={endpos}"))),
    }
}

/// A number of milliseconds; one that is too large to count is as good as none.
fn milliseconds(word: &str) -> Option<i64> {
    match word.parse::<i64>() {
        Ok(ms) => Some(ms),
        Err(error) => matches!(
            error.kind(),
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow
        )
        .then_some(-1),
    }
}

/// How to record, from the words.
fn spec(words: &Words, timeout_ms: i64) -> RecordingSpec {
    let mut spec = RecordingSpec {
        name: Arc::from(words.get(2).unwrap_or_default()),
        format: Arc::from(words.get(3).unwrap_or_default()),
        max_duration: u64::try_from(timeout_ms)
            .ok()
            .filter(|ms| *ms > 0)
            .map(Duration::from_millis),
        max_silence: None,
        if_exists: IfExists::Overwrite,
        beep: false,
    };
    for word in words.iter().skip(6) {
        if word.eq_ignore_ascii_case("beep") {
            spec.beep = true;
        } else if let Some(silence_s) = word.strip_prefix("s=") {
            spec.max_silence = silence_s.parse().ok().filter(|s| *s > 0).map(Duration::from_secs);
        } else if word.parse().is_ok_and(|samples: u64| samples > 0) {
            spec.if_exists = IfExists::Append;
        }
    }
    spec
}

fn ended(notice: &LineNotice, recording: RecordingId) -> Option<RecordingEnd> {
    if let LineNotice::RecordingEnded(ended, end) = notice
        && *ended == recording
    {
        Some(*end)
    } else {
        None
    }
}

/// Finishes the file and waits for its length, unless the channel is gone.
async fn stop(session: &mut Session<'_>, recording: RecordingId) -> Option<RecordingEnd> {
    if let Err(ending) = session.line.control_recording(recording, RecordingControl::Stop) {
        session.note(ending);
        return None;
    }
    loop {
        match session.line.next().await {
            Ok(notice) => {
                if let Some(end) = ended(&notice, recording) {
                    return Some(end);
                }
            }
            Err(ending) => {
                session.note(ending);
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::{IfExists, RecordingSpec};

    #[test]
    fn what_is_asked_for_is_read_in_any_order() {
        let spec = |line: &str| super::spec(&crate::wire::Words::of(line).unwrap(), 300);
        let plain = RecordingSpec {
            name: "rec".into(),
            format: "ulaw".into(),
            max_duration: Some(std::time::Duration::from_millis(300)),
            max_silence: None,
            if_exists: IfExists::Overwrite,
            beep: false,
        };
        assert_eq!(spec("RECORD FILE rec ulaw # 300"), plain);
        let all = RecordingSpec {
            max_silence: Some(std::time::Duration::from_secs(3)),
            if_exists: IfExists::Append,
            beep: true,
            ..plain
        };
        assert_eq!(spec("RECORD FILE rec ulaw # 300 8000 BEEP s=3"), all);
        assert_eq!(super::milliseconds(&"3".repeat(1000)), Some(-1));
        assert_usage("RECORD FILE rec ulaw #");
        assert_usage("RECORD FILE rec ulaw # soon");
    }
}
