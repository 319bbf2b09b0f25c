//! `ControlPlayback`: a sound the caller winds forward and back.

use crate::text;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, PlaybackControl};
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, LineNotice};

application!(ControlPlayback, "ControlPlayback", waits run,
    synopsis: "Plays a sound that the caller can wind, pause and stop.",
    syntax: "ControlPlayback(filename[,skipms[,ff[,rew[,stop[,pause[,restart[,options]]]]]]])",
    arguments: &[
        ("filename", "The sound's name without its format."),
        ("skipms", "How far it is wound, in milliseconds; 3000 without it."),
        ("ff", "The digit that winds forward, # without it."),
        ("rew", "The digit that winds back, * without it."),
        ("stop", "The digits that stop it; none without it."),
        ("pause", "The digit that pauses it and lets it go on; none without it."),
        ("restart", "The digit that begins it again; none without it."),
    ],
    options: &[("o", "Begins that many milliseconds in, o(time).")],
    sets: &[
        ("CPLAYBACKSTATUS", "SUCCESS, USERSTOPPED, REMOTESTOPPED (by a client) or ERROR."),
        ("CPLAYBACKSTOPKEY", "The digit that stopped it."),
    ],
    notes: "The call is answered first. Without a sound it ends the call.",
);

const SKIP: Duration = Duration::from_millis(3_000);

/// What each digit does.
struct Keys<'a> {
    skip: Duration,
    forward: &'a str,
    back: &'a str,
    stop: &'a str,
    pause: &'a str,
    restart: &'a str,
}

impl Keys<'_> {
    fn control(&self, digit: char, is_paused: &mut bool) -> Option<PlaybackControl> {
        Some(match digit {
            _ if self.forward.contains(digit) => PlaybackControl::Forward(self.skip),
            _ if self.back.contains(digit) => PlaybackControl::Reverse(self.skip),
            _ if self.restart.contains(digit) => PlaybackControl::Restart,
            _ if self.pause.contains(digit) => {
                *is_paused = !*is_paused;
                if *is_paused {
                    PlaybackControl::Pause
                } else {
                    PlaybackControl::Unpause
                }
            }
            _ => return None,
        })
    }
}

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let Some(sound) = args.get(0).map(Arc::from) else {
        text::warn(line, "ControlPlayback", "it needs a sound");
        return Err(Ending::Hangup(Cause::NONE));
    };
    let options = text::options(line, "ControlPlayback", args.text(7), "o");
    let from = options.argument('o').and_then(text::milliseconds);
    let keys = Keys {
        skip: text::warned(line, "ControlPlayback", args.text(1), text::milliseconds).unwrap_or(SKIP),
        forward: args.get(2).unwrap_or("#"),
        back: args.get(3).unwrap_or("*"),
        stop: args.text(4),
        pause: args.text(5),
        restart: args.text(6),
    };
    line.answer()?;
    let (status, key) = play(line, &sound, &keys, from).await?;
    line.set_variable("CPLAYBACKSTATUS", status)?;
    let key = key.map(String::from).unwrap_or_default();
    line.set_variable("CPLAYBACKSTOPKEY", &key)
}

async fn play(
    line: &mut Line,
    sound: &Arc<str>,
    keys: &Keys<'_>,
    from: Option<Duration>,
) -> Result<(&'static str, Option<char>), Ending> {
    let playback = line.start_play(std::slice::from_ref(sound))?;
    if let Some(from) = from {
        line.control_playback(playback, PlaybackControl::Forward(from))?;
    }
    let mut is_paused = false;
    loop {
        match line.next().await? {
            LineNotice::PlaybackEnded {
                playback: ended,
                complete,
            } if ended == playback => {
                let status = match complete {
                    true => "SUCCESS",
                    false if line.is_stopped() => "REMOTESTOPPED",
                    false => "ERROR",
                };
                return Ok((status, None));
            }
            LineNotice::Digit { digit, .. } if keys.stop.contains(digit) => {
                line.stop_play(playback)?;
                return Ok(("USERSTOPPED", Some(digit)));
            }
            LineNotice::Digit { digit, .. } => {
                if let Some(control) = keys.control(digit, &mut is_paused) {
                    line.control_playback(playback, control)?;
                }
            }
            LineNotice::PlaybackEnded { .. }
            | LineNotice::DigitsSent
            | LineNotice::BridgeLeft(_)
            | LineNotice::RecordingStarted(_)
            | LineNotice::RecordingEnded(..)
            | LineNotice::Text(_)
            | LineNotice::Referred(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{steps, test};
    use std::time::Duration;
    use ucx_call::{Action, PlaybackControl};

    #[test]
    fn digits_wind_pause_and_stop_it() {
        let plan = "[main]\nexten => 100,1,ControlPlayback(a,500,,,9,5,7)\n same => n,NoOp(${CPLAYBACKSTATUS} ${CPLAYBACKSTOPKEY})\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(50).await;
            world.press(alice, "#*55719").await;
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "100,2 NoOp(USERSTOPPED 9)");
            let controls = world.record().actions.iter().filter_map(|action| {
                let Action::ControlPlayback { control, .. } = action else {
                    return None;
                };
                Some(*control)
            });
            let half = Duration::from_millis(500);
            assert_eq!(
                controls.collect::<Vec<_>>(),
                [
                    PlaybackControl::Forward(half),
                    PlaybackControl::Reverse(half),
                    PlaybackControl::Pause,
                    PlaybackControl::Unpause,
                    PlaybackControl::Restart
                ]
            );
        });
    }

    #[test]
    fn its_end_and_its_failure_are_told() {
        for (args, status) in [
            ("a", "SUCCESS"),
            ("missing", "ERROR"),
            ("a,,,,,,,o(200)", "SUCCESS"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,ControlPlayback({args})\n same => n,NoOp(${{CPLAYBACKSTATUS}})\n"
            );
            assert_eq!(steps(&plan)[1], format!("100,2 NoOp({status})"), "{args}");
        }
        assert_eq!(
            steps("[main]\nexten => 100,1,ControlPlayback()\n same => n,NoOp()\n").len(),
            1
        );
    }
}
