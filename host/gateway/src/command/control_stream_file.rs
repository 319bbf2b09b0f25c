//! `CONTROL STREAM FILE`: plays a sound the caller can wind.

use super::prelude::*;
use crate::session::digit_of;
use tokio::time::Instant;
use ucx_call::{PlaybackControl, PlaybackId};
use ucx_pbx::LineNotice;

pub(super) static COMMAND: Command = Command {
    name: "control stream file",
    syntax: "CONTROL STREAM FILE <filename> <escape digits> [<skip ms> [<forward digit> [<rewind digit> [<pause digit> [<offset ms>]]]]]",
    synopsis: "Plays a sound that the caller can wind.",
    description: "Plays the sound until its end or one of the escape digits. One digit winds\n forward (#), one back (*), by 3000 ms unless given; one holds it and lets it go\n on (none unless given). Result 0 at its end, else the digit as a number,\n -1 if it cannot be played; endpos is where it was stopped, in ms, or -1.\n Sets CPLAYBACKSTATUS, CPLAYBACKOFFSET and CPLAYBACKSTOPKEY.",
    arguments: 2..=7,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// How far one digit winds unless the command says otherwise.
const SKIP_MS: u64 = 3_000;

/// What the digits do.
struct Keys<'a> {
    stops: &'a str,
    forward: Option<char>,
    rewind: Option<char>,
    pause: Option<char>,
    skip: Duration,
}

/// Where the playback is, as far as is known from what was done to it.
struct Position {
    at: Duration,
    since: Instant,
    is_paused: bool,
}

impl Position {
    fn now(&self) -> Duration {
        if self.is_paused {
            self.at
        } else {
            self.at + self.since.elapsed()
        }
    }

    fn set(&mut self, at: Duration) {
        (self.at, self.since) = (at, Instant::now());
    }
}

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let key = |place, otherwise| words.get(place).map_or(otherwise, |word| word.chars().next());
    let skip_ms = words
        .get(5)
        .and_then(|word| word.parse().ok())
        .filter(|ms| *ms > 0);
    let keys = Keys {
        stops: words.get(4).unwrap_or_default(),
        forward: key(6, Some('#')),
        rewind: key(7, Some('*')),
        pause: key(8, None),
        skip: Duration::from_millis(skip_ms.unwrap_or(SKIP_MS).min(u64::from(u32::MAX))),
    };
    let offset_ms = words.get(9).and_then(|word| word.parse().ok()).unwrap_or(0_u32);
    let offset = Duration::from_millis(u64::from(offset_ms));
    let sounds = [Arc::from(words.get(3).unwrap_or_default())];
    let mut position = Position {
        at: offset,
        since: Instant::now(),
        is_paused: false,
    };
    let heard = match session.begin(&sounds, offset) {
        Ok(playback) => listen(session, playback, &keys, &mut position).await,
        Err(ending) => {
            session.note(ending);
            Heard::Gone
        }
    };
    let endpos = position.now().as_millis();
    match heard {
        Heard::Completed => {
            told(session, "SUCCESS", "-1", "");
            Outcome::Done(wire::result("0 endpos=-1"))
        }
        Heard::Digit(digit) => {
            told(
                session,
                "USERSTOPPED",
                &endpos.to_string(),
                digit.encode_utf8(&mut [0; 4]),
            );
            Outcome::Done(wire::result(format_args!("{} endpos={endpos}", u32::from(digit))))
        }
        Heard::Superseded => Outcome::Superseded,
        Heard::Failed if session.line.is_stopped() => {
            told(session, "REMOTESTOPPED", &endpos.to_string(), "");
            Outcome::Done(wire::result(format_args!("0 endpos={endpos}")))
        }
        Heard::Failed | Heard::Gone => {
            told(session, "ERROR", "0", "");
            Outcome::Failed(wire::result("-1 endpos=-1"))
        }
    }
}

