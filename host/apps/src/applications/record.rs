//! `Record`: what the caller says, in a file.

use crate::text;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, IfExists, RecordingEnd, RecordingSpec};
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(Record, "Record", waits run,
    synopsis: "Records what the caller says in a file.",
    syntax: "Record(filename.format[,silence[,maxduration[,options]]])",
    arguments: &[
        ("filename.format", "The file and, behind the last dot or colon, its format; %d in it becomes the next free number."),
        ("silence", "Seconds of silence that end it; 0 or nothing means silence does not."),
        ("maxduration", "Seconds after which it ends; 0 or nothing means no limit."),
    ],
    options: &[
        ("a", "Writes behind what the file holds already."),
        ("n", "Does not answer the call."),
        ("q", "Without the beep before."),
        ("s", "Does nothing if the call is not answered."),
        ("t", "Ends with * instead of #."),
        ("x", "Does not end with any digit."),
        ("y", "Ends with any digit."),
        ("k", "Keeps what was recorded when the caller hangs up. It is always kept."),
        ("o", "Ends with 0 as well, and says OPERATOR then."),
        ("u", "Writes the file only when the recording is over. Not honoured, it is always written as it goes."),
    ],
    sets: &[
        ("RECORDED_FILE", "The file without its format."),
        ("RECORD_STATUS", "DTMF, OPERATOR, SILENCE, TIMEOUT, SKIP, HANGUP or ERROR."),
    ],
    notes: "Without a file and a format it ends the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let Some((name, format)) = args
        .text(0)
        .rsplit_once(['.', ':'])
        .filter(|(name, _)| !name.is_empty())
    else {
        text::warn(line, "Record", "it needs a file and its format");
        line.set_variable("RECORD_STATUS", "ERROR")?;
        return Err(Ending::Hangup(Cause::NONE));
    };
    let options = text::options(line, "Record", args.text(3), "anqstxykou");
    if !line.is_up() {
        if options.has('s') {
            return line.set_variable("RECORD_STATUS", "SKIP");
        }
        if !options.has('n') {
            line.answer()?;
        }
    }
    let limit = |line: &Line, place| {
        let time = text::warned(line, "Record", args.text(place), text::seconds);
        time.filter(|time| *time > Duration::ZERO)
    };
    let name: Arc<str> = Arc::from(name);
    let spec = RecordingSpec {
        name: name.clone(),
        format: Arc::from(format),
        max_silence: limit(line, 1),
        max_duration: limit(line, 2),
        if_exists: if options.has('a') {
            IfExists::Append
        } else {
            IfExists::Overwrite
        },
        beep: !options.has('q'),
    };
    let stops = match () {
        () if options.has('y') => "0123456789*#ABCD",
        () if options.has('x') => "",
        () if options.has('t') && options.has('o') => "*0",
        () if options.has('t') => "*",
        () if options.has('o') => "#0",
        () => "#",
    };
    line.set_variable("RECORDED_FILE", &name)?;
    let recorded = line.record(spec, stops).await;
    let status = match &recorded {
        Ok((_, Some('0'))) if options.has('o') => "OPERATOR",
        Ok((_, Some(_))) => "DTMF",
        Ok((RecordingEnd::Done { by_silence: true, .. }, None)) => "SILENCE",
        Ok((RecordingEnd::Done { .. }, None)) => "TIMEOUT",
        Ok((RecordingEnd::Cancelled | RecordingEnd::Failed(_), None)) | Err(Ending::Refused(_)) => "ERROR",
        Err(Ending::Interrupted(_) | Ending::Hangup(_)) => "HANGUP",
    };
    line.set_variable("RECORD_STATUS", status)?;
    match recorded {
        Err(Ending::Refused(refusal)) => {
            text::warn(line, "Record", &format!("nothing was recorded: {refusal}"));
            Ok(())
        }
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Cause, IfExists, Signal};

    fn status(args: &str, digits: &str) -> Vec<String> {
        let mut values = Vec::new();
        let plan = format!("[main]\nexten => 100,1,Record({args})\n same => n,NoOp(on)\n");
        test(&plan, async |world| {
            let alice = world.call("100");
            world.pass(500).await;
            world.press(alice, digits).await;
            world.pass(5_000).await;
            if world.pbx.channel(alice).is_some() {
                world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            }
            world.until_over().await;
            values = world.record().values("RECORD_STATUS");
        });
        values
    }

    #[test]
    fn what_ends_a_recording_is_its_status() {
        for (args, digits, expected) in [
            ("voice.wav,,3", "", "TIMEOUT"),
            ("voice:wav,,3", "", "TIMEOUT"),
            ("voice.wav", "1#", "DTMF"),
            ("voice.wav,,,t", "*", "DTMF"),
            ("voice.wav,,,y", "5", "DTMF"),
            ("voice.wav,,,x", "#", "HANGUP"),
            ("voice.wav,,,o", "0", "OPERATOR"),
            ("voice.wav,,,s", "", "SKIP"),
            ("voice", "", "ERROR"),
        ] {
            assert_eq!(status(args, digits), [expected], "{args}");
        }
    }

    #[test]
    fn the_file_is_asked_for_as_the_arguments_say() {
        let plan =
            "[main]\nexten => 100,1,Record(dir/voice.v2.wav,4,2,aq)\n same => n,NoOp(${RECORDED_FILE})\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "100,2 NoOp(dir/voice.v2)");
            let spec = world.record().actions.iter().find_map(|action| {
                let Action::Record { spec, .. } = action else {
                    return None;
                };
                Some(spec.clone())
            });
            let spec = spec.unwrap();
            assert_eq!((&*spec.name, &*spec.format), ("dir/voice.v2", "wav"));
            assert_eq!((spec.if_exists, spec.beep), (IfExists::Append, false));
            assert_eq!(spec.max_silence.unwrap().as_secs(), 4);
        });
    }
}
