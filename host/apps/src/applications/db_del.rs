//! `DBdel`: a row of the database less.

use crate::text;
use ucx_call::Right;
use ucx_pbx::{Ending, Line};

application!(DBdel, "DBdel", needs Right::System, run,
    synopsis: "Deletes a row of the database.",
    syntax: "DBdel(family/key)",
    arguments: &[("family/key", "The row.")],
    notes: "A row that is not there is no mistake. The function DB_DELETE does the same.",
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    match args.trim().split_once('/') {
        Some((family, key)) if !key.is_empty() => {
            if let Err(refusal) = line.pbx().database_delete(family, key) {
                text::warn(line, "DBdel", &refusal.to_string());
            }
        }
        Some(_) | None => text::warn(line, "DBdel", "it needs a family and a key"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn a_row_is_gone() {
        let plan = "[main]\nexten => 100,1,Set(DB(a/b)=1)\n same => n,DBdel(a/b)\n same => n,DBdel(a/b)\n same => n,DBdel(a)\n same => n,NoOp(${DB_EXISTS(a/b)})\n";
        assert_eq!(notes(plan), ["0"]);
    }
}
