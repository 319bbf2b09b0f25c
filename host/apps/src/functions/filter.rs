//! `FILTER`: the characters of a text that are allowed.

use ucx_pbx::FunctionContext;

function!(Filter, "FILTER", read read;
    synopsis: "The characters of a text that are allowed.",
    syntax: "FILTER(allowed-chars,string)",
    arguments: &[
        ("allowed-chars", "Single characters and ranges such as 0-9."),
        ("string", "Everything after the first comma."),
    ],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (allowed, text) = args.split_once(',').ok_or("FILTER needs characters and a text")?;
    let ranges = ranges(allowed);
    let is_allowed = |letter: &char| ranges.iter().any(|(low, high)| (low..=high).contains(&letter));
    Ok(text.chars().filter(is_allowed).collect())
}

fn ranges(allowed: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = allowed.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = letters.as_slice();
    while let [first, after @ ..] = rest {
        if let ['-', last, beyond @ ..] = after {
            ranges.push((*first, *last));
            rest = beyond;
        } else {
            ranges.push((*first, *first));
            rest = after;
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn what_is_allowed_is_kept() {
        assert_eq!(
            expand("${FILTER(0-9a,+44 (0)20a-b)} [${FILTER(0-9)}] ${FILTER(a-,x-a)}"),
            "44020a [] -a"
        );
    }
}
