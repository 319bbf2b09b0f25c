//! `BackgroundDetect`: sounds until the caller talks.

use crate::text;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use ucx_call::{Cause, Place};
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, LineNotice, Listening};

application!(BackgroundDetect, "BackgroundDetect", waits run,
    synopsis: "Plays sounds until the caller talks, or dials an extension.",
    syntax: "BackgroundDetect(filename[&filename2…][,sil[,min[,max[,analysistime]]]])",
    arguments: &[
        ("filename", "Names of sounds without their format."),
        ("sil", "Milliseconds of silence that end a talk; 1000 without it."),
        ("min", "Milliseconds a talk lasts at least; 100 without it."),
        ("max", "Milliseconds a talk lasts at most; without it as long as it likes."),
        ("analysistime", "Milliseconds in which talk counts; without it all the time."),
    ],
    sets: &[("TALK_DETECTED", "How long the talk was, in milliseconds; set if there was one.")],
    notes: "A talk goes on to the extension talk of this context, if there is one. A digit that begins an extension stops the \
            sounds and begins it. Without a sound it ends the call.",
);

/// Samples that are looked at together, 20 ms.
const FRAME: usize = 160;

/// A frame whose samples are this far from zero on average is talk (the field's threshold).
const TALK: u32 = 256;

/// How long nothing comes until that counts as silence.
const HUSH: Duration = Duration::from_millis(100);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let sounds = text::sounds(args.text(0));
    if sounds.is_empty() {
        text::warn(line, "BackgroundDetect", "it needs a sound");
        return Err(Ending::Hangup(Cause::NONE));
    }
    let time = |place| text::warned(line, "BackgroundDetect", args.text(place), text::milliseconds);
    let talk = Talk::new(time(1), time(2), time(3));
    let until = time(4).map(|time| Instant::now() + time);
    line.answer()?;
    line.forget_digits();
    let mut ear = Ear {
        listening: line.listen()?,
        talk,
    };
    let playback = line.start_play(&sounds)?;
    loop {
        let is_heard = until.is_none_or(|until| Instant::now() < until);
        tokio::select! {
            biased;
            notice = line.next() => match notice? {
                LineNotice::PlaybackEnded { playback: ended, .. } if ended == playback => return Ok(()),
                LineNotice::Digit { digit, .. } if line.can_dial(digit) => {
                    line.stop_play(playback)?;
                    line.type_digit(digit);
                    return line.wait_exten(None).await;
                }
                LineNotice::PlaybackEnded { .. }
                | LineNotice::Digit { .. }
                | LineNotice::DigitsSent
                | LineNotice::BridgeLeft(_)
                | LineNotice::RecordingStarted(_)
                | LineNotice::RecordingEnded(..)
                | LineNotice::Text(_)
                | LineNotice::Referred(_) => {}
            },
            talked = ear.talked(), if is_heard => {
                line.stop_play(playback)?;
                return talked_on(line, talked);
            }
        }
    }
}

/// The caller talked that long.
fn talked_on(line: &mut Line, talked: Duration) -> Result<(), Ending> {
    line.set_variable("TALK_DETECTED", &talked.as_millis().to_string())?;
    let context = line.place().context.clone();
    if line.exten_exists(&context, "talk", 1) {
        line.jump(Place::new(&context, "talk", 1));
    }
    Ok(())
}

/// Hears the caller.
struct Ear {
    listening: Listening,
    talk: Talk,
}

impl Ear {
    /// Waits for a talk that counts: how long it was. Cancel safe.
    async fn talked(&mut self) -> Duration {
        loop {
            let found = match timeout(HUSH, self.listening.next()).await {
                Ok(Some(samples)) => self.talk.hear(&samples),
                // The channel is over, which its line says.
                Ok(None) => std::future::pending().await,
                Err(_) => self.talk.hush(HUSH),
            };
            if let Some(talked) = found {
                return talked;
            }
        }
    }
}

/// Tells talk from silence.
struct Talk {
    silence: Duration,
    least: Duration,
    most: Duration,
    talked: Duration,
    silent: Duration,
    /// Samples of a frame that is not whole yet.
    frame: Vec<i16>,
}

impl Talk {
    fn new(silence: Option<Duration>, least: Option<Duration>, most: Option<Duration>) -> Self {
        let given = |time: Option<Duration>, usual| time.filter(|time| !time.is_zero()).unwrap_or(usual);
        Self {
            silence: given(silence, Duration::from_secs(1)),
            least: given(least, Duration::from_millis(100)),
            most: given(most, Duration::MAX),
            talked: Duration::ZERO,
            silent: Duration::ZERO,
            frame: Vec::new(),
        }
    }

