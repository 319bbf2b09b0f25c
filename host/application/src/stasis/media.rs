//! What a media URI (`sound:`, `digits:`, `tone:` …) asks to be heard.

use std::sync::Arc;

/// Sounds one media URI may expand to; what is beyond is not said.
pub const SOUNDS_MAX: usize = 512;

/// What a media URI stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// These sounds, one after the other. None at all counts as a sound that is not there.
    Sounds(Vec<Arc<str>>),
    /// A stored recording of that name.
    Recording(Arc<str>),
    /// The scheme is none of ours.
    Unknown,
}

impl Media {
    /// Reads a media URI. Numbers and characters are said in English.
    pub fn parse(uri: &str) -> Self {
        let Some((scheme, rest)) = uri.split_once(':') else {
            return Self::Unknown;
        };
        match scheme {
            "sound" if leaves_its_folder(rest) => Self::Sounds(Vec::new()),
            "sound" => Self::Sounds(vec![Arc::from(rest)]),
            "recording" if leaves_its_folder(rest) => Self::Unknown,
            "recording" => Self::Recording(Arc::from(rest)),
            "tone" => Self::Sounds(vec![Arc::from(uri)]),
            "number" => Self::Sounds(rest.parse().map(number).unwrap_or_default()),
            "digits" => Self::Sounds(rest.chars().filter_map(digit).take(SOUNDS_MAX).collect()),
            "characters" => Self::Sounds(rest.chars().filter_map(character).take(SOUNDS_MAX).collect()),
            _ => Self::Unknown,
        }
    }
}

/// A client of the network names sounds, not files: it stays in the sounds' folder.
pub fn leaves_its_folder(name: &str) -> bool {
    name.is_empty()
        || name.starts_with('/')
        || name.contains('\0')
        || name.split('/').any(|part| part == "..")
}

/// How a number is said: `21` is `digits/20`, `digits/1`.
fn number(value: i64) -> Vec<Arc<str>> {
    let mut sounds = Vec::new();
    if value < 0 {
        sounds.push(Arc::from("digits/minus"));
    }
    cardinal(value.unsigned_abs(), &mut sounds);
    sounds
}

fn cardinal(value: u64, sounds: &mut Vec<Arc<str>>) {
    const SCALES: [(u64, &str); 4] = [
        (1_000_000_000, "digits/billion"),
        (1_000_000, "digits/million"),
        (1_000, "digits/thousand"),
        (100, "digits/hundred"),
    ];
    for (scale, word) in SCALES {
        if value >= scale {
            cardinal(value / scale, sounds);
            sounds.push(Arc::from(word));
            if !value.is_multiple_of(scale) {
                cardinal(value % scale, sounds);
            }
            return;
        }
    }
    if value > 20 && !value.is_multiple_of(10) {
        sounds.push(Arc::from(format!("digits/{}", value - value % 10)));
        sounds.push(Arc::from(format!("digits/{}", value % 10)));
    } else {
        sounds.push(Arc::from(format!("digits/{value}")));
    }
}

fn digit(c: char) -> Option<Arc<str>> {
    match c {
        '0'..='9' => Some(Arc::from(format!("digits/{c}"))),
        '*' => Some(Arc::from("digits/star")),
        '#' => Some(Arc::from("digits/pound")),
        '-' => Some(Arc::from("digits/minus")),
        _ => None,
    }
}

fn character(c: char) -> Option<Arc<str>> {
    let word = match c {
        '0'..='9' => return digit(c),
        'a'..='z' | 'A'..='Z' => return Some(Arc::from(format!("letters/{}", c.to_ascii_lowercase()))),
        '*' => "asterisk",
        '@' => "at",
        '-' => "dash",
        '$' => "dollar",
        '.' => "dot",
        '=' => "equals",
        '!' => "exclaimation-point",
        '#' => "hash",
        '+' => "plus",
        '/' => "slash",
        ' ' => "space",
        _ => return None,
    };
    Some(Arc::from(format!("letters/{word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(uri: &str) -> String {
        match Media::parse(uri) {
            Media::Sounds(sounds) => sounds.join(" "),
            Media::Recording(name) => format!("<{name}>"),
            Media::Unknown => "?".to_owned(),
        }
    }

    #[test]
    fn each_scheme_stands_for_its_sounds() {
        assert_eq!(said("sound:beep"), "beep");
        assert_eq!(said("sound:digits/1"), "digits/1");
        assert_eq!(said("tone:ring;tonezone=de"), "tone:ring;tonezone=de");
        assert_eq!(said("recording:sub/r3"), "<sub/r3>");
        assert_eq!(said("digits:12*#x"), "digits/1 digits/2 digits/star digits/pound");
        assert_eq!(
            said("characters:aB-3"),
            "letters/a letters/b letters/dash digits/3"
        );
        assert_eq!(said("bogus:x"), "?");
        assert_eq!(said("beep"), "?");
    }

    #[test]
    fn numbers_are_said_as_in_english() {
        assert_eq!(said("number:0"), "digits/0");
        assert_eq!(said("number:17"), "digits/17");
        assert_eq!(said("number:20"), "digits/20");
        assert_eq!(said("number:21"), "digits/20 digits/1");
        assert_eq!(said("number:100"), "digits/1 digits/hundred");
        assert_eq!(
            said("number:-1215"),
            "digits/minus digits/1 digits/thousand digits/2 digits/hundred digits/15"
        );
        assert_eq!(said("number:2000030"), "digits/2 digits/million digits/30");
        assert_eq!(said("number:x"), "");
        assert!(said("number:9223372036854775807").split(' ').count() < SOUNDS_MAX);
    }

    #[test]
    fn sounds_stay_in_their_folder() {
        for uri in ["sound:/etc/passwd", "sound:../../x", "sound:a/../../x", "sound:"] {
            assert_eq!(said(uri), "", "{uri}");
        }
        assert_eq!(said("sound:a..b"), "a..b");
        assert_eq!(said("recording:../x"), "?");
    }
}
