//! `DB_DELETE`: a row of the database less.

use super::db::row;
use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(DbDelete, "DB_DELETE", needs Right::System, read read, write write;
    synopsis: "Deletes a row of the database and says what it held.",
    syntax: "DB_DELETE(family/key)",
    arguments: &[("family/key", "The row.")],
    sets: &[("DB_RESULT", "What the row held.")],
    notes: "Set(DB_DELETE(family/key)=) deletes without saying anything.",
);

fn read(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (family, key) = row(args)?;
    let value = context.pbx().database_get(family, key).unwrap_or_default();
    delete(context, family, key)?;
    context.set_variable("DB_RESULT", &value)?;
    Ok(value.to_string())
}

fn write(context: &FunctionContext<'_>, args: &str, _: &str) -> Result<(), String> {
    let (family, key) = row(args)?;
    delete(context, family, key)
}

fn delete(context: &FunctionContext<'_>, family: &str, key: &str) -> Result<(), String> {
    let deleted = context.pbx().database_delete(family, key);
    deleted.map(drop).map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn a_row_is_read_and_gone() {
        let plan = "[main]\nexten => 100,1,Set(DB(a/b)=x)\n same => n,NoOp(${DB_DELETE(a/b)} [${DB(a/b)}])\n same => n,Set(DB(a/b)=y)\n same => n,Set(DB_DELETE(a/b)=)\n same => n,NoOp([${DB(a/b)}])\n";
        assert_eq!(notes(plan), ["x []", "[]"]);
    }
}
