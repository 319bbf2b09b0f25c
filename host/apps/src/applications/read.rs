//! `Read`: digits into a variable.

use crate::text;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Interruption, Tone};
use ucx_dialplan::{Arguments, Options};
use ucx_pbx::{Ending, Line, PlayEnd};

application!(Read, "Read", waits run,
    synopsis: "Collects digits into a variable.",
    syntax: "Read(variable[,filenames[&filename2…][,maxdigits[,options[,attempts[,timeout]]]]])",
    arguments: &[
        ("variable", "Where the digits go."),
        ("filenames", "Sounds played before; the first digit stops them."),
        ("maxdigits", "Most digits to take, up to 255, which is also what 0 and nothing stand for."),
        ("attempts", "How often to ask if nothing is pressed; once without it."),
        ("timeout", "Seconds for each digit; 10 without it."),
    ],
    options: &[
        ("s", "Returns at once if the call is not answered."),
        ("n", "Does not answer the call."),
        ("i", "Plays the tones ring, busy and congestion instead of sounds of these names."),
        ("t(c)", "The digits that end the input; # without the option, none if it is empty."),
        ("e", "A digit that ends the input before any other is itself what was entered."),
    ],
    sets: &[(
        "READSTATUS",
        "OK, ERROR, TIMEOUT if not enough was pressed in time, SKIPPED by option s, HANGUP if the caller hung up, INTERRUPTED \
         if the call was taken away.",
    )],
);

const APPLICATION: &str = "Read";

/// Digits one `Read` takes at the most.
const DIGITS_MAX: usize = 255;

/// Times one `Read` asks at the most.
const ATTEMPTS_MAX: u32 = 100;

/// How long to wait for a digit unless the dialplan says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Every digit a telephone sends.
const ANY_DIGIT: &str = "0123456789*#ABCD";

/// What to take.
struct Wanted {
    prompt: Prompt,
    most: usize,
    time: Duration,
    ends: String,
    keeps_lone_end: bool,
}

/// What the caller hears before.
enum Prompt {
    Sounds(Vec<Arc<str>>),
    Tone(Tone),
}

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    line.set_variable("READSTATUS", "ERROR")?;
    let Some(variable) = args.get(0) else {
        text::warn(line, APPLICATION, "it needs a variable");
        return Ok(());
    };
    let options = text::options(line, APPLICATION, args.text(3), "snite");
    if !line.is_up() {
        if options.has('s') {
            keep(line, variable, "");
            return line.set_variable("READSTATUS", "SKIPPED");
        }
        if !options.has('n') {
            line.answer()?;
        }
    }
    let wanted = wanted(line, &args, &options);
    let attempts = number(line, args.text(4), "attempts")
        .unwrap_or(1)
        .clamp(1, ATTEMPTS_MAX);
    let mut digits = String::new();
    let read = attempt(line, &wanted, attempts, &mut digits).await;
    keep(line, variable, &digits);
    let status = match &read {
        Ok(status) => status,
        Err(Ending::Interrupted(Interruption::HungUp)) => "HANGUP",
        Err(Ending::Interrupted(_)) => "INTERRUPTED",
        Err(Ending::Hangup(_) | Ending::Refused(_)) => "ERROR",
    };
    line.set_variable("READSTATUS", status)?;
    read.map(drop)
}

fn wanted(line: &Line, args: &Arguments, options: &Options) -> Wanted {
    let most = number(line, args.text(2), "maxdigits").and_then(|most| usize::try_from(most).ok());
    let time = text::warned(line, APPLICATION, args.text(5), text::seconds);
    let ends = if options.has('t') {
        options.argument('t').unwrap_or_default()
    } else {
        "#"
    };
    Wanted {
        prompt: prompt(line, args.text(1), options.has('i')),
        most: most
            .filter(|most| (1..=DIGITS_MAX).contains(most))
            .unwrap_or(DIGITS_MAX),
        time: time.filter(|time| !time.is_zero()).unwrap_or(TIMEOUT),
        ends: ends.to_ascii_uppercase(),
        keeps_lone_end: options.has('e'),
    }
}

fn number(line: &Line, text: &str, what: &str) -> Option<u32> {
    let number = text.trim().parse().ok();
    if number.is_none() && !text.trim().is_empty() {
        text::warn(
            line,
            APPLICATION,
            &format!("{what}: {text:?} is no number and is left out"),
        );
    }
    number
}

fn prompt(line: &Line, names: &str, is_tone: bool) -> Prompt {
    let tone = match names.trim() {
        _ if !is_tone => None,
        "ring" | "ringing" => Some(Tone::Ringing),
        "busy" => Some(Tone::Busy),
        "congestion" => Some(Tone::Congestion),
        other => {
            text::warn(
                line,
                APPLICATION,
                &format!("there is no tone {other:?}, so the caller hears nothing"),
            );
            return Prompt::Sounds(Vec::new());
        }
    };
    tone.map_or_else(|| Prompt::Sounds(text::sounds(names)), Prompt::Tone)
}

/// Asks until something is pressed, `attempts` times at the most. The status; the digits are kept whatever comes.
async fn attempt(
    line: &mut Line,
    wanted: &Wanted,
    attempts: u32,
    digits: &mut String,
) -> Result<&'static str, Ending> {
    let mut status = "TIMEOUT";
    for _ in 0..attempts {
        status = collect(line, wanted, digits).await?;
        if status != "TIMEOUT" || !digits.is_empty() {
            break;
        }
    }
    Ok(status)
}

