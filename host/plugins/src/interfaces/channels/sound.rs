//! What a leg hears and says: playing, collecting digits, recording, music.

use std::time::Duration;

use tokio::sync::watch;
use ucx_call::{IfExists as Exists, LOUDER_MAX_DB, RecordingSpec, SOFTER_MAX_DB, louder};
use ucx_pbx::Ways;
use wasmtime::component::Resource;

use super::{Answer, is_so, ms, number, text_of};
use crate::bindings::calls::ucx::call::media::{
    Ending, GatherSpec, Gathered, IfExists, MediaItem, PlayOptions, Played, RecordSpec, Recorded,
};
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::flow::{Leg, Remote};
use crate::interfaces::media::{Playback, Recording, played, recorded};
use crate::state::GuestState;
use crate::telephony::{self, Part, PlayOrder, RecordOrder, ended, inside};

/// Every digit a telephone sends.
const ANY_DIGIT: &str = "0123456789*#ABCD";
/// How often items may be repeated.
const REPEAT_MAX: i64 = 1_000;
/// The longest step back or forth in what plays, in milliseconds.
const SKIP_MAX_MS: i64 = 3_600_000;
/// How often a prompt may be given.
const TRIES_MAX: i64 = 16;
/// Digits collected at once.
const DIGITS_MAX: u16 = 128;
/// The formats recordings are written in.
const FORMATS: [&str; 8] = ["wav", "wav49", "gsm", "ulaw", "alaw", "sln", "sln16", "slin"];
/// The longest text of digits to be sent.
const SENT_MAX: usize = 256;

/// What is heard of a playback's end.
pub(super) type PlayEnd = watch::Receiver<Option<telephony::Played>>;

