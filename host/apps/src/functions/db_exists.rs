//! `DB_EXISTS`: whether the database has a row.

use super::db::row;
use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(DbExists, "DB_EXISTS", needs Right::System, read read;
    synopsis: "Whether the database has a row: 1 or 0.",
    syntax: "DB_EXISTS(family/key)",
    arguments: &[("family/key", "The row.")],
    sets: &[("DB_RESULT", "The row's value, if there is one.")],
);

fn read(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (family, key) = row(args)?;
    let Some(value) = context.pbx().database_get(family, key) else {
        return Ok("0".to_owned());
    };
    context.set_variable("DB_RESULT", &value)?;
    Ok("1".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand_with;

    #[test]
    fn a_row_is_there_or_not() {
        let text = "${DB_EXISTS(a/b)}${DB_EXISTS(a/c)} ${DB_RESULT}";
        assert_eq!(expand_with("DB(a/b)=x", text), "10 x");
    }
}
