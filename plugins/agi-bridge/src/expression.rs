//! What does a text with `${NAME}` in it say? Its variables replaced, with the dialplan's `${NAME:from:length}`.

use ucx::prelude::*;

/// Variables in one text.
const VARIABLES_MAX: usize = 64;

/// The text with its variables replaced by what `value` says.
pub fn expand(text: &str, mut value: impl FnMut(&str) -> Result<String, Error>) -> Result<String, Error> {
    let mut said = String::new();
    let mut rest = text;
    for _ in 0..VARIABLES_MAX {
        let Some((before, after)) = rest.split_once("${") else {
            break;
        };
        let Some((inside, behind)) = after.split_once('}') else {
            break;
        };
        said.push_str(before);
        let (name, cut) = match inside.split_once(':') {
            // A colon inside a function's brackets is the function's.
            Some((name, cut)) if !name.contains('(') || name.contains(')') => (name, Some(cut)),
            _ => (inside, None),
        };
        let whole = value(name)?;
        said.push_str(&match cut {
            Some(cut) => part(&whole, cut),
            None => whole,
        });
        rest = behind;
    }
    said.push_str(rest);
    Ok(said)
}

/// `from` and `from:length`; what is negative counts from the end.
fn part(whole: &str, cut: &str) -> String {
    let (from, length) = cut.split_once(':').unwrap_or((cut, ""));
    let letters: Vec<char> = whole.chars().collect();
    let place = |number: i64| {
        let from_end = i64::try_from(letters.len())
            .unwrap_or(i64::MAX)
            .saturating_add(number);
        let place = if number < 0 { from_end } else { number };
        usize::try_from(place).unwrap_or(0).min(letters.len())
    };
    let from = place(from.trim().parse().unwrap_or(0));
    let end = match length.trim().parse::<i64>() {
        Ok(length) if length < 0 => place(length),
        Ok(length) => from
            .saturating_add(usize::try_from(length).unwrap_or(0))
            .min(letters.len()),
        Err(_) => letters.len(),
    };
    letters.get(from..end).unwrap_or_default().iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        expand(text, |name| Ok(format!("<{name}>"))).unwrap()
    }

    #[test]
    fn variables_are_replaced_and_cut() {
        assert_eq!(said("a ${B} c ${D}"), "a <B> c <D>");
        assert_eq!(said("${CALLERID(num)}!"), "<CALLERID(num)>!");
        assert_eq!(said("${NAME:1:4}"), "NAME");
        assert_eq!(
            (said("${NAME:-2}"), said("${NAME:1:-1}")),
            ("E>".to_owned(), "NAME".to_owned())
        );
        assert_eq!(said("${NAME:9:9}"), "");
        assert_eq!(said("open ${NAME"), "open ${NAME");
    }

    #[test]
    fn there_is_an_end_to_it() {
        let text = "${A}".repeat(VARIABLES_MAX + 1);
        assert!(said(&text).ends_with("${A}"));
    }
}