    /// Takes in what was said; how long a talk was that is over now.
    fn hear(&mut self, samples: &[i16]) -> Option<Duration> {
        let mut found = None;
        for &sample in samples {
            self.frame.push(sample);
            if self.frame.len() < FRAME {
                continue;
            }
            let loudness: u32 = self
                .frame
                .drain(..)
                .map(|sample| u32::from(sample.unsigned_abs()))
                .sum();
            let length = Duration::from_millis(20);
            if loudness / 160 >= TALK {
                self.silent = Duration::ZERO;
                self.talked += length;
            } else {
                found = found.or(self.hush(length));
            }
        }
        found
    }

    /// Takes in silence.
    fn hush(&mut self, length: Duration) -> Option<Duration> {
        self.silent = self.silent.saturating_add(length);
        if self.talked.is_zero() || self.silent < self.silence {
            return None;
        }
        let talked = std::mem::take(&mut self.talked);
        (self.least <= talked && talked <= self.most).then_some(talked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::test;
    use ucx_call::Action;

    const LOUD: [i16; FRAME] = [5_000; FRAME];
    const QUIET: [i16; FRAME] = [10; FRAME];

    fn talk() -> Talk {
        let ms = |ms| Some(Duration::from_millis(ms));
        Talk::new(ms(60), ms(40), ms(200))
    }

    fn hears(talk: &mut Talk, frames: &[(&[i16; FRAME], usize)]) -> Vec<u64> {
        let said = frames
            .iter()
            .flat_map(|(frame, times)| std::iter::repeat_n(*frame, *times));
        said.filter_map(|frame| talk.hear(frame))
            .map(|talked| u64::try_from(talked.as_millis()).unwrap())
            .collect()
    }

    #[test]
    fn a_talk_counts_when_silence_ends_it_and_its_length_is_right() {
        assert_eq!(hears(&mut talk(), &[(&LOUD, 3), (&QUIET, 2)]), [0_u64; 0]);
        assert_eq!(hears(&mut talk(), &[(&LOUD, 3), (&QUIET, 3)]), [60]);
        assert_eq!(
            hears(&mut talk(), &[(&LOUD, 2), (&QUIET, 2), (&LOUD, 2), (&QUIET, 3)]),
            [80]
        );
        assert_eq!(
            hears(&mut talk(), &[(&LOUD, 1), (&QUIET, 9)]),
            [0_u64; 0],
            "too short"
        );
        assert_eq!(
            hears(&mut talk(), &[(&LOUD, 11), (&QUIET, 9)]),
            [0_u64; 0],
            "too long"
        );
    }

    #[test]
    fn who_sends_nothing_is_silent() {
        let mut talk = talk();
        assert_eq!(talk.hush(HUSH), None);
        hears(&mut talk, &[(&LOUD, 3)]);
        assert_eq!(talk.hush(HUSH), Some(Duration::from_millis(60)));
    }

    const PLAN: &str = "[main]\nexten => 100,1,BackgroundDetect(a&b&c&d,60,40)\n same => n,NoOp(on ${TALK_DETECTED})\nexten => 7,1,NoOp(seven)\n";

    /// The last step of a call that meets `with` in the sounds.
    fn last(plan: &str, talks: bool, digits: &str) -> String {
        let mut last = String::new();
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(300).await;
            let listener = world.record().actions.iter().find_map(|action| {
                let Action::Listen { listener, .. } = action else {
                    return None;
                };
                Some(*listener)
            });
            let listener = listener.expect("somebody listens");
            if talks {
                for frame in [LOUD, LOUD, LOUD, QUIET, QUIET, QUIET] {
                    world.pbx.heard(listener, &frame);
                }
            }
            world.press(alice, digits).await;
            world.until_over().await;
            assert!(
                world
                    .record()
                    .actions
                    .contains(&Action::StopListening { listener })
            );
            last = world.steps("alice").pop().expect("the call took a step");
        });
        last
    }

    #[test]
    fn talk_and_digits_end_the_sounds() {
        assert_eq!(last(PLAN, false, ""), "100,2 NoOp(on )");
        assert_eq!(last(PLAN, true, ""), "100,2 NoOp(on 60)");
        assert_eq!(last(PLAN, false, "7"), "7,1 NoOp(seven)");
        let with_talk = format!("{PLAN}exten => talk,1,NoOp(talked ${{TALK_DETECTED}})\n");
        assert_eq!(last(&with_talk, true, ""), "talk,1 NoOp(talked 60)");
    }
}
