//! `TOUPPER`: a text in capital letters.

use ucx_pbx::FunctionContext;

function!(ToUpper, "TOUPPER", read read;
    synopsis: "A text in capital letters.",
    syntax: "TOUPPER(string)",
    arguments: &[("string", "Of its letters those from A to Z are changed.")],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(args.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn letters_are_changed_and_nothing_else() {
        assert_eq!(expand("${TOUPPER(aBc é1)}"), "ABC é1");
    }
}
