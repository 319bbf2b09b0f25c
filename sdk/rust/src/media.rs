//! How does a flow say what is to be heard, collected and recorded?

use std::time::Duration;

use crate::bindings::types::{GatherSpec, IfExists, MediaItem, RecordSpec, SpokenNumber};
use crate::values::attr;

/// Milliseconds as the WIT packages count them.
pub(crate) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// A sound by name, without its ending.
pub fn file(name: impl Into<String>) -> MediaItem {
    MediaItem::File(name.into())
}

/// A tone by name (`ring`, `busy`) or cadence.
pub fn tone(name: impl Into<String>) -> MediaItem {
    MediaItem::Tone(name.into())
}

/// Digits spoken one by one.
pub fn say_digits(text: impl Into<String>) -> MediaItem {
    MediaItem::Digits(text.into())
}

/// A number spoken as one.
pub fn say_number(number: i64) -> MediaItem {
    MediaItem::Number(SpokenNumber {
        number,
        gender: String::new(),
    })
}

/// Characters spoken one by one.
pub fn say_characters(text: impl Into<String>) -> MediaItem {
    MediaItem::Characters(text.into())
}

/// One of the plugin's own recordings.
pub fn recording(name: impl Into<String>) -> MediaItem {
    MediaItem::Recording(name.into())
}

/// Silence.
pub fn silence(time: Duration) -> MediaItem {
    MediaItem::Silence(millis(time))
}

/// One thing to be played, or several.
pub trait Media {
    /// As the host takes them.
    fn items(self) -> Vec<MediaItem>;
}

impl Media for MediaItem {
    fn items(self) -> Vec<MediaItem> {
        vec![self]
    }
}

impl Media for &str {
    fn items(self) -> Vec<MediaItem> {
        // As the dialplan writes them: `welcome&main-menu`.
        self.split('&')
            .filter(|name| !name.is_empty())
            .map(file)
            .collect()
    }
}

impl<const N: usize> Media for [MediaItem; N] {
    fn items(self) -> Vec<MediaItem> {
        self.into()
    }
}

impl Media for Vec<MediaItem> {
    fn items(self) -> Vec<MediaItem> {
        self
    }
}

/// Asks for up to so many digits: five seconds for the first, two between them, `#` ends them, keys cut the prompt short.
pub fn digits(max: u16) -> GatherSpec {
    GatherSpec {
        prompt: Vec::new(),
        min_digits: 1,
        max_digits: max,
        terminators: "#".to_owned(),
        first: 5_000,
        between: 2_000,
        barge_in: true,
        attrs: Vec::new(),
    }
}

impl GatherSpec {
    /// Plays this first, and again at each new try.
    pub fn prompt(mut self, media: impl Media) -> Self {
        self.prompt = media.items();
        self
    }

    /// Time for the first digit, from the end of the prompt.
    pub fn first(mut self, time: Duration) -> Self {
        self.first = millis(time);
        self
    }

    /// Time between digits.
    pub fn between(mut self, time: Duration) -> Self {
        self.between = millis(time);
        self
    }

    /// Keys that end it and do not count.
    pub fn until(mut self, keys: impl Into<String>) -> Self {
        self.terminators = keys.into();
        self
    }

    /// Asks so often.
    pub fn tries(mut self, tries: u32) -> Self {
        self.attrs.push(attr("tries", i64::from(tries)));
        self
    }

    /// Lets the prompt be heard to its end.
    pub fn after_prompt(mut self) -> Self {
        self.barge_in = false;
        self
    }
}

/// Records a message under that name: a beep first, `#` ends it.
pub fn message(name: impl Into<String>) -> RecordSpec {
    RecordSpec {
        name: name.into(),
        format: "wav".to_owned(),
        max: 0,
        silence: 0,
        terminators: "#".to_owned(),
        beep: true,
        if_exists: IfExists::Overwrite,
        attrs: Vec::new(),
    }
}

impl RecordSpec {
    /// Ends it after that long.
    pub fn most(mut self, time: Duration) -> Self {
        self.max = millis(time);
        self
    }

    /// Ends it after that much silence.
    pub fn until_silence(mut self, time: Duration) -> Self {
        self.silence = millis(time);
        self
    }

    /// Ends it by these keys.
    pub fn until(mut self, keys: impl Into<String>) -> Self {
        self.terminators = keys.into();
        self
    }
}
