//! What is heard, said, pressed and recorded?

use std::time::Duration;

use ucx::bindings::types::{IfExists, Played, RecordSpec, SpokenTime};
use ucx::clock::Patience;
use ucx::prelude::*;

use super::{Answered, Done, with};
use crate::session::Session;

/// Samples of 8 kHz in a millisecond; places in a sound are told in samples.
const SAMPLES_PER_MS: u64 = 8;
/// Time for the first digit of `GET DATA` and for the next ones, unless the command says otherwise, in milliseconds.
const DATA_TIMES: [u32; 2] = [10_000, 5_000];
/// The most digits that are collected at once.
const DIGITS_MAX: u16 = 128;
/// How long `GET OPTION` waits after the sound unless the command says otherwise.
const OPTION_TIME: Duration = Duration::from_secs(5);
/// A wait without an end, as long as the interface can say.
const FOR_EVER: u32 = u32::MAX;

fn samples(ms: u32) -> u64 {
    u64::from(ms) * SAMPLES_PER_MS
}

fn number(word: Option<&String>) -> Option<i64> {
    word.and_then(|word| word.trim().parse().ok())
}

/// Milliseconds; below nought is for ever.
fn millis(number: i64) -> u32 {
    if number < 0 {
        FOR_EVER
    } else {
        u32::try_from(number).unwrap_or(FOR_EVER)
    }
}

fn millis_of(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(FOR_EVER)
}

fn key(played: &Played) -> u32 {
    match played.ending {
        Ending::Key => played.key.chars().next().map_or(0, u32::from),
        _ => 0,
    }
}

/// Whether something of it could not be played.
pub fn has_failed(played: &Played) -> bool {
    matches!(played.attrs.value("failed"), Some(Value::Boolean(true)))
}

/// The items said, until one of the keys.
fn say(session: &Session<'_>, items: Vec<MediaItem>, keys: &str) -> Done {
    let played = session.call.play_until(items, keys)?;
    with(key(&played))
}

/// Plays a sound from there on; the answer with its place.
fn play(session: &Session<'_>, name: &str, keys: &str, from_ms: u32) -> Result<(Played, Done), Error> {
    let from = Duration::from_millis(from_ms.into());
    let played = session.call.play_from(name, keys, from)?;
    let done = if has_failed(&played) {
        with("-1 endpos=0")
    } else {
        with(format!("{} endpos={}", key(&played), samples(played.position)))
    };
    Ok((played, done))
}

/// `STREAM FILE file keys [samples]`.
pub fn stream(session: &mut Session<'_>, words: &[String]) -> Done {
    let from = match words.get(2).map(|word| word.parse::<u64>()) {
        None => 0,
        Some(Ok(from)) => u32::try_from(from / SAMPLES_PER_MS).unwrap_or(u32::MAX),
        Some(Err(_)) => return Ok(Answered::Usage),
    };
    let (played, done) = play(session, &words[0], &words[1], from)?;
    let status = if has_failed(&played) { "FAILED" } else { "SUCCESS" };
    super::data::note(session, "PLAYBACKSTATUS", status);
    done
}

/// `GET DATA file [timeout [digits]]`.
pub fn get_data(session: &mut Session<'_>, words: &[String]) -> Done {
    let [first, between] = match number(words.get(1)) {
        None | Some(0) => DATA_TIMES,
        Some(time) => [millis(time); 2],
    };
    let most = number(words.get(2)).and_then(|most| u16::try_from(most).ok());
    let mut spec = digits(
        most.filter(|most| *most > 0)
            .unwrap_or(DIGITS_MAX)
            .min(DIGITS_MAX),
    );
    spec = spec.prompt(words[0].as_str());
    (spec.first, spec.between, spec.min_digits) = (first, between, 0);
    let pressed = session.call.gather(spec)?;
    match pressed.ending {
        Ending::TimedOut => with(format!("{} (timeout)", pressed.digits)),
        _ => with(pressed.digits),
    }
}

/// `GET OPTION file keys [timeout]`.
pub fn get_option(session: &mut Session<'_>, words: &[String]) -> Done {
    let (played, done) = play(session, &words[0], &words[1], 0)?;
    if played.ending == Ending::Key || has_failed(&played) {
        return done;
    }
    let time = words.get(2).and_then(|word| word.parse().ok());
    let patience = Patience::of(Some(time.map_or(OPTION_TIME, Duration::from_millis)));
    let pressed = loop {
        match digit(session, millis_of(patience.left()))? {
            // A key that is no option.
            Some(pressed) if !words[1].contains(pressed) && !patience.is_over() => {}
            pressed => break pressed.filter(|pressed| words[1].contains(*pressed)),
        }
    };
    with(format!(
        "{} endpos={}",
        pressed.map_or(0, u32::from),
        samples(played.position)
    ))
}

