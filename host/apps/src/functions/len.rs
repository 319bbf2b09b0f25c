//! `LEN`: the length of a text.

use ucx_pbx::FunctionContext;

function!(Len, "LEN", read read;
    synopsis: "The length of a text, in bytes.",
    syntax: "LEN(string)",
    arguments: &[("string", "Counted as it is after substitution, commas, quotes and blanks included.")],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(args.len().to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn everything_between_the_parentheses_counts() {
        assert_eq!(expand("${LEN(hello, you)} ${LEN()} ${LEN(né)}"), "10 0 3");
    }
}
