//! `CONTROL STREAM FILE`: a sound that the caller can move about in.

use std::time::Duration;

use ucx::Playing;
use ucx::prelude::*;

use super::data::note;
use super::{Done, with};
use crate::session::Session;

/// How far one key moves unless the command says otherwise.
const SKIP_MS: u64 = 3_000;
/// How long it listens at a time; its end is heard of earlier.
const LISTENS: Duration = Duration::from_secs(60);

/// What the keys do; one that stops does nothing else.
struct Keys<'a> {
    stops: &'a str,
    forward: Option<char>,
    back: Option<char>,
    pause: Option<char>,
    skip: Duration,
}

impl<'a> Keys<'a> {
    fn of(words: &'a [String]) -> Self {
        let key = |at: usize, usual| words.get(at).map_or(usual, |word| word.chars().next());
        let skip = words
            .get(2)
            .and_then(|word| word.parse().ok())
            .filter(|ms| *ms > 0);
        Self {
            stops: &words[1],
            forward: key(3, Some('#')),
            back: key(4, Some('*')),
            pause: key(5, None),
            skip: Duration::from_millis(skip.unwrap_or(SKIP_MS)),
        }
    }

    /// Does what a key is for.
    fn press(&self, key: char, playing: &Playing, is_held: &mut bool) -> Result<(), Error> {
        if self.forward == Some(key) {
            playing.seek(playing.position()?.saturating_add(self.skip))
        } else if self.back == Some(key) {
            playing.seek(playing.position()?.saturating_sub(self.skip))
        } else if self.pause == Some(key) {
            *is_held = !*is_held;
            if *is_held {
                playing.pause()
            } else {
                playing.resume()
            }
        } else {
            Ok(())
        }
    }
}

/// `CONTROL STREAM FILE file keys [skip forward back pause offset]`.
pub fn play(session: &mut Session<'_>, words: &[String]) -> Done {
    let keys = Keys::of(words);
    let from = words.get(6).and_then(|word| word.parse().ok()).unwrap_or(0_u32);
    let from = Duration::from_millis(from.into());
    let playing = match session.call.start_play(words[0].as_str(), keys.stops, from) {
        Ok(playing) => playing,
        Err(Error::Gone) => return Err(Error::Gone),
        Err(why) => {
            log::warn(&format!("control stream file: {}", Failure::from(why)));
            return failed(session);
        }
    };
    let mut is_held = false;
    let played = loop {
        let Some(event) = session.call.next_event(LISTENS)? else {
            continue;
        };
        match event.kind.as_str() {
            "playback.ended" => match playing.wait(Duration::ZERO) {
                // The end of something before it.
                Err(Error::Timeout) => {}
                ended => break ended?,
            },
            "channel.dtmf" => {
                let key = event.text("digit").and_then(|text| text.chars().next());
                match key.map(|key| keys.press(key, &playing, &mut is_held)) {
                    // It may be over by now, or its caller gone: that comes next.
                    None | Some(Ok(()) | Err(Error::Gone)) => {}
                    Some(Err(why)) => log::debug(&format!("the key does nothing: {}", Failure::from(why))),
                }
            }
            _ => {}
        }
    };
    if super::sound::has_failed(&played) {
        return failed(session);
    }
    let key = played.key.chars().next();
    match (played.ending, key) {
        (Ending::Key, Some(key)) => {
            told(session, "USERSTOPPED", &played.position.to_string(), &played.key);
            with(format!("{} endpos={}", u32::from(key), played.position))
        }
        (Ending::Complete, _) => {
            told(session, "SUCCESS", "-1", "");
            with("0 endpos=-1")
        }
        (Ending::HungUp, _) => Err(Error::Gone),
        (Ending::Key | Ending::Stopped | Ending::TimedOut | Ending::Silence | Ending::Other, _) => {
            told(session, "REMOTESTOPPED", &played.position.to_string(), "");
            with(format!("0 endpos={}", played.position))
        }
    }
}

fn failed(session: &Session<'_>) -> Done {
    told(session, "ERROR", "0", "");
    with("-1 endpos=-1")
}

fn told(session: &Session<'_>, status: &str, offset: &str, key: &str) {
    for (name, value) in [
        ("CPLAYBACKSTATUS", status),
        ("CPLAYBACKOFFSET", offset),
        ("CPLAYBACKSTOPKEY", key),
    ] {
        note(session, name, value);
    }
}