/// Waits for the end, and winds meanwhile.
async fn listen(
    session: &mut Session<'_>,
    playback: PlaybackId,
    keys: &Keys<'_>,
    position: &mut Position,
) -> Heard {
    loop {
        let is_key = |digit| {
            [keys.forward, keys.rewind, keys.pause].contains(&Some(digit)) || keys.stops.contains(digit)
        };
        let heard = session
            .listen(None, |notice| {
                if let LineNotice::PlaybackEnded {
                    playback: ended,
                    complete,
                } = notice
                    && ended == playback
                {
                    return Some(if complete { Heard::Completed } else { Heard::Failed });
                }
                digit_of(&notice).filter(|digit| is_key(*digit)).map(Heard::Digit)
            })
            .await;
        let control = match heard {
            Heard::Digit(digit) if keys.stops.contains(digit) => None,
            Heard::Digit(digit) if keys.forward == Some(digit) => {
                position.set(position.now() + keys.skip);
                Some(PlaybackControl::Forward(keys.skip))
            }
            Heard::Digit(digit) if keys.rewind == Some(digit) => {
                position.set(position.now().saturating_sub(keys.skip));
                Some(PlaybackControl::Reverse(keys.skip))
            }
            Heard::Digit(_) => {
                position.set(position.now());
                position.is_paused = !position.is_paused;
                Some(if position.is_paused {
                    PlaybackControl::Pause
                } else {
                    PlaybackControl::Unpause
                })
            }
            Heard::Superseded => None,
            Heard::Completed | Heard::Failed | Heard::Gone => return heard,
        };
        let done = match control {
            Some(control) => session.line.control_playback(playback, control),
            None => session.line.stop_play(playback),
        };
        if let Err(ending) = done {
            session.note(ending);
            return Heard::Gone;
        }
        if control.is_none() {
            return heard;
        }
    }
}

fn told(session: &mut Session<'_>, status: &str, offset: &str, key: &str) {
    session.set("CPLAYBACKSTATUS", status);
    session.set("CPLAYBACKOFFSET", offset);
    session.set("CPLAYBACKSTOPKEY", key);
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::{Action, PlaybackControl};

    #[test]
    fn a_sound_plays_to_its_end() {
        assert_talk(&[
            (
                "CONTROL STREAM FILE tone \"\" 3000 # * 1",
                "200 result=0 endpos=-1",
            ),
            ("GET VARIABLE CPLAYBACKSTATUS", "200 result=1 (SUCCESS)"),
            ("CONTROL STREAM FILE missing \"\"", "200 result=-1 endpos=-1"),
            ("GET VARIABLE CPLAYBACKSTATUS", "200 result=1 (ERROR)"),
        ]);
        assert_usage("CONTROL STREAM FILE tone");
    }

    #[test]
    fn digits_wind_hold_and_stop_it() {
        let talk = Talk::new(&[
            "CONTROL STREAM FILE tone 9 200 # * 1",
            "GET VARIABLE CPLAYBACKSTOPKEY",
        ]);
        talk.run(async |world, alice| {
            world.pass(100).await;
            world.press(alice, "#*15").await;
            world.pass(300).await;
            world.press(alice, "19").await;
        });
        // 600 ms to the digit that holds it (less 400 ms back at the most), and 100 ms after it goes on.
        let replies = talk.replies();
        let endpos: u64 = replies[0]
            .strip_prefix("200 result=57 endpos=")
            .unwrap()
            .parse()
            .unwrap();
        assert!((350..600).contains(&endpos), "{endpos}");
        assert_eq!(replies[1], "200 result=1 (9)");
        let control = |action| {
            if let Action::ControlPlayback { control, .. } = action {
                Some(control)
            } else {
                None
            }
        };
        let controls: Vec<_> = talk.actions().into_iter().filter_map(control).collect();
        let skip = std::time::Duration::from_millis(200);
        assert_eq!(
            controls,
            [
                PlaybackControl::Forward(skip),
                PlaybackControl::Reverse(skip),
                PlaybackControl::Pause,
                PlaybackControl::Unpause
            ]
        );
    }
}
