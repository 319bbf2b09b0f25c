//! What are the words of a command line? Blanks part them, quotes hold them together, a backslash takes the next letter as it is.

/// Words of one command; further ones are not read.
const WORDS_MAX: usize = 128;

/// The words of a line.
pub fn split(line: &str) -> Vec<String> {
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
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words.truncate(WORDS_MAX);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_part_and_quotes_hold() {
        assert_eq!(split("STREAM FILE  beep \"\""), ["STREAM", "FILE", "beep", ""]);
        assert_eq!(split(r#"verbose "a \"b\" c" 3"#), ["verbose", r#"a "b" c"#, "3"]);
        assert_eq!(split(r"SET VARIABLE a\ b c"), ["SET", "VARIABLE", "a b", "c"]);
        assert!(split("   ").is_empty());
        assert_eq!(split(&"x ".repeat(500)).len(), WORDS_MAX);
    }
}
