//! `ISNULL`: whether a text is empty.

use ucx_pbx::FunctionContext;

function!(IsNull, "ISNULL", read read;
    synopsis: "1 if the text is empty, else 0.",
    syntax: "ISNULL(data)",
    arguments: &[("data", "The text.")],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(u8::from(args.is_empty()).to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn empty_texts_are_told_from_others() {
        assert_eq!(expand("${ISNULL(a)}${ISNULL(${NONE})}"), "01");
    }
}
