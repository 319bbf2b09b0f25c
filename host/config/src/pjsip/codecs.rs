//! `allow` and `disallow`: an ordered choice of codecs.

use crate::model::Section;
use crate::options::Reader;
use crate::value;

/// The names the field knows, in the order `all` stands for.
pub const CODECS: [&str; 40] = [
    "ulaw", "alaw", "gsm", "g722", "opus", "slin", "slin12", "slin16", "slin24", "slin32", "slin44",
    "slin48", "slin96", "slin192", "g729", "g723", "g726", "g726aal2", "adpcm", "ilbc", "speex", "speex16",
    "speex32", "lpc10", "siren7", "siren14", "g719", "silk8", "silk12", "silk16", "silk24", "codec2", "h261",
    "h263", "h263p", "h264", "vp8", "vp9", "t140", "red",
];

/// One codec an endpoint may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// One of [`CODECS`].
    pub name: &'static str,
    /// The length of its packets in milliseconds, if one is asked for (`ulaw:20`).
    pub frame_ms: Option<u16>,
}

/// The codecs of a section in order of preference.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Codec> {
    let section: &Section = reader.section();
    let mut chosen: Vec<Codec> = Vec::new();
    for entry in &section.entries {
        let allow = entry.has_key("allow");
        if !allow && !entry.has_key("disallow") {
            continue;
        }
        for element in value::list(entry.value.trim_matches(['(', ')'])) {
            let (taken, word) = match element.strip_prefix('!') {
                Some(word) => (!allow, word),
                None => (allow, element),
            };
            if !apply(&mut chosen, taken, word) {
                reader.warn(entry, format!("'{word}' is not a known codec"));
            }
        }
    }
    chosen
}

/// Adds or removes; false when the word is no codec.
fn apply(chosen: &mut Vec<Codec>, taken: bool, word: &str) -> bool {
    let (name, frame) = word.split_once(':').unwrap_or((word, ""));
    let all = name.eq_ignore_ascii_case("all");
    let named = CODECS
        .iter()
        .filter(|codec| all || codec.eq_ignore_ascii_case(name));
    let mut known = all;
    for &name in named {
        known = true;
        let position = chosen.iter().position(|codec| codec.name == name);
        match (taken, position) {
            (true, None) => chosen.push(Codec {
                name,
                frame_ms: frame.parse().ok(),
            }),
            (true, Some(position)) if !frame.is_empty() => chosen[position].frame_ms = frame.parse().ok(),
            (true, Some(_)) | (false, None) => {}
            (false, Some(position)) => {
                chosen.remove(position);
            }
        }
    }
    known
}
