//! Numbers, letters and times as spoken in English: which sounds, in which order.

use std::sync::Arc;
use ucx_dialplan::LocalTime;

/// Sounds one text may turn into; the rest of a longer one is not spoken.
const SOUNDS_MAX: usize = 1_024;

/// The largest number that is spoken.
const NUMBER_MAX: u64 = 999_999_999_999;

/// How a date and time is spoken unless somebody says otherwise.
pub const DATE_TIME: &str = "ABdY 'digits/at' IMp";

/// How a date is spoken.
pub const DATE: &str = "ABdY";

/// How a time is spoken.
pub const TIME: &str = "IMp";

/// Names of sounds, in the order they are played.
pub type Sounds = Vec<Arc<str>>;

/// Digit by digit; `*`, `#` and `-` have sounds too, other characters none.
pub fn digits(text: &str) -> Sounds {
    let sound = |character| match character {
        '0'..='9' => Some(Arc::from(format!("digits/{character}"))),
        '*' => Some(Arc::from("digits/star")),
        '#' => Some(Arc::from("digits/pound")),
        '-' => Some(Arc::from("digits/minus")),
        _ => None,
    };
    text.chars().filter_map(sound).take(SOUNDS_MAX).collect()
}

/// A number; none if it is too large to be spoken.
pub fn number(number: i64) -> Option<Sounds> {
    let mut sounds = Sounds::new();
    if number < 0 {
        sounds.push(Arc::from("digits/minus"));
    }
    let amount = number.unsigned_abs();
    if amount > NUMBER_MAX {
        return None;
    }
    cardinal(&mut sounds, amount);
    Some(sounds)
}

/// Letter by letter.
pub fn alpha(text: &str) -> Sounds {
    spell(text, |letter| format!("letters/{letter}"))
}

/// Letter by letter, each by its word (Alpha, Bravo, Charlie).
pub fn phonetic(text: &str) -> Sounds {
    spell(text, |letter| format!("phonetic/{letter}_p"))
}

/// A date or time as a format asks for it: `A` day of the week, `B` month, `d` day, `m` month as a number, `Y` year, `I` hour
/// of twelve, `H` or `k` hour of twenty-four, `M` minute, `S` second, `p` morning or afternoon, `R` hour and minute, `T` with
/// the second, `'sound'` that sound. `Q` and `q` are the whole date; other characters are passed over.
pub fn date_time(format: &str, epoch_s: u64, local: LocalTime) -> Sounds {
    let mut sounds = Sounds::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if sounds.len() >= SOUNDS_MAX {
            break;
        }
        match character {
            '\'' => {
                let name: String = characters.by_ref().take_while(|c| *c != '\'').collect();
                if !name.is_empty() {
                    sounds.push(Arc::from(name));
                }
            }
            'Q' | 'q' => DATE
                .chars()
                .for_each(|c| time_part(&mut sounds, c, epoch_s, local)),
            'R' => "HM"
                .chars()
                .for_each(|c| time_part(&mut sounds, c, epoch_s, local)),
            'T' => "HMS"
                .chars()
                .for_each(|c| time_part(&mut sounds, c, epoch_s, local)),
            other => time_part(&mut sounds, other, epoch_s, local),
        }
    }
    sounds
}

fn time_part(sounds: &mut Sounds, part: char, epoch_s: u64, local: LocalTime) {
    match part {
        'A' | 'a' => push(sounds, "digits/day-", local.weekday),
        'B' | 'b' | 'h' => push(sounds, "digits/mon-", local.month.saturating_sub(1)),
        'd' | 'e' => ordinal(sounds, local.day),
        'm' => ordinal(sounds, local.month),
        'Y' => year(sounds, year_at(epoch_s, local)),
        'I' | 'l' => cardinal(sounds, u64::from((local.hour + 11) % 12 + 1)),
        'H' | 'k' => {
            if local.hour < 10 && part == 'H' {
                sounds.push(Arc::from("digits/oh"));
            }
            cardinal(sounds, u64::from(local.hour));
        }
        'M' => match local.minute {
            0 => sounds.push(Arc::from("digits/oclock")),
            minute => sixty(sounds, minute),
        },
        'S' => sixty(sounds, u8::try_from(epoch_s % 60).expect("less than sixty")),
        'P' | 'p' => sounds.push(Arc::from(if local.hour < 12 {
            "digits/a-m"
        } else {
            "digits/p-m"
        })),
        _ => {}
    }
}

