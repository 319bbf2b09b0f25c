//! `DBdeltree`: a family of the database less.

use crate::text;
use ucx_call::Right;
use ucx_pbx::{Ending, Line};

application!(DBdeltree, "DBdeltree", needs Right::System, run,
    synopsis: "Deletes a family of the database, or a part of it.",
    syntax: "DBdeltree(family[/keytree])",
    arguments: &[("family", "The family."), ("keytree", "Only what is at and below this key.")],
    notes: "Without a family nothing is deleted.",
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let args = args.trim().trim_matches('/');
    let (family, key) = args
        .split_once('/')
        .map_or((args, None), |(family, key)| (family, Some(key)));
    if family.is_empty() {
        text::warn(line, "DBdeltree", "it needs a family");
    } else if let Err(refusal) = line.pbx().database_delete_tree(family, key) {
        text::warn(line, "DBdeltree", &refusal.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn a_tree_is_gone_and_its_neighbours_stay() {
        let plan = "[main]\nexten => 100,1,Set(DB(a/b/c)=1)\n same => n,Set(DB(a/d)=1)\n same => n,DBdeltree(a/b)\n same => n,NoOp(${DB_KEYS(a)})\n same => n,DBdeltree()\n same => n,DBdeltree(a)\n same => n,NoOp([${DB_KEYS(a)}])\n";
        assert_eq!(notes(plan), ["d", "[]"]);
    }
}
