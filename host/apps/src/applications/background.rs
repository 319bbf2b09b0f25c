//! `BackGround`: sounds while the caller may dial an extension.

use crate::text;
use ucx_call::Cause;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, PlayEnd};

application!(BackGround, "BackGround", waits run,
    synopsis: "Plays sounds while the caller may dial an extension of this context.",
    syntax: "BackGround(filenames[&filename2…][,options[,langoverride[,context]]])",
    arguments: &[
        ("filenames", "Names of sounds without their format."),
        ("langoverride", "Another language. Not honoured, with a warning."),
        ("context", "Another context. Not honoured, with a warning."),
    ],
    options: &[
        ("s", "Plays nothing if the call is not answered."),
        ("n", "Does not answer the call."),
        ("m", "Only a digit that begins an extension of this context stops the sounds."),
        ("p", "Keeps digits pressed before."),
    ],
    sets: &[("BACKGROUNDSTATUS", "SUCCESS, or FAILED if a sound could not be played.")],
    notes: "The first digit stops the sounds and begins the extension. Without a sound it ends the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = text::options(line, "BackGround", args.text(1), "snmp");
    if args.get(2).is_some() || args.get(3).is_some() {
        text::warn(line, "BackGround", "another language or context is not honoured");
    }
    let sounds = text::sounds(args.text(0));
    if sounds.is_empty() {
        text::warn(line, "BackGround", "it needs a sound");
        return Err(Ending::Hangup(Cause::NONE));
    }
    if !line.is_up() {
        if options.has('s') {
            return line.set_variable("BACKGROUNDSTATUS", "SUCCESS");
        }
        if !options.has('n') {
            line.answer()?;
        }
    }
    if !options.has('p') {
        line.forget_digits();
    }
    let all = "0123456789*#ABCD".chars();
    let stops: String = all
        .filter(|digit| !options.has('m') || line.can_dial(*digit))
        .collect();
    match line.play_and_listen(&sounds, &stops).await? {
        PlayEnd::Completed => line.set_variable("BACKGROUNDSTATUS", "SUCCESS"),
        PlayEnd::Failed => line.set_variable("BACKGROUNDSTATUS", "FAILED"),
        PlayEnd::Digit(digit) => {
            line.set_variable("BACKGROUNDSTATUS", "SUCCESS")?;
            line.type_digit(digit);
            line.wait_exten(None).await
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{menu, steps, values};

    #[test]
    fn a_digit_stops_it_and_begins_the_extension() {
        assert_eq!(menu("BackGround(a&b&c)", "23"), "23,1 NoOp(twenty-three)");
        assert_eq!(menu("BackGround(a&b&c)", "9"), "i,1 NoOp(invalid 9)");
        assert_eq!(menu("BackGround(a)", ""), "100,3 NoOp(on)");
        assert_eq!(menu("BackGround(a&b,m)", "9"), "100,3 NoOp(on)");
        assert_eq!(menu("BackGround(a&b,m)", "1"), "1,1 NoOp(one)");
    }

    #[test]
    fn the_status_says_whether_it_was_heard() {
        for (args, status) in [
            ("a", "SUCCESS"),
            ("missing", "FAILED"),
            ("a,s", "SUCCESS"),
            ("a,n", "SUCCESS"),
        ] {
            let plan = format!("[main]\nexten => 100,1,BackGround({args})\n");
            assert_eq!(values(&plan, "BACKGROUNDSTATUS"), [status], "{args}");
        }
        assert_eq!(
            steps("[main]\nexten => 100,1,BackGround()\n same => n,NoOp()\n").len(),
            1
        );
    }
}
