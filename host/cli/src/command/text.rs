//! Words of a command line, and texts of tables.

/// The words of a line: apart by blanks, together within double quotes, a backslash takes the next character as it is.
pub fn words(line: &str, most: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' => word.get_or_insert_default().push(letters.next().unwrap_or('\\')),
            blank if blank.is_whitespace() && !is_quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
        if words.len() >= most {
            return words;
        }
    }
    words.extend(word);
    words
}

/// A text in a column: cut to its width, or filled up with blanks.
pub fn column(text: &str, width: usize) -> String {
    let cut: String = text.chars().take(width).collect();
    format!("{cut:<width$}")
}

/// Seconds as `00:01:02`.
pub fn clock(seconds: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Seconds in words, largest unit first.
pub fn duration(seconds: u64) -> String {
    let parts = [
        ("year", seconds / 31_536_000),
        ("week", seconds % 31_536_000 / 604_800),
        ("day", seconds % 31_536_000 % 604_800 / 86_400),
        ("hour", seconds % 31_536_000 % 604_800 / 3600 % 24),
        ("minute", seconds % 31_536_000 / 60 % 60),
        ("second", seconds % 31_536_000 % 60),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(unit, count)| format!("{count} {unit}{}", plural(*count)))
        .collect();
    if words.is_empty() {
        return "0 seconds".to_owned();
    }
    words.join(", ")
}

pub fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The program's own word for no or yes.
pub fn no_yes(is_so: bool) -> &'static str {
    if is_so { "Yes" } else { "No" }
}

/// A moment of the wall clock.
pub fn wall_clock(epoch_s: u64) -> jiff::Zoned {
    let second = i64::try_from(epoch_s).unwrap_or_default();
    let moment = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned(jiff::tz::TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_apart_by_blanks_and_together_in_quotes() {
        assert_eq!(words("  a  b\tc ", 9), ["a", "b", "c"]);
        assert_eq!(
            words(r#"put f "two words" "" x\ y"#, 9),
            ["put", "f", "two words", "", "x y"]
        );
        assert_eq!(words("a b c d", 2), ["a", "b"]);
        assert!(words("", 9).is_empty());
    }

    #[test]
    fn durations_are_said_in_the_units_they_have() {
        assert_eq!(duration(2), "2 seconds");
        assert_eq!(duration(0), "0 seconds");
        assert_eq!(duration(90_061), "1 day, 1 hour, 1 minute, 1 second");
        assert_eq!(duration(7_200), "2 hours");
        assert_eq!(duration(31_536_000 + 604_800), "1 year, 1 week");
        assert_eq!(clock(3_661), "01:01:01");
    }

    #[test]
    fn columns_are_cut_and_filled() {
        assert_eq!(column("abc", 5), "abc  ");
        assert_eq!(column("abcdef", 3), "abc");
    }
}
