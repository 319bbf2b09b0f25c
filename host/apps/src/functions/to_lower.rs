//! `TOLOWER`: a text in small letters.

use ucx_pbx::FunctionContext;

function!(ToLower, "TOLOWER", read read;
    synopsis: "A text in small letters.",
    syntax: "TOLOWER(string)",
    arguments: &[("string", "Of its letters those from A to Z are changed.")],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(args.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn letters_are_changed_and_nothing_else() {
        assert_eq!(expand("${TOLOWER(aBc é1)}"), "abc é1");
    }
}
