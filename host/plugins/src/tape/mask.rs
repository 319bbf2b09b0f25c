//! Which digits are not for a file? Those a caller pressed: numbers of cards and secret codes are among them.
//!
//! They are crossed out where they are heard, and wherever they turn up again later. A replay tells its guest the crossed
//! out ones, which it asks on with; so both say the same. One key that none was pressed before is a choice in a menu,
//! which the next step shows anyway, and is kept.

use serde_json::Value as Json;

use super::Heard;

/// Digits that are remembered of a run; of more the first are forgotten.
const PRESSED_MAX: usize = 512;
/// So many digits together are looked for in what comes later; fewer are everywhere.
const RUN_MIN: usize = 3;
/// What stands in the place of a digit.
const CROSS: char = 'x';

/// What a caller pressed so far.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    pressed: String,
    /// The last thing heard was digits.
    was_key: bool,
}

/// All digits crossed out.
pub(super) fn crossed(digits: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_digit() || "*#ABCDabcd".contains(letter);
    digits
        .chars()
        .map(|letter| if is_digit(letter) { CROSS } else { letter })
        .collect()
}

impl Mask {
    /// Crosses out what is not to be written down.
    pub(super) fn cover(&mut self, heard: &mut Heard) {
        let was_key = std::mem::take(&mut self.was_key);
        match heard {
            Heard::Rows { keys, answer, .. } => {
                for key in keys {
                    self.text(key);
                }
                for row in answer.iter_mut().flatten().flatten() {
                    self.text(&mut row.key);
                    for column in &mut row.columns {
                        if let crate::values::Value::Text(text) = &mut column.value {
                            self.text(text);
                        }
                    }
                }
            }
            Heard::Stored { key, answer, .. } => {
                self.text(key);
                if let Some(bytes) = answer {
                    self.bytes(bytes);
                }
            }
            Heard::Web { request, answer } => {
                self.text(&mut request.1);
                self.bytes(&mut request.2);
                if let Ok(response) = answer {
                    self.bytes(&mut response.body);
                }
            }
            Heard::Asked { what, with, answer } => {
                self.text(with);
                if let Some(answer) = answer {
                    self.was_key = self.hear(what, answer, was_key);
                    self.json(answer);
                }
            }
            Heard::Settings { .. } | Heard::Secret { .. } | Heard::Open { .. } => {}
        }
    }

    /// Hears what was pressed; whether anything was.
    fn hear(&mut self, what: &str, answer: &mut Json, was_key: bool) -> bool {
        let Some(said) = answer.get_mut("ok") else {
            return false;
        };
        let function = what.rsplit(' ').next().unwrap_or(what);
        if function == "next-event" {
            return self.hear_event(said);
        }
        let mut has_pressed = false;
        for name in ["digits", "key"] {
            let Some(Json::String(digits)) = said.get_mut(name) else {
                continue;
            };
            if digits.is_empty() {
                continue;
            }
            // The key that ends an entry is no secret, and no part of it.
            let is_terminator = name == "key" && has_pressed;
            has_pressed = true;
            if !is_terminator {
                self.press(digits, digits.len() > 1);
            }
            if (digits.len() > 1 || was_key) && !is_terminator {
                *digits = crossed(digits);
            }
        }
        has_pressed
    }

    fn hear_event(&mut self, event: &mut Json) -> bool {
        if event.get("kind").and_then(Json::as_str) != Some("channel.dtmf") {
            return false;
        }
        let attrs = event.get_mut("attrs").and_then(Json::as_array_mut);
        for attr in attrs.into_iter().flatten() {
            if attr.get(0).and_then(Json::as_str) != Some("digit") {
                continue;
            }
            if let Some(Json::String(digit)) = attr.get_mut(1).and_then(|value| value.get_mut("text")) {
                self.press(digit, false);
                *digit = crossed(digit);
            }
        }
        true
    }

    fn press(&mut self, digits: &str, is_entry: bool) {
        if is_entry {
            self.pressed.push(' ');
        }
        self.pressed.extend(
            digits
                .chars()
                .filter(|letter| letter.is_ascii() && !letter.is_control()),
        );
        let over = self.pressed.len().saturating_sub(PRESSED_MAX);
        self.pressed.drain(..over);
    }

    /// Hears a digit that was pressed beside any run.
    pub(crate) fn pressed(&mut self, digit: char) {
        self.press(digit.encode_utf8(&mut [0; 4]), false);
    }

