//! `MSet`: several variables.

use super::set;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(MSet, "MSet", run,
    synopsis: "Sets several variables.",
    syntax: "MSet(name1=value1[,name2=value2…])",
    arguments: &[("name1=value1", "As for Set; quotes around a value are dropped.")],
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    for pair in Arguments::split(args).iter() {
        set::assign(line, "MSet", pair);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn each_is_set() {
        let plan = "[main]\nexten => 100,1,MSet(A=1,B=\"two, three\",nothing,C=)\n same => n,NoOp(${A} ${B} [${C}])\n";
        assert_eq!(notes(plan), ["1 two, three []"]);
    }
}