/// A minute or second, with an "oh" where it has one figure.
fn sixty(sounds: &mut Sounds, value: u8) {
    if value < 10 {
        sounds.push(Arc::from("digits/oh"));
    }
    cardinal(sounds, u64::from(value));
}

fn cardinal(sounds: &mut Sounds, number: u64) {
    const GROUPS: [(u64, &str); 4] = [
        (1_000_000_000, "digits/billion"),
        (1_000_000, "digits/million"),
        (1_000, "digits/thousand"),
        (100, "digits/hundred"),
    ];
    if let Some((size, name)) = GROUPS.iter().find(|(size, _)| number >= *size) {
        cardinal(sounds, number / size);
        sounds.push(Arc::from(*name));
        if !number.is_multiple_of(*size) {
            cardinal(sounds, number % size);
        }
    } else if number > 20 {
        push(sounds, "digits/", number / 10 * 10);
        if !number.is_multiple_of(10) {
            push(sounds, "digits/", number % 10);
        }
    } else {
        push(sounds, "digits/", number);
    }
}

/// A place in a row up to the thirty-first.
fn ordinal(sounds: &mut Sounds, number: u8) {
    if number > 20 && !number.is_multiple_of(10) {
        push(sounds, "digits/", number / 10 * 10);
        push(sounds, "digits/h-", number % 10);
    } else {
        push(sounds, "digits/h-", number);
    }
}

/// 1985 is nineteen eighty-five, 1907 nineteen oh seven, 2026 two thousand twenty-six.
fn year(sounds: &mut Sounds, year: u64) {
    if !(1_100..2_000).contains(&year) {
        return cardinal(sounds, year);
    }
    cardinal(sounds, year / 100);
    match year % 100 {
        0 => sounds.push(Arc::from("digits/hundred")),
        rest => sixty(sounds, u8::try_from(rest).expect("less than a hundred")),
    }
}

/// The year where it is that local time now.
fn year_at(epoch_s: u64, local: LocalTime) -> u64 {
    let (year, month) = utc_year_and_month(epoch_s);
    match (month, local.month) {
        (12, 1) => year + 1,
        (1, 12) => year - 1,
        _ => year,
    }
}

fn utc_year_and_month(epoch_s: u64) -> (u64, u64) {
    // Days counted from 1 March of the year 0, so that leap days end the year.
    let days = epoch_s / 86_400 + 719_468;
    let day = days % 146_097;
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (days / 146_097 * 400 + year_of_era + u64::from(month <= 2), month)
}

fn spell(text: &str, letter: impl Fn(char) -> String) -> Sounds {
    let sound = |character: char| {
        let lower = character.to_ascii_lowercase();
        Some(match lower {
            'a'..='z' => Arc::from(letter(lower)),
            '0'..='9' => Arc::from(format!("digits/{lower}")),
            ' ' => Arc::from("letters/space"),
            '!' => Arc::from("letters/exclaimation-point"),
            '#' => Arc::from("digits/pound"),
            '$' => Arc::from("letters/dollar"),
            '*' => Arc::from("digits/star"),
            '+' => Arc::from("letters/plus"),
            '-' => Arc::from("letters/dash"),
            '.' => Arc::from("letters/dot"),
            '/' => Arc::from("letters/slash"),
            '=' => Arc::from("letters/equals"),
            '@' => Arc::from("letters/at"),
            _ => return None,
        })
    };
    text.chars().filter_map(sound).take(SOUNDS_MAX).collect()
}

