//! `DB_KEYS`: what is below a place of the database.

use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(DbKeys, "DB_KEYS", needs Right::System, read read;
    synopsis: "The names directly below a place of the database, joined by commas.",
    syntax: "DB_KEYS([prefix])",
    arguments: &[("prefix", "A family, or a family and the beginning of a key up to a slash; the families without it.")],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context.pbx().database_keys(args.trim()).join(","))
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn names_are_listed_once() {
        let plan = "[main]\nexten => 100,1,Set(DB(a/b/1)=x)\n same => n,Set(DB(a/b/2)=x)\n same => n,Set(DB(a/c)=x)\n same => n,NoOp(${DB_KEYS()} ${DB_KEYS(a)} ${DB_KEYS(a/b)} [${DB_KEYS(z)}] ${DB_KEYCOUNT(a)})\n";
        assert_eq!(notes(plan), ["a b,c 1,2 [] 2"]);
    }
}
