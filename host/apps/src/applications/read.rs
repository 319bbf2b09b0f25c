//! `Read`: collects digits into a variable.

use crate::text;
use std::time::Duration;
use ucx_dialplan::Arguments;
use ucx_pbx::{Digits, DigitsEnd, Ending, Line, ReadSpec};

application!(Read, "Read", waits run,
    synopsis: "Collects digits into a variable.",
    syntax: "Read(variable[,filename[&filename2…][,maxdigits[,options[,attempts[,timeout]]]]])",
    arguments: &[
        ("variable", "Where the digits go."),
        ("filename", "Sounds played before; the first digit stops them."),
        ("maxdigits", "Most digits to take, up to 255; without it # ends the input."),
        ("attempts", "How often to ask if nothing is pressed."),
        ("timeout", "Seconds for each digit."),
    ],
    options: &[
        ("s", "Returns at once if the call is not answered."),
        ("n", "Does not answer the call."),
    ],
    sets: &[("READSTATUS", "OK, ERROR, HANGUP, INTERRUPTED, SKIPPED or TIMEOUT")],
);

const DIGITS_MAX: usize = 255;
const TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS_MAX: u32 = 100;

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    line.set_variable("READSTATUS", "ERROR")?;
    let Some(variable) = args.get(0) else {
        tracing::warn!(place = %line.place(), "Read needs a variable");
        return Ok(());
    };
    let options = text::options(line, "Read", args.text(3), "sn");
    if !line.is_up() {
        if options.has('s') {
            set(line, variable, "")?;
            return line.set_variable("READSTATUS", "SKIPPED");
        }
        if !options.has('n') {
            line.answer()?;
        }
    }
    let time = args
        .get(5)
        .and_then(text::seconds)
        .filter(|time| !time.is_zero())
        .unwrap_or(TIMEOUT);
    let spec = ReadSpec {
        sounds: text::sounds(args.text(1)),
        most: args
            .text(2)
            .trim()
            .parse()
            .ok()
            .filter(|most| (1..=DIGITS_MAX).contains(most))
            .unwrap_or(DIGITS_MAX),
        first: time,
        between: time,
        terminators: "#",
    };
    let attempts = args.text(4).trim().parse().unwrap_or(1).clamp(1, ATTEMPTS_MAX);
    let digits = match collect(line, &spec, attempts).await {
        Ok(digits) => digits,
        Err(ending) => {
            set(line, variable, "")?;
            line.set_variable("READSTATUS", "HANGUP")?;
            return Err(ending);
        }
    };
    set(line, variable, &digits.text)?;
    let status = match digits.end {
        DigitsEnd::Full | DigitsEnd::Terminated(_) => "OK",
        DigitsEnd::TimedOut => "TIMEOUT",
        DigitsEnd::Failed => "ERROR",
    };
    line.set_variable("READSTATUS", status)
}

async fn collect(line: &mut Line, spec: &ReadSpec, attempts: u32) -> Result<Digits, Ending> {
    let mut digits = line.read_digits(spec).await?;
    for _ in 1..attempts {
        if digits.end != DigitsEnd::TimedOut || !digits.text.is_empty() {
            break;
        }
        digits = line.read_digits(spec).await?;
    }
    Ok(digits)
}

fn set(line: &mut Line, variable: &str, value: &str) -> Result<(), Ending> {
    if let Err(reason) = line.assign(variable, value) {
        tracing::warn!(place = %line.place(), variable, %reason, "the digits were not kept");
    }
    line.channel().map(drop)
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Cause, Signal};

    fn read(args: &str, digits: &str) -> (Vec<String>, Vec<String>, u128) {
        let mut result = (Vec::new(), Vec::new(), 0);
        let plan = format!("[main]\nexten => 100,1,Answer()\n same => n,Read(D,{args})\n same => n,NoOp()\n");
        test(&plan, async |world| {
            let alice = world.call("100");
            world.press(alice, digits).await;
            world.until_over().await;
            let took = world.pbx.now().as_millis();
            result = (
                world.record().values("D"),
                world.record().values("READSTATUS"),
                took,
            );
        });
        result
    }

    #[test]
    fn digits_are_taken_until_there_are_enough_or_the_hash_key_or_time_ends_them() {
        let (digits, status, took) = read(",4,,1,3", "4231");
        assert_eq!(
            (digits, status),
            (vec!["4231".to_owned()], vec!["ERROR".to_owned(), "OK".to_owned()])
        );
        assert!(took < 600);
        assert_eq!(read(",,,1,3", "12#").0, ["12"]);
        let (digits, status, took) = read(",4,,1,3", "12");
        assert_eq!((digits[0].as_str(), status[1].as_str()), ("12", "TIMEOUT"));
        assert!((3_200..3_400).contains(&took), "{took}");
    }

    #[test]
    fn a_digit_stops_the_sounds_and_silence_is_asked_again() {
        assert_eq!(read("a&b&c&d,1,,1,3", "7").0, ["7"]);
        let (digits, status, took) = read("a,4,,2,3", "");
        assert_eq!((digits[0].as_str(), status[1].as_str()), ("", "TIMEOUT"));
        assert!((8_000..8_200).contains(&took), "{took}");
        assert_eq!(read("missing,4,,1,3", "").1[1], "ERROR");
    }

    #[test]
    fn a_caller_who_leaves_is_told_apart() {
        let plan = "[main]\nexten => 100,1,Read(D,,4)\n same => n,NoOp()\nexten => h,1,NoOp(${READSTATUS})\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(1_000).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "h,1 NoOp(HANGUP)");
        });
    }
}