    fn json(&self, json: &mut Json) {
        match json {
            Json::String(text) => self.text(text),
            Json::Array(all) => all.iter_mut().for_each(|one| self.json(one)),
            Json::Object(all) => all.values_mut().for_each(|one| self.json(one)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn bytes(&self, bytes: &mut Vec<u8>) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let mut text = text.to_owned();
            self.text(&mut text);
            *bytes = text.into_bytes();
        }
    }

    /// Crosses out whatever was pressed.
    pub(crate) fn text(&self, text: &mut String) {
        if self.pressed.len() < RUN_MIN || !text.contains(|letter: char| letter.is_ascii_digit()) {
            return;
        }
        let mut covered = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
            let (before, run) = rest.split_at(start);
            let end = run
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(run.len());
            let (run, after) = run.split_at(end);
            covered.push_str(before);
            if run.len() >= RUN_MIN && self.pressed.contains(run) {
                covered.extend(run.chars().map(|_| CROSS));
            } else {
                covered.push_str(run);
            }
            rest = after;
        }
        covered.push_str(rest);
        *text = covered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOTHING: &Json = &Json::Null;

    fn asked(what: &str, with: &str, answer: Json) -> Heard {
        Heard::Asked {
            what: what.to_owned(),
            with: with.to_owned(),
            answer: Some(answer),
        }
    }

    fn answer(heard: &Heard) -> &Json {
        match heard {
            Heard::Asked { answer, .. } => answer.as_ref().unwrap_or(NOTHING),
            Heard::Rows { .. }
            | Heard::Settings { .. }
            | Heard::Secret { .. }
            | Heard::Open { .. }
            | Heard::Stored { .. }
            | Heard::Web { .. } => NOTHING,
        }
    }

    #[test]
    fn what_was_pressed_is_crossed_out_wherever_it_turns_up() {
        let mut mask = Mask::default();
        let mut before = asked("channel 0 play", "4711", json!({"ok": {"key": ""}}));
        let mut gathered = asked(
            "channel 0 gather",
            "",
            json!({"ok": {"digits": "4711", "ending": "key", "key": "#"}}),
        );
        mask.cover(&mut before);
        mask.cover(&mut gathered);
        assert_eq!(
            *answer(&gathered),
            json!({"ok": {"digits": "xxxx", "ending": "key", "key": "#"}})
        );
        let mut row = Heard::Stored {
            bucket: "pins".to_owned(),
            key: "pin/4711".to_owned(),
            answer: Some(b"{\"pin\": 4711, \"year\": 47112026}".to_vec()),
        };
        mask.cover(&mut row);
        assert_eq!(
            row,
            Heard::Stored {
                bucket: "pins".to_owned(),
                key: "pin/xxxx".to_owned(),
                answer: Some(b"{\"pin\": xxxx, \"year\": 47112026}".to_vec()),
            }
        );
        // What was said before anything was pressed is as it was.
        assert_eq!(
            before,
            asked("channel 0 play", "4711", json!({"ok": {"key": ""}}))
        );
    }

    #[test]
    fn one_key_is_a_choice_and_a_second_one_is_none() {
        let mut mask = Mask::default();
        let press = |mask: &mut Mask, digits: &str| {
            let mut heard = asked(
                "channel 0 gather",
                "",
                json!({"ok": {"digits": digits, "key": ""}}),
            );
            mask.cover(&mut heard);
            answer(&heard)["ok"]["digits"].clone()
        };
        assert_eq!(press(&mut mask, "1"), "1");
        assert_eq!(press(&mut mask, "2"), "x");
        assert_eq!(press(&mut mask, "3"), "x");
        mask.cover(&mut asked("channel 0 play", "", json!({"ok": {"key": ""}})));
        assert_eq!(press(&mut mask, "4"), "4");
        let mut later = asked("channel 0 play", "digits 123", json!({"ok": {"key": ""}}));
        mask.cover(&mut later);
        assert_eq!(later.question(), "channel 0 play digits xxx");
    }

    #[test]
    fn digits_that_come_as_events_are_crossed_out_and_remembered() {
        let mut mask = Mask::default();
        for digit in ["9", "8", "7"] {
            let event = json!({"ok": {"kind": "channel.dtmf", "attrs": [["digit", {"text": digit}]]}});
            let mut heard = asked("next-event", "", event);
            mask.cover(&mut heard);
            assert_eq!(answer(&heard)["ok"]["attrs"][0][1]["text"], "x");
        }
        let mut text = "code 987, not 9876".to_owned();
        mask.text(&mut text);
        assert_eq!(text, "code xxx, not 9876");
    }
}