fn push(sounds: &mut Sounds, family: &str, which: impl std::fmt::Display) {
    sounds.push(Arc::from(format!("{family}{which}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(sounds: Sounds) -> String {
        let names: Vec<_> = sounds
            .iter()
            .map(|name| name.trim_start_matches("digits/"))
            .collect();
        names.join(" ")
    }

    fn spoken(value: i64) -> String {
        joined(number(value).unwrap())
    }

    #[test]
    fn numbers_are_spoken_by_thousands() {
        assert_eq!(spoken(0), "0");
        assert_eq!(spoken(13), "13");
        assert_eq!(spoken(20), "20");
        assert_eq!(spoken(-21), "minus 20 1");
        assert_eq!(spoken(100), "1 hundred");
        assert_eq!(spoken(342), "3 hundred 40 2");
        assert_eq!(spoken(1_000), "1 thousand");
        assert_eq!(spoken(21_017), "20 1 thousand 17");
        assert_eq!(spoken(5_000_600), "5 million 6 hundred");
        assert_eq!(spoken(2_000_000_001), "2 billion 1");
        assert_eq!(number(i64::MIN), None);
        assert_eq!(number(1_000_000_000_000), None);
    }

    #[test]
    fn digits_and_letters_are_spoken_one_by_one() {
        assert_eq!(joined(digits("1 2-*#x")), "1 2 minus star pound");
        assert_eq!(
            joined(alpha("Ab 7@!")),
            "letters/a letters/b letters/space 7 letters/at letters/exclaimation-point"
        );
        assert_eq!(joined(phonetic("Z1.é")), "phonetic/z_p 1 letters/dot");
        assert_eq!(digits(&"1".repeat(5_000)).len(), SOUNDS_MAX);
    }

    /// 2023-11-14 22:13:20 UTC, a Tuesday.
    const EPOCH_S: u64 = 1_700_000_000;

    fn local(month: u8, day: u8, weekday: u8, hour: u8, minute: u8) -> LocalTime {
        LocalTime {
            month,
            day,
            weekday,
            hour,
            minute,
        }
    }

    #[test]
    fn a_date_and_time_is_spoken_as_the_format_asks() {
        let now = local(11, 14, 2, 22, 13);
        assert_eq!(
            joined(date_time(DATE_TIME, EPOCH_S, now)),
            "day-2 mon-10 h-14 2 thousand 20 3 at 10 13 p-m"
        );
        assert_eq!(joined(date_time("RT", EPOCH_S, now)), "20 2 13 20 2 13 20");
        assert_eq!(
            joined(date_time("m'vm-and'Q?", EPOCH_S, now)),
            "h-11 vm-and day-2 mon-10 h-14 2 thousand 20 3"
        );
        assert!(date_time(&"Q".repeat(10_000), EPOCH_S, now).len() < SOUNDS_MAX + 8);
    }

    #[test]
    fn hours_and_minutes_have_their_own_words() {
        let time = |hour, minute| joined(date_time(TIME, EPOCH_S, local(1, 1, 0, hour, minute)));
        assert_eq!(time(0, 0), "12 oclock a-m");
        assert_eq!(time(12, 5), "12 oh 5 p-m");
        assert_eq!(time(23, 59), "11 50 9 p-m");
        assert_eq!(joined(date_time("HM", EPOCH_S, local(1, 1, 0, 7, 30))), "oh 7 30");
        assert_eq!(joined(date_time("k", EPOCH_S, local(1, 1, 0, 7, 30))), "7");
    }

    #[test]
    fn days_and_years_are_spoken_as_people_do() {
        let day = |day| joined(date_time("d", EPOCH_S, local(1, day, 0, 0, 0)));
        assert_eq!(
            [day(1), day(20), day(21), day(30), day(31)],
            ["h-1", "h-20", "20 h-1", "h-30", "30 h-1"]
        );
        let year = |epoch_s, month| joined(date_time("Y", epoch_s, local(month, 1, 0, 0, 0)));
        assert_eq!(year(0, 1), "19 70");
        assert_eq!(year(946_684_799, 12), "19 90 9");
        // The same moment, where it is the next year already.
        assert_eq!(year(946_684_799, 1), "2 thousand");
        // The first moment of a year, where it is the old one still.
        assert_eq!(year(946_684_800, 12), "19 90 9");
        assert_eq!(year(951_782_400, 2), "2 thousand");
    }
}