async fn collect(line: &mut Line, wanted: &Wanted, digits: &mut String) -> Result<&'static str, Ending> {
    let mut digit = match &wanted.prompt {
        Prompt::Tone(tone) => {
            line.tone(Some(*tone))?;
            let digit = line.next_digit(wanted.time).await?;
            line.tone(None)?;
            digit
        }
        Prompt::Sounds(sounds) => match line.play_and_listen(sounds, ANY_DIGIT).await? {
            PlayEnd::Digit(digit) => Some(digit),
            PlayEnd::Completed => line.next_digit(wanted.time).await?,
            PlayEnd::Failed => return Ok("ERROR"),
        },
    };
    while let Some(pressed) = digit {
        let is_end = wanted.ends.contains(pressed);
        if !is_end || (wanted.keeps_lone_end && digits.is_empty()) {
            digits.push(pressed);
        }
        if is_end || digits.len() >= wanted.most {
            return Ok("OK");
        }
        digit = line.next_digit(wanted.time).await?;
    }
    Ok("TIMEOUT")
}

fn keep(line: &mut Line, variable: &str, digits: &str) {
    if let Err(reason) = line.assign(variable, digits) {
        text::warn(line, APPLICATION, &format!("{variable} was not set: {reason}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, test, tones};
    use ucx_call::{Cause, Place, Signal, Tone};

    /// The digits, the statuses, and how long the call took, in milliseconds.
    fn read(args: &str, digits: &str) -> (String, Vec<String>, u128) {
        let mut result = (String::new(), Vec::new(), 0);
        let plan = format!("[main]\nexten => 100,1,Answer()\n same => n,Read(D,{args})\n same => n,NoOp()\n");
        test(&plan, async |world| {
            let alice = world.call("100");
            world.press(alice, digits).await;
            world.until_over().await;
            let took = world.pbx.now().as_millis();
            let digits = world.record().values("D").pop().unwrap();
            result = (digits, world.record().values("READSTATUS"), took);
        });
        result
    }

    #[test]
    fn digits_are_taken_until_there_are_enough_or_the_hash_key_or_time_ends_them() {
        let (digits, status, took) = read(",4,,1,3", "4231");
        assert_eq!(
            (digits.as_str(), status),
            ("4231", vec!["ERROR".to_owned(), "OK".to_owned()])
        );
        assert!(took < 600);
        assert_eq!(read(",0,,1,3", "12#").0, "12");
        let (digits, status, took) = read(",4,,1,3", "12");
        assert_eq!((digits.as_str(), status[1].as_str()), ("12", "TIMEOUT"));
        assert!((3_200..3_400).contains(&took), "{took}");
    }

    #[test]
    fn a_digit_stops_the_sounds_and_silence_is_asked_again() {
        assert_eq!(read("a&b&c&d,1,,1,3", "7").0, "7");
        let (digits, status, took) = read("a,4,,2,3", "");
        assert_eq!((digits.as_str(), status[1].as_str()), ("", "TIMEOUT"));
        assert!((8_000..8_200).contains(&took), "{took}");
        assert_eq!(read("missing,4,,1,3", "").1[1], "ERROR");
        assert!((10_000..10_200).contains(&read(",many,z,often,0", "").2));
    }

    #[test]
    fn options_t_and_e_change_what_ends_the_input() {
        assert_eq!(read(",,t(*),1,3", "1#2*3").0, "1#2");
        let (digits, status, _) = read(",,t,1,3", "1#");
        assert_eq!((digits.as_str(), status[1].as_str()), ("1#", "TIMEOUT"));
        for (options, digits) in [("", ""), ("e", "#")] {
            let (read, status, _) = read(&format!(",,{options},1,3"), "#");
            assert_eq!((read.as_str(), status[1].as_str()), (digits, "OK"));
        }
        assert_eq!(read(",,e,1,3", "12#").0, "12");
    }

    #[test]
    fn option_i_plays_a_tone_until_the_first_digit() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,Read(D,busy,2,i,1,3)\n same => n,NoOp(${D})\n same => n,Read(E,unheard,2,i,1,1)\n same => n,NoOp(${READSTATUS})\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(100).await;
            assert_eq!(tones(world), [Tone::Busy]);
            world.press(alice, "12").await;
            world.until_over().await;
            assert_eq!(tones(world), [Tone::Busy]);
            let steps = world.steps("alice");
            assert_eq!(
                (steps[2].as_str(), steps[4].as_str()),
                ("100,3 NoOp(12)", "100,5 NoOp(TIMEOUT)")
            );
        });
    }

    #[test]
    fn an_unanswered_call_is_answered_skipped_or_left_so() {
        for (options, status, is_up) in [
            ("", "TIMEOUT", true),
            ("n", "TIMEOUT", false),
            ("s", "SKIPPED", false),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,Read(D,,4,{options},1,2)\n same => n,NoOp(${{READSTATUS}})\n"
            );
            test(&plan, async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.steps("alice")[1], format!("100,2 NoOp({status})"));
                assert_eq!(
                    world.record().ended("alice").unwrap().answered_at.is_some(),
                    is_up,
                    "{options}"
                );
            });
        }
        assert_eq!(
            notes("[main]\nexten => 100,1,Read()\n same => n,NoOp(${READSTATUS})\n"),
            ["ERROR"]
        );
    }

    #[test]
    fn a_caller_who_leaves_is_told_from_one_taken_away() {
        let plan = "[main]\nexten => 100,1,Read(D,,4)\n same => n,NoOp()\nexten => dest,1,NoOp(${READSTATUS} ${D})\nexten => h,1,NoOp(${READSTATUS} ${D})\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.press(alice, "12").await;
            world.pass(10).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "h,1 NoOp(HANGUP 12)");
        });
        test(plan, async |world| {
            let alice = world.call("100");
            world.press(alice, "12").await;
            world.pass(10).await;
            world
                .desk
                .redirect(alice, Place::new("main", "dest", 1))
                .await
                .unwrap();
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "dest,1 NoOp(INTERRUPTED 12)");
        });
    }
}