/// `WAIT FOR DIGIT timeout`.
pub fn wait_for_digit(session: &mut Session<'_>, words: &[String]) -> Done {
    let Some(wait) = number(words.first()) else {
        return Ok(Answered::Usage);
    };
    with(digit(session, millis(wait))?.map_or(0, u32::from))
}

fn digit(session: &Session<'_>, wait: u32) -> Result<Option<char>, Error> {
    let mut spec = digits(1).until("");
    spec.first = wait;
    Ok(session.call.gather(spec)?.digits.chars().next())
}

/// `SAY ALPHA text keys`.
pub fn say_alpha(session: &mut Session<'_>, words: &[String]) -> Done {
    say(session, vec![MediaItem::Characters(words[0].clone())], &words[1])
}

/// `SAY PHONETIC text keys`.
pub fn say_phonetic(session: &mut Session<'_>, words: &[String]) -> Done {
    say(session, vec![MediaItem::Phonetic(words[0].clone())], &words[1])
}

/// `SAY DIGITS digits keys`.
pub fn say_digits(session: &mut Session<'_>, words: &[String]) -> Done {
    say(session, vec![MediaItem::Digits(words[0].clone())], &words[1])
}

/// `SAY NUMBER number keys [gender]`.
pub fn say_number(session: &mut Session<'_>, words: &[String]) -> Done {
    match number(words.first()) {
        Some(number) => say(session, vec![ucx::prelude::say_number(number)], &words[1]),
        None => Ok(Answered::Usage),
    }
}

/// `SAY DATE seconds keys`.
pub fn say_date(session: &mut Session<'_>, words: &[String]) -> Done {
    say_moment(session, words, "ABdY", "")
}

/// `SAY TIME seconds keys`.
pub fn say_time(session: &mut Session<'_>, words: &[String]) -> Done {
    say_moment(session, words, "IMp", "")
}

/// `SAY DATETIME seconds keys [format [zone]]`.
pub fn say_datetime(session: &mut Session<'_>, words: &[String]) -> Done {
    let format = words.get(2).map_or("ABdY 'digits/at' IMp", String::as_str);
    say_moment(session, words, format, words.get(3).map_or("", String::as_str))
}

fn say_moment(session: &Session<'_>, words: &[String], format: &str, zone: &str) -> Done {
    let Some(seconds) = number(words.first()).and_then(|seconds| u64::try_from(seconds).ok()) else {
        return Ok(Answered::Usage);
    };
    let moment = SpokenTime {
        at: seconds * 1000,
        zone: zone.to_owned(),
        format: format.to_owned(),
    };
    say(session, vec![MediaItem::Date(moment)], &words[1])
}

/// `RECORD FILE name format keys timeout [offset] [BEEP] [s=silence]`: kept among the plugin's own recordings.
pub fn record(session: &mut Session<'_>, words: &[String]) -> Done {
    let Some(most) = number(words.get(3)) else {
        return Ok(Answered::Usage);
    };
    let further = &words[4..];
    let silence = further
        .iter()
        .find_map(|word| word.strip_prefix("s=")?.parse::<u32>().ok());
    // Where in the file it begins cannot be said: an offset goes on at its end.
    let goes_on = further
        .iter()
        .any(|word| word.parse().is_ok_and(|samples: u64| samples > 0));
    let spec = RecordSpec {
        name: words[0].trim_start_matches('/').to_owned(),
        format: words[1].clone(),
        max: u32::try_from(most).unwrap_or(0),
        silence: silence.unwrap_or(0).saturating_mul(1000),
        terminators: words[2].clone(),
        beep: further.iter().any(|word| word.eq_ignore_ascii_case("beep")),
        if_exists: if goes_on {
            IfExists::Append
        } else {
            IfExists::Overwrite
        },
        attrs: Vec::new(),
    };
    let recorded = match session.call.record(spec) {
        Err(Error::Gone) => return Ok(Answered::Last("-1 (hangup) endpos=0".to_owned())),
        recorded => recorded?,
    };
    let end = samples(recorded.duration);
    match recorded.ending {
        Ending::Key => {
            let key = recorded.key.chars().next().map_or(0, u32::from);
            with(format!("{key} (dtmf) endpos={end}"))
        }
        Ending::HungUp => with(format!("-1 (hangup) endpos={end}")),
        _ => with(format!("0 (timeout) endpos={end}")),
    }
}
