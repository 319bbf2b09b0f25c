//! `DB_KEYCOUNT`: how much is below a place of the database.

use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(DbKeyCount, "DB_KEYCOUNT", needs Right::System, read read;
    synopsis: "How many names stand directly below a place of the database.",
    syntax: "DB_KEYCOUNT([prefix])",
    arguments: &[("prefix", "As for DB_KEYS.")],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context.pbx().database_keys(args.trim()).len().to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn nothing_is_below_nothing() {
        assert_eq!(expand("${DB_KEYCOUNT()} ${DB_KEYCOUNT(a)}"), "0 0");
    }
}
