//! Playbacks and recordings in the order clients see them.

use super::*;
use crate::model::LiveRecording;
use std::time::Duration;
use ucx_call::{IfExists, RecordingEnd, RecordingSpec};

fn play(id: &str, media: &[&str]) -> PlaySpec {
    PlaySpec {
        id: Arc::from(id),
        media: media.iter().map(|uri| Arc::from(*uri)).collect(),
        language: Arc::from("en"),
        offset: Duration::ZERO,
        skip: Duration::from_millis(3_000),
    }
}

fn record(name: &str, terminate_on: TerminateOn) -> RecordSpec {
    RecordSpec {
        spec: Arc::new(RecordingSpec {
            name: Arc::from(name),
            format: Arc::from("wav"),
            max_duration: None,
            max_silence: None,
            if_exists: IfExists::Fail,
            beep: false,
        }),
        terminate_on,
    }
}

fn deck() -> Deck {
    Deck::new(Arc::from("channel:1.0"))
}

/// What came out, in short words.
fn steps(deck: &mut Deck) -> Vec<String> {
    std::iter::from_fn(|| deck.poll())
        .map(|step| short(&step))
        .collect()
}

/// The word clients see.
fn word_of(state: impl serde::Serialize) -> String {
    serde_json::to_string(&state)
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

fn short(step: &Step) -> String {
    let playback = |word: &str, view: &Playback| {
        let next = view.next_media_uri.as_ref().map(|next| format!(" > {next}"));
        format!(
            "{word} {} {}{} {}",
            view.id,
            view.media_uri,
            next.unwrap_or_default(),
            word_of(view.state)
        )
    };
    let recording = |word: &str, view: &LiveRecording| {
        let duration = view.duration.map(|s| format!(" {s}s")).unwrap_or_default();
        format!("{word} {} {}{duration}", view.name, word_of(view.state))
    };
    match step {
        Step::Play(sounds, _) => format!("play {}", sounds.join("&")),
        Step::Act(act) => format!("{act:?}"),
        Step::PlayRecording(name) => format!("play recording {name}"),
        Step::StopPlaying(id) => format!("stop {id}"),
        Step::ControlPlaying(id, control) => format!("{control:?} {id}"),
        Step::Record(spec) => format!("record {}", spec.name),
        Step::ControlRecording(id, control) => format!("{control:?} recording {id}"),
        Step::Say(Saying::PlaybackQueued(view)) => playback("-", view),
        Step::Say(Saying::PlaybackStarted(view)) => playback("Started", view),
        Step::Say(Saying::PlaybackContinuing(view)) => playback("Continuing", view),
        Step::Say(Saying::PlaybackFinished(view)) => playback("Finished", view),
        Step::Say(Saying::PlaybackGone(id)) => format!("gone {id}"),
        Step::Say(Saying::RecordingChanged(view)) => recording("-", view),
        Step::Say(Saying::RecordingStarted(view)) => recording("RecStarted", view),
        Step::Say(Saying::RecordingFinished(view)) => recording("RecFinished", view),
        Step::Say(Saying::RecordingFailed(view)) => recording("RecFailed", view),
    }
}

const DONE: RecordingEnd = RecordingEnd::Done {
    duration: Duration::from_millis(1_500),
    talking: Duration::from_secs(1),
    silence: Duration::ZERO,
    by_silence: false,
};

#[test]
fn several_media_are_one_playback() {
    let mut deck = deck();
    let view = deck.play(play("p2", &["sound:beep", "digits:12"])).unwrap();
    assert_eq!(view.state, PlaybackState::Queued);
    assert_eq!(
        steps(&mut deck),
        [
            "- p2 sound:beep > digits:12 queued",
            "Started p2 sound:beep > digits:12 playing",
            "play beep"
        ]
    );
    deck.play_began(Some(PlaybackId(1)));
    deck.play_ended(PlaybackId(9), true);
    assert!(steps(&mut deck).is_empty());
    deck.play_ended(PlaybackId(1), true);
    assert_eq!(
        steps(&mut deck),
        [
            "Continuing p2 sound:beep > digits:12 continuing",
            "Started p2 digits:12 playing",
            "play digits/1&digits/2"
        ]
    );
    deck.play_began(Some(PlaybackId(2)));
    deck.play_ended(PlaybackId(2), true);
    assert_eq!(steps(&mut deck), ["Finished p2 digits:12 done"]);
}

#[test]
fn what_is_asked_for_meanwhile_waits() {
    let mut deck = deck();
    deck.play(play("q1", &["sound:tt-monkeys"])).unwrap();
    deck.play_began(Some(PlaybackId(1)));
    deck.play(play("q2", &["sound:beep"])).unwrap();
    deck.play(play("q3", &["sound:beep"])).unwrap();
    deck.record(record("r1", TerminateOn::None)).unwrap();
    steps(&mut deck);
    assert_eq!(deck.control("q2", Operation::Pause), Err(Declined::NotNow));
    assert_eq!(deck.control("nope", Operation::Pause), Err(Declined::Unknown));
    deck.stop("q3").unwrap();
    deck.stop("q1").unwrap();
    assert_eq!(deck.stop("q1"), Err(Declined::Unknown));
    assert_eq!(
        steps(&mut deck),
        [
            "Finished q3 sound:beep done",
            "stop 1",
            "Finished q1 sound:tt-monkeys done",
            "Started q2 sound:beep playing",
            "play beep"
        ]
    );
    deck.play_began(Some(PlaybackId(2)));
    // The end of what was stopped comes late and concerns nobody.
    deck.play_ended(PlaybackId(1), false);
    deck.play_ended(PlaybackId(2), true);
    assert_eq!(steps(&mut deck), ["Finished q2 sound:beep done", "record r1"]);
}

#[test]
fn only_going_on_after_a_pause_is_told() {
    let mut deck = deck();
    let mut spec = play("p9", &["sound:tt-monkeys"]);
    spec.offset = Duration::from_millis(200);
    deck.play(spec).unwrap();
    deck.play_began(Some(PlaybackId(1)));
    steps(&mut deck).clear();
    for operation in [
        "pause", "pause", "unpause", "unpause", "forward", "reverse", "restart",
    ] {
        let operation = Operation::parse(operation).unwrap();
        deck.control("p9", operation).unwrap();
    }
    assert_eq!(Operation::parse("stop"), None);
    assert_eq!(
        steps(&mut deck),
        [
            "Pause 1",
            "Pause 1",
            "Unpause 1",
            "Started p9 sound:tt-monkeys playing",
            "Unpause 1",
            "Forward(3s) 1",
            "Reverse(3s) 1",
            "Restart 1"
        ]
    );
}

#[test]
fn a_playback_may_begin_later_in_its_sound() {
    let mut deck = deck();
    let mut spec = play("p", &["sound:a", "sound:b"]);
    spec.offset = Duration::from_millis(200);
    deck.play(spec).unwrap();
    steps(&mut deck);
    deck.play_began(Some(PlaybackId(1)));
    assert_eq!(steps(&mut deck), ["Forward(200ms) 1"]);
    deck.play_ended(PlaybackId(1), true);
    deck.play_began(Some(PlaybackId(2)));
    assert!(!steps(&mut deck).contains(&"Forward(200ms) 2".to_owned()));
}

#[test]
fn what_cannot_be_played_fails_or_is_gone() {
    let mut deck = deck();
    deck.play(play("p5", &["sound:nosuchfile", "sound:beep"]))
        .unwrap();
    deck.play_began(Some(PlaybackId(1)));
    deck.play_ended(PlaybackId(1), false);
    deck.play(play("p6", &["bogus:x"])).unwrap();
    deck.play(play("p7", &["sound:../x"])).unwrap();
    deck.play(play("p8", &["recording:r"])).unwrap();
    deck.play_began(Some(PlaybackId(8)));
    deck.play_ended(PlaybackId(8), false);
    deck.play(play("p9", &["tone:ring"])).unwrap();
    deck.play_began(None);
    let said: Vec<_> = steps(&mut deck)
        .into_iter()
        .filter(|step| step.starts_with("Finished") || step.starts_with("gone"))
        .collect();
    assert_eq!(
        said,
        [
            "Finished p5 sound:nosuchfile > sound:beep failed",
            "gone p6",
            "Finished p7 sound:../x failed",
            "gone p8",
            "Finished p9 tone:ring failed"
        ]
    );
}

#[test]
fn a_recording_is_told_from_its_first_to_its_last() {
    let mut deck = deck();
    deck.record(record("r1", TerminateOn::Digit('#'))).unwrap();
    assert_eq!(steps(&mut deck), ["- r1 queued", "record r1"]);
    assert!(deck.is_recording());
    deck.record_began(Ok(RecordingId(4)));
    deck.recording_started(RecordingId(4));
    assert_eq!(steps(&mut deck), ["RecStarted r1 recording"]);
    deck.control_recording("r1", RecordingControl::Pause).unwrap();
    deck.control_recording("r1", RecordingControl::Unpause).unwrap();
    assert_eq!(
        deck.control_recording("nope", RecordingControl::Stop),
        Err(Declined::Unknown)
    );
    assert_eq!(
        steps(&mut deck),
        [
            "Pause recording 4",
            "- r1 paused",
            "Unpause recording 4",
            "- r1 recording"
        ]
    );
    deck.digit('1');
    assert!(steps(&mut deck).is_empty());
    deck.digit('#');
    assert_eq!(steps(&mut deck), ["Stop recording 4"]);
    deck.recording_ended(RecordingId(4), DONE);
    assert_eq!(steps(&mut deck), ["RecFinished r1 done 1s"]);
    assert!(!deck.is_recording());
}

#[test]
fn silence_is_told_where_it_was_asked_for() {
    let mut deck = deck();
    let mut spec = record("r2", TerminateOn::None);
    Arc::make_mut(&mut spec.spec).max_silence = Some(Duration::from_secs(1));
    deck.record(spec).unwrap();
    deck.record_began(Ok(RecordingId(1)));
    deck.recording_started(RecordingId(1));
    deck.recording_ended(RecordingId(1), DONE);
    let last = std::iter::from_fn(|| deck.poll()).last().unwrap();
    let Step::Say(Saying::RecordingFinished(view)) = last else {
        panic!("{last:?}")
    };
    assert_eq!((view.talking_duration, view.silence_duration), (Some(1), Some(0)));
}

#[test]
fn recordings_fail_are_cancelled_and_end_before_they_begin() {
    let mut deck = deck();
    deck.record(record("a", TerminateOn::None)).unwrap();
    deck.record_began(Err(Arc::from("no room")));
    deck.record(record("b", TerminateOn::None)).unwrap();
    deck.record_began(Ok(RecordingId(2)));
    deck.control_recording("b", RecordingControl::Cancel).unwrap();
    deck.record(record("c", TerminateOn::None)).unwrap();
    deck.control_recording("c", RecordingControl::Stop).unwrap();
    assert_eq!(
        deck.control_recording("b", RecordingControl::Pause),
        Err(Declined::NotNow)
    );
    deck.recording_started(RecordingId(2));
    deck.recording_ended(RecordingId(2), RecordingEnd::Cancelled);
    assert_eq!(
        steps(&mut deck),
        [
            "- a queued",
            "record a",
            "RecFailed a failed",
            "- b queued",
            "record b",
            "- c queued",
            "RecFinished c done 0s",
            "RecStarted b recording",
            "Cancel recording 2",
            "RecFinished b done 0s"
        ]
    );
}

#[test]
fn nothing_is_left_when_the_channel_leaves() {
    let mut deck = deck();
    deck.play(play("p1", &["sound:beep"])).unwrap();
    deck.play_began(Some(PlaybackId(1)));
    deck.play(play("p2", &["sound:beep"])).unwrap();
    deck.record(record("r", TerminateOn::None)).unwrap();
    steps(&mut deck);
    assert_eq!(deck.clear(), None);
    assert_eq!(
        steps(&mut deck),
        [
            "stop 1",
            "Finished p1 sound:beep failed",
            "Finished p2 sound:beep failed",
            "RecFailed r failed"
        ]
    );
    deck.play_ended(PlaybackId(1), false);
    assert!(steps(&mut deck).is_empty());
}

#[test]
fn a_recording_under_way_is_told_of_after_its_channel_left() {
    let mut deck = deck();
    deck.record(record("r", TerminateOn::None)).unwrap();
    deck.record_began(Ok(RecordingId(3)));
    steps(&mut deck);
    let unfinished = deck.clear().unwrap();
    assert_eq!(steps(&mut deck), ["Stop recording 3"]);
    assert_eq!(unfinished.recording, RecordingId(3));
    let said: Vec<_> = unfinished
        .ended(DONE)
        .into_iter()
        .map(|said| short(&Step::Say(said)))
        .collect();
    assert_eq!(said, ["RecStarted r recording", "RecFinished r done 1s"]);
}

#[test]
fn the_queue_has_a_bound() {
    let mut deck = deck();
    for id in 0..=WAITING_MAX {
        deck.play(play(&id.to_string(), &["sound:beep"])).unwrap();
    }
    assert_eq!(deck.play(play("one more", &["sound:beep"])), Err(Declined::Full));
    assert_eq!(deck.record(record("r", TerminateOn::None)), Err(Declined::Full));
}

#[test]
fn music_behind_a_prompt_waits_for_its_end() {
    let mut deck = deck();
    deck.act(Act::StartMusic(None)).unwrap();
    deck.play(play("p", &["sound:beep"])).unwrap();
    deck.act(Act::StartMusic(Some(Arc::from("jazz")))).unwrap();
    deck.act(Act::StopMusic).unwrap();
    deck.play_began(Some(PlaybackId(1)));
    assert_eq!(
        steps(&mut deck),
        [
            "StartMusic(None)",
            "- p sound:beep queued",
            "Started p sound:beep playing",
            "play beep"
        ]
    );
    deck.play_ended(PlaybackId(1), true);
    assert_eq!(
        steps(&mut deck),
        [
            "Finished p sound:beep done",
            "StartMusic(Some(\"jazz\"))",
            "StopMusic"
        ]
    );
}
