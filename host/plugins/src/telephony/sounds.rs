//! Things to be played as the host plays them: names of sounds, a tone by itself.

use std::sync::Arc;

use ucx_pbx::{LocalTime, say};

use crate::bindings::calls::ucx::call::media::MediaItem;
use crate::bindings::ucx::types::common::Error;
use crate::calendar;

/// Items that may be played at once; more are refused.
const ITEMS_MAX: usize = 64;
/// Sounds that may follow one another; what is beyond is refused.
const SOUNDS_MAX: usize = 1_024;
/// The longest name of a language, in bytes.
const LANGUAGE_MAX: usize = 32;
/// The longest silence in milliseconds.
const SILENCE_MAX: u32 = 600_000;
/// The longest piece of silence the host has, in milliseconds.
const SILENCE_PIECE: u32 = 10_000;

/// Sounds that are played together.
pub(crate) type Part = Arc<[Arc<str>]>;

/// The parts to be played one after the other. The plugin's own recordings are in `recordings`.
pub(crate) fn parts(recordings: &str, items: &[MediaItem]) -> Result<Vec<Part>, Error> {
    if items.len() > ITEMS_MAX {
        return Err(Error::Invalid(format!("items: at most {ITEMS_MAX}")));
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut together: Vec<Arc<str>> = Vec::new();
    for item in items {
        if let MediaItem::Tone(tone) = item {
            if !together.is_empty() {
                parts.push(Arc::from(std::mem::take(&mut together)));
            }
            parts.push(Arc::from([Arc::from(format!("tone:{}", plain(tone)?))]));
        } else {
            together.extend(sounds(recordings, item)?);
        }
        if together.len() > SOUNDS_MAX {
            return Err(Error::Invalid(format!("items: more than {SOUNDS_MAX} sounds")));
        }
    }
    if !together.is_empty() {
        parts.push(Arc::from(together));
    }
    Ok(parts)
}

fn sounds(recordings: &str, item: &MediaItem) -> Result<Vec<Arc<str>>, Error> {
    match item {
        MediaItem::File(name) => Ok(vec![Arc::from(inside(name)?)]),
        MediaItem::Tone(_) => Ok(Vec::new()),
        MediaItem::Digits(text) => Ok(say::digits(text)),
        MediaItem::Number(spoken) => say::number(spoken.number)
            .ok_or_else(|| Error::Invalid(format!("number: {} cannot be spoken", spoken.number))),
        MediaItem::Characters(text) => Ok(say::alpha(text)),
        MediaItem::Phonetic(text) => Ok(say::phonetic(text)),
        MediaItem::Date(spoken) => {
            let format = match spoken.format.as_str() {
                "" => say::DATE_TIME,
                format => format,
            };
            let local = calendar::local(spoken.at, &spoken.zone).ok_or_else(|| {
                Error::Invalid(format!(
                    "date: no such zone or moment: {:.64} {}",
                    spoken.zone, spoken.at
                ))
            })?;
            let part = |number: i8| u8::try_from(number).unwrap_or(0);
            let local = LocalTime {
                month: part(local.month()),
                day: part(local.day()),
                weekday: part(local.weekday().to_sunday_zero_offset()),
                hour: part(local.hour()),
                minute: part(local.minute()),
            };
            Ok(say::date_time(format, spoken.at / 1000, local))
        }
        // Whoever plays one has fetched it, and plays what it was kept as.
        MediaItem::Url(url) => Err(Error::Invalid(format!("url: {url:.200} was not fetched"))),
        MediaItem::Recording(name) => Ok(vec![Arc::from(format!("{recordings}/{}", inside(name)?))]),
        MediaItem::Silence(time) => silence(*time),
        MediaItem::Other(other) => Err(Error::Unavailable(format!(
            "media of kind {:?} are not known to this host",
            other.kind
        ))),
    }
}

/// The same sounds in another language than the channel's: a sound is looked up below the channel's language, and then as it
/// is named, which a language before its name makes use of. What has no language stays as it is.
pub(crate) fn spoken_in(language: &str, parts: Vec<Part>) -> Result<Vec<Part>, Error> {
    if language.is_empty() {
        return Ok(parts);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if language.len() > LANGUAGE_MAX || !language.chars().all(fits) {
        return Err(Error::Invalid(format!("{language:?} is no language")));
    }
    let spoken = |sound: &Arc<str>| {
        let has_none = sound.starts_with('/')
            || sound.starts_with("silence/")
            || sound.starts_with("tone:")
            || **sound == *"beep";
        if has_none {
            sound.clone()
        } else {
            Arc::from(format!("{language}/{sound}"))
        }
    };
    Ok(parts
        .into_iter()
        .map(|part| part.iter().map(spoken).collect())
        .collect())
}

fn silence(time_ms: u32) -> Result<Vec<Arc<str>>, Error> {
    if time_ms > SILENCE_MAX {
        return Err(Error::Invalid(format!("silence: at most {SILENCE_MAX} ms")));
    }
    let mut pieces = vec![Arc::from("silence/10"); (time_ms / SILENCE_PIECE) as usize];
    let rest = time_ms % SILENCE_PIECE;
    if rest > 0 {
        pieces.push(Arc::from(format!("silence/{rest}ms")));
    }
    Ok(pieces)
}

/// A guest names sounds, not files: it stays in the sounds' folder.
pub(crate) fn inside(name: &str) -> Result<&str, Error> {
    let leaves = name.is_empty()
        || name.starts_with('/')
        || name.contains(char::is_control)
        || name.split('/').any(|part| part == "..")
        || name.starts_with("tone:");
    if leaves {
        return Err(Error::Invalid(format!("{name:?} is no name of a sound")));
    }
    Ok(name)
}

fn plain(text: &str) -> Result<&str, Error> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err(Error::Invalid(format!("{text:?} is no tone")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_looked_up_by_name() {
        let sounds = ["welcome", "digits/1", "/spool/x", "silence/1", "beep"].map(Arc::from);
        let spoken = spoken_in("de", vec![Arc::from(sounds)]).unwrap();
        let spoken: Vec<&str> = spoken[0].iter().map(|sound| &**sound).collect();
        assert_eq!(
            spoken,
            ["de/welcome", "de/digits/1", "/spool/x", "silence/1", "beep"]
        );
        for wrong in ["../x", "a/b", "d e"] {
            assert!(spoken_in(wrong, Vec::new()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        for name in ["", "/etc/passwd", "../x", "a/../../b", "a\nb", "tone:busy"] {
            assert!(inside(name).is_err(), "{name:?}");
        }
        assert_eq!(inside("custom/a..b"), Ok("custom/a..b"));
    }

    #[test]
    fn a_tone_stands_by_itself_among_sounds() {
        use crate::bindings::calls::ucx::call::media::{SpokenNumber, SpokenTime};
        let items = [
            MediaItem::File("welcome".into()),
            MediaItem::Number(SpokenNumber {
                number: 21,
                gender: String::new(),
            }),
            MediaItem::Tone("ring".into()),
            MediaItem::Recording("greeting".into()),
            MediaItem::Date(SpokenTime {
                at: 1_767_265_200_000,
                zone: "Europe/Berlin".into(),
                format: "AIM".into(),
            }),
        ];
        let parts = parts("/spool/recording/p", &items).unwrap();
        let parts: Vec<String> = parts.iter().map(|part| part.join(" ")).collect();
        assert_eq!(
            parts,
            [
                "welcome digits/20 digits/1",
                "tone:ring",
                "/spool/recording/p/greeting digits/day-4 digits/12 digits/oclock"
            ]
        );
    }

    #[test]
    fn silence_is_put_together_from_pieces() {
        let pieces = |ms| silence(ms).unwrap().join(" ");
        assert_eq!(pieces(250), "silence/250ms");
        assert_eq!(pieces(20_000), "silence/10 silence/10");
        assert_eq!(pieces(12_500), "silence/10 silence/2500ms");
        assert_eq!(pieces(0), "");
        assert!(silence(SILENCE_MAX + 1).is_err());
    }
}
