//! Patterns and names in the text of cases.

use std::collections::BTreeMap;

/// Whether a text is as the pattern says, in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A text of a table as a pattern: `%s`, `%d` and `<name>` stand for anything, a written line end for none.
pub fn of_table(text: &str) -> String {
    let mut pattern = text.trim_end_matches("\\n").replace("%s", "*").replace("%d", "*");
    while let Some((before, rest)) = pattern.split_once('<') {
        let Some((_, after)) = rest.split_once('>') else {
            break;
        };
        pattern = format!("{before}*{after}");
    }
    pattern
}

/// The text with each `$name` replaced by what it stands for.
///
/// # Errors
/// When a name stands for nothing.
pub fn filled(text: &str, names: &BTreeMap<String, String>) -> Result<String, String> {
    let mut full = String::new();
    let mut parts = text.split('$');
    full.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = part.find(|c| !is_name(c)).unwrap_or(part.len());
        let (name, after) = part.split_at(end);
        if name.is_empty() {
            full.push('$');
        } else {
            full.push_str(
                names
                    .get(name)
                    .ok_or_else(|| format!("${name} stands for nothing"))?,
            );
        }
        full.push_str(after);
    }
    Ok(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, holds) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*c", "abbc", true),
            ("a*c", "ac", true),
            ("*b*", "abc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, text), holds, "{pattern} {text}");
        }
    }

    #[test]
    fn texts_of_tables_are_patterns() {
        assert!(fits(
            &of_table("Channel <x> does not exist."),
            "Channel Local/1 does not exist."
        ));
        assert!(fits(&of_table("No endpoints found\\n"), "No endpoints found"));
        assert!(!fits(
            &of_table("Unable to retrieve endpoint %s"),
            "Unable to retrieve"
        ));
    }

    #[test]
    fn names_are_filled_in() {
        let names = BTreeMap::from([("a".to_owned(), "Local/1".to_owned())]);
        assert_eq!(filled("x $a; $$", &names), Ok("x Local/1; $$".to_owned()));
        assert!(filled("$b", &names).is_err());
    }
}
