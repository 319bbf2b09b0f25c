//! `LEN`: the length of a text.

use ucx_pbx::FunctionContext;

function! {
    Len, "LEN", read read,
    synopsis: "The length of a text, in bytes.",
    syntax: "LEN(text)",
    arguments: &[("text", "Counted as it is after substitution, commas, quotes and blanks included.")],
}

#[allow(clippy::unnecessary_wraps)] // the shape of every function
fn read(_: &mut FunctionContext<'_>, text: &str) -> Result<String, String> {
    Ok(text.len().to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::value_of;

    #[test]
    fn counts_everything_between_the_parentheses() {
        assert_eq!(value_of("${LEN(hello, you)}"), "10");
        assert_eq!(value_of("${LEN()}"), "0");
        assert_eq!(value_of("${LEN(né)}"), "3");
    }
}
