//! `GET DATA`: plays a sound and takes digits.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "get data",
    syntax: "GET DATA <file> [<timeout ms> [<most digits>]]",
    synopsis: "Plays a sound and takes digits.",
    description: "The first digit stops the sound; # ends the digits and is none of them. The\n result is the digits themselves, with (timeout) if the time for one more passed;\n -1 if the caller is gone. Without a timeout it is 10 s for the first digit and\n 5 s for each that follows.",
    arguments: 1..=3,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// Digits taken unless the command says otherwise, and at the most.
const DIGITS_MAX: usize = 1_024;

/// Time for the first digit and for the next ones, unless the command says otherwise.
const TIMES: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(5)];

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let sounds: Vec<Arc<str>> = words
        .get(2)
        .unwrap_or_default()
        .split('&')
        .filter(|name| !name.is_empty())
        .map(Arc::from)
        .collect();
    let [first, between] = match words.get(3).and_then(|word| word.parse::<i64>().ok()) {
        None | Some(0) => TIMES.map(Some),
        Some(ms) => [u64::try_from(ms).ok().map(Duration::from_millis); 2],
    };
    let most = words
        .get(4)
        .and_then(|word| word.parse().ok())
        .filter(|most| *most > 0);
    let most = most.unwrap_or(DIGITS_MAX).min(DIGITS_MAX);
    let mut digits = String::new();
    let mut heard = match session.play(&sounds, ANY_DIGIT).await.heard {
        // A sound that is missing is no reason not to listen.
        Heard::Completed | Heard::Failed => session.digit(first).await,
        heard @ (Heard::Digit(_) | Heard::Superseded | Heard::Gone) => heard,
    };
    loop {
        match heard {
            Heard::Digit('#') => break,
            Heard::Digit(digit) => digits.push(digit),
            Heard::Completed | Heard::Failed => {
                return Outcome::Done(wire::result(format_args!("{digits} (timeout)")));
            }
            Heard::Superseded => return Outcome::Superseded,
            Heard::Gone => return Outcome::Failed(wire::FAILED),
        }
        if digits.len() >= most {
            break;
        }
        heard = session.digit(between).await;
    }
    Outcome::Done(wire::result(digits))
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    fn digits(command: &str, pressed: &str) -> Vec<String> {
        let talk = Talk::new(&[command]);
        talk.run(async |world, alice| {
            world.pass(100).await;
            world.press(alice, pressed).await;
        });
        talk.replies()
    }

    #[test]
    fn digits_are_taken_until_there_are_enough() {
        assert_eq!(digits("GET DATA tone 2000 3", "1234"), ["200 result=123"]);
        assert_eq!(digits("GET DATA tone 2000", "12#"), ["200 result=12"]);
        assert_eq!(digits("GET DATA tone&tone", "#"), ["200 result="]);
        assert_eq!(digits("GET DATA \"\" 2000 2", "*0"), ["200 result=*0"]);
        assert_eq!(digits("GET DATA tone -1 2", "10"), ["200 result=10"]);
    }

    #[test]
    fn the_time_for_a_digit_passes() {
        assert_eq!(digits("GET DATA tone 200 4", ""), ["200 result= (timeout)"]);
        assert_eq!(digits("GET DATA missing 2000 4", "7"), ["200 result=7 (timeout)"]);
        assert_usage("GET DATA");
    }
}
