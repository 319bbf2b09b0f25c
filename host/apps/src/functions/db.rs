//! `DB`: rows of the database.

use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(Db, "DB", needs Right::System, read read, write write;
    synopsis: "Reads or writes a row of the database.",
    syntax: "DB(family/key)",
    arguments: &[("family/key", "The row. A family may have slashes itself; the key is what stands after the first one.")],
    sets: &[("DB_RESULT", "The value that was read.")],
    notes: "A row that is not there reads as the empty text. Clients that ask from outside need the right to the system.",
);

pub(crate) fn row(args: &str) -> Result<(&str, &str), String> {
    let row = args.trim().trim_start_matches('/').split_once('/');
    row.filter(|(family, key)| !family.is_empty() && !key.is_empty())
        .ok_or_else(|| format!("{args:?} is not family/key"))
}

fn read(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (family, key) = row(args)?;
    let Some(value) = context.pbx().database_get(family, key) else {
        return Ok(String::new());
    };
    context.set_variable("DB_RESULT", &value)?;
    Ok(value.to_string())
}

fn write(context: &FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let (family, key) = row(args)?;
    context
        .pbx()
        .database_put(family, key, value)
        .map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn rows_are_written_and_read() {
        let plan = "[main]\nexten => 100,1,Set(DB(fam/a/b)=x y)\n same => n,NoOp(${DB(fam/a/b)} ${DB_RESULT} [${DB(fam/none)}] [${DB(fam)}])\n";
        assert_eq!(notes(plan), ["x y x y [] []"]);
    }
}
