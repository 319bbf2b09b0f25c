//! `EXISTS`: whether a text is not empty.

use ucx_pbx::FunctionContext;

function!(Exists, "EXISTS", read read;
    synopsis: "1 if the text is not empty, else 0.",
    syntax: "EXISTS(data)",
    arguments: &[("data", "The text.")],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(u8::from(!args.is_empty()).to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn empty_texts_are_told_from_others() {
        assert_eq!(expand("${EXISTS(a)}${EXISTS(${NONE})}"), "10");
    }
}