impl GuestState {
    pub(super) async fn play_out(
        &mut self,
        leg: &Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Played> {
        match self.begin_play(leg, items, options, false).await? {
            Ok((_, _, end)) => Ok(self.wait(ended_play(end)).await.map(|end| played(&end))),
            Err(error) => Ok(Err(error)),
        }
    }

    pub(super) async fn begin_playback(
        &mut self,
        leg: &Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Resource<Playback>> {
        match self.begin_play(leg, items, options, true).await? {
            Ok((remote, number, end)) => {
                let playback = Playback::on_leg(remote, number, end);
                Ok(self.handles.push(playback).map_err(|_| Error::Quota(None)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn begin_play(
        &mut self,
        leg: &Resource<Leg>,
        items: Vec<MediaItem>,
        options: PlayOptions,
        is_told: bool,
    ) -> Answer<(Remote, u64, PlayEnd)> {
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let times = number(&options.attrs, "repeat").unwrap_or(1).clamp(1, REPEAT_MAX);
        let skip = number(&options.attrs, "skip-step")
            .unwrap_or(0)
            .clamp(0, SKIP_MAX_MS);
        let skip = u64::try_from(skip).ok().filter(|skip| *skip > 0);
        let is_early = is_so(&options.attrs, "no-answer");
        let number = self.next_playback();
        let parts = match self.parts(&items, &options.language).await {
            Ok(parts) => as_loud(parts, &options.attrs),
            Err(error) => return Ok(Err(error)),
        };
        let order = PlayOrder {
            number,
            parts,
            stop_on: options.stop_on,
            offset: ms(options.offset),
            times: u32::try_from(times).unwrap_or(1),
            is_early,
            skip: skip.map(Duration::from_millis),
            is_told,
        };
        let begun = remote.ask(move |line, deck| deck.play(line, order));
        Ok(self.wait(begun).await.map(|end| (remote, number, end)))
    }

    /// Where the plugin's own recordings are.
    pub(crate) fn recordings(&self) -> String {
        let spool = self.controls.as_ref().map_or("", |controls| &controls.spool);
        format!("{spool}/recording/{}", self.plugin)
    }

    pub(crate) fn next_playback(&mut self) -> u64 {
        self.controls.as_mut().map_or(0, |controls| {
            controls.playbacks += 1;
            controls.playbacks
        })
    }

    pub(super) async fn gather_digits(&mut self, leg: &Resource<Leg>, spec: GatherSpec) -> Answer<Gathered> {
        if spec.max_digits > DIGITS_MAX || spec.min_digits > DIGITS_MAX {
            return Ok(Err(Error::Invalid(format!("at most {DIGITS_MAX} digits"))));
        }
        let tries = number(&spec.attrs, "tries").unwrap_or(1).clamp(1, TRIES_MAX);
        let mut gathered = Gathered {
            digits: String::new(),
            ending: Ending::TimedOut,
            key: String::new(),
            attrs: Vec::new(),
        };
        let again = text_of(&spec.attrs, "retry-prompt");
        let mut spec = spec;
        for tried in 1..=tries {
            if tried == 2 && !again.is_empty() {
                spec.prompt = files(&again);
            }
            gathered = match self.try_gather(leg, &spec).await? {
                Ok(gathered) => gathered,
                Err(error) => return Ok(Err(error)),
            };
            let is_enough = gathered.digits.len() >= usize::from(spec.min_digits.max(1));
            if is_enough || tried == tries {
                gathered
                    .attrs
                    .push(telephony::int_attr("tries", u64::try_from(tried).unwrap_or(1)));
                break;
            }
        }
        if gathered.digits.len() < usize::from(spec.min_digits) {
            gathered.ending = Ending::TimedOut;
        }
        Ok(Ok(gathered))
    }

    /// The prompt once, and digits after it.
    async fn try_gather(&mut self, leg: &Resource<Leg>, spec: &GatherSpec) -> Answer<Gathered> {
        let uniqueid = self.handles.get(leg)?.channel.uniqueid.clone();
        let Some(events) = self.controls.as_ref().map(|controls| controls.events.clone()) else {
            return Ok(Err(Error::Gone));
        };
        let mut digits = String::new();
        let mut next = match self.prompt(leg, spec, &uniqueid).await? {
            Ok(first) => first,
            Err(error) => return Ok(Err(error)),
        };
        let most = match spec.max_digits {
            0 => DIGITS_MAX,
            most => most,
        };
        loop {
            let digit = match next.take() {
                Some(digit) => Some(digit),
                None => {
                    let time = if digits.is_empty() {
                        spec.first
                    } else {
                        spec.between
                    };
                    match self.wait(events.digit(&uniqueid, ms(time))).await {
                        Ok(digit) => digit,
                        Err(_) => return Ok(Err(Error::Gone)),
                    }
                }
            };
            let (ending, key) = match digit {
                None => (Ending::TimedOut, String::new()),
                Some(key) if spec.terminators.contains(key) => (Ending::Key, key.to_string()),
                Some(digit) => {
                    digits.push(digit);
                    if digits.len() < usize::from(most) {
                        continue;
                    }
                    (Ending::Complete, String::new())
                }
            };
            return Ok(Ok(Gathered {
                digits,
                ending,
                key,
                attrs: Vec::new(),
            }));
        }
    }

    /// Plays the prompt; the key that cut it short, or was pressed before.
    async fn prompt(
        &mut self,
        leg: &Resource<Leg>,
        spec: &GatherSpec,
        uniqueid: &str,
    ) -> Answer<Option<char>> {
        let Some(events) = self.controls.as_ref().map(|controls| controls.events.clone()) else {
            return Ok(Err(Error::Gone));
        };
        if spec.barge_in {
            // Who knows the menu presses before it is read out.
            match events.digit(uniqueid, Duration::ZERO).await {
                Ok(Some(key)) => return Ok(Ok(Some(key))),
                Ok(None) => {}
                Err(_) => return Ok(Err(Error::Gone)),
            }
        }
        let mut key = None;
        if !spec.prompt.is_empty() {
            let options = PlayOptions {
                language: text_of(&spec.attrs, "language"),
                stop_on: if spec.barge_in {
                    ANY_DIGIT.to_owned()
                } else {
                    String::new()
                },
                offset: 0,
                attrs: Vec::new(),
            };
            let end = match self.begin_play(leg, spec.prompt.clone(), options, false).await? {
                Ok((_, _, end)) => self.wait(ended_play(end)).await,
                Err(error) => return Ok(Err(error)),
            };
            match end {
                Ok(end) => key = end.key,
                Err(error) => return Ok(Err(error)),
            }
        }
        if !spec.barge_in {
            events.forget_digits(uniqueid);
        }
        Ok(Ok(key))
    }

    pub(super) async fn record_out(&mut self, leg: &Resource<Leg>, spec: RecordSpec) -> Answer<Recorded> {
        match self.begin_record(leg, spec, true).await? {
            Ok(recording) => {
                let (name, mut end) = (recording.name().to_owned(), recording.end());
                let end = self
                    .wait(async {
                        let end = end.wait_for(Option::is_some).await;
                        end.ok().and_then(|end| *end)
                    })
                    .await;
                Ok(end.ok_or(Error::Gone).and_then(|end| recorded(&name, end)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    pub(super) async fn begin_recording(
        &mut self,
        leg: &Resource<Leg>,
        spec: RecordSpec,
    ) -> Answer<Resource<Recording>> {
        match self.begin_record(leg, spec, false).await? {
            Ok(recording) => Ok(self.handles.push(recording).map_err(|_| Error::Quota(None))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn begin_record(
        &mut self,
        leg: &Resource<Leg>,
        spec: RecordSpec,
        is_message: bool,
    ) -> Answer<Recording> {
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let announce = text_of(&spec.attrs, "announce");
        if !announce.is_empty()
            && let Err(error) = self.announce(leg, files(&announce)).await?
        {
            return Ok(Err(error));
        }
        let own = self.handles.get(leg)?.channel.uniqueid.clone();
        let number = self.next_playback();
        let (name, order) = match record_order(&self.plugin, &format!("{own}-{number}"), spec, is_message) {
            Ok(order) => order,
            Err(error) => return Ok(Err(error)),
        };
        let begun = self
            .wait(remote.ask(move |line, deck| deck.record(line, order)))
            .await;
        Ok(begun.map(|(id, end)| Recording::on_leg(remote, id, name, end)))
    }

    /// Plays what is said before something else begins, to its end.
    async fn announce(&mut self, leg: &Resource<Leg>, items: Vec<MediaItem>) -> Answer<()> {
        let plain = PlayOptions {
            language: String::new(),
            stop_on: String::new(),
            offset: 0,
            attrs: Vec::new(),
        };
        match self.begin_play(leg, items, plain, false).await? {
            Ok((_, _, end)) => Ok(self.wait(ended_play(end)).await.map(drop)),
            Err(error) => Ok(Err(error)),
        }
    }

    pub(super) async fn send_digits_out(
        &mut self,
        leg: &Resource<Leg>,
        digits: String,
        length: u32,
        gap: u32,
    ) -> Answer<()> {
        if digits.len() > SENT_MAX {
            return Ok(Err(Error::Invalid(format!("digits: at most {SENT_MAX}"))));
        }
        let or = |time: u32| {
            if time == 0 {
                Duration::from_millis(100)
            } else {
                ms(time)
            }
        };
        let (length, gap) = (or(length), or(gap));
        let sent = self
            .on_leg(leg, move |line, deck| {
                deck.send_digits(line, &digits, length, gap)
            })
            .await?;
        match sent {
            Ok(sent) => Ok(self.wait(sent).await.map_err(|_| Error::Gone)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Lets a leg hear music of that name, or no more.
    pub(super) async fn music(&mut self, leg: &Resource<Leg>, name: Option<String>) -> Answer<()> {
        self.on_leg(leg, move |line, deck| match name {
            Some(name) => {
                deck.stop_playing(line, None);
                line.start_music(Some(&name)).map_err(ended)
            }
            None => line.stop_music().map_err(ended),
        })
        .await
    }
}

/// Sounds by name, with `&` between them.
fn files(names: &str) -> Vec<MediaItem> {
    let names = names.split('&').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| MediaItem::File(name.to_owned())).collect()
}

/// The same sounds as loud as attributes wish them (`volume`, in decibels); tones stay as loud as they are.
pub(crate) fn as_loud(parts: Vec<Part>, attrs: &[Attr]) -> Vec<Part> {
    let gain_db = number(attrs, "volume").unwrap_or(0);
    let gain_db = gain_db.clamp(SOFTER_MAX_DB.into(), LOUDER_MAX_DB.into());
    let gain_db = i8::try_from(gain_db).unwrap_or(0);
    let is_tone = |part: &Part| part.first().is_some_and(|name| name.starts_with("tone:"));
    let louder = |part: Part| match (gain_db, is_tone(&part)) {
        (0, _) | (_, true) => part,
        (_, false) => part.iter().map(|name| louder(name, gain_db)).collect(),
    };
    parts.into_iter().map(louder).collect()
}

/// What came of a playback.
async fn ended_play(mut end: PlayEnd) -> Result<telephony::Played, Error> {
    match end.wait_for(Option::is_some).await {
        Ok(end) => end.clone().ok_or(Error::Gone),
        Err(_) => Err(Error::Gone),
    }
}

/// A recording below the plugin's own folder.
pub(crate) fn record_order(
    plugin: &str,
    own: &str,
    spec: RecordSpec,
    is_message: bool,
) -> Result<(String, RecordOrder), Error> {
    let name = if spec.name.is_empty() {
        own.to_owned()
    } else {
        spec.name
    };
    inside(&name)?;
    let format = if spec.format.is_empty() {
        "wav".to_owned()
    } else {
        spec.format
    };
    if !FORMATS.contains(&format.as_str()) {
        return Err(Error::Invalid(format!(
            "format: {format:?} is none of {}",
            FORMATS.join(", ")
        )));
    }
    let (said, heard) = match text_of(&spec.attrs, "direction").as_str() {
        "" | "in" => (true, false),
        "out" => (false, true),
        "both" => (true, true),
        other => {
            let why = format!("attrs: direction {other:?} is none of in, out, both");
            return Err(Error::Invalid(why));
        }
    };
    let limit = |time: u32| (time > 0).then(|| ms(time));
    let order = RecordOrder {
        spec: RecordingSpec {
            name: format!("{plugin}/{name}").into(),
            format: format.into(),
            max_duration: limit(spec.max),
            max_silence: limit(spec.silence),
            if_exists: match spec.if_exists {
                IfExists::Refuse => Exists::Fail,
                IfExists::Overwrite => Exists::Overwrite,
                IfExists::Append => Exists::Append,
            },
            beep: spec.beep,
        },
        sides: Ways { said, heard },
        terminators: spec.terminators,
        is_message,
    };
    Ok((name, order))
}
