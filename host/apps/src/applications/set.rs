//! `Set` and `MSet`: give variables and functions their values.

use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(Set, "Set", set,
    synopsis: "Sets a variable or writes a function.",
    syntax: "Set(name=value)",
    arguments: &[("name", "A variable, or FUNCTION(arguments)."), ("value", "Everything after the first =.")],
    notes: "A name with _ before it is inherited by the channels this one dials, with __ by theirs as well.",
);

application!(MSet, "MSet", mset,
    synopsis: "Sets several variables.",
    syntax: "MSet(name1=value1[,name2=value2…])",
    arguments: &[("name=value", "As for Set; quotes around a value are dropped.")],
);

fn set(line: &mut Line, args: &str) -> Result<(), Ending> {
    assign(line, args);
    Ok(())
}

fn mset(line: &mut Line, args: &str) -> Result<(), Ending> {
    for pair in Arguments::split(args).iter() {
        assign(line, pair);
    }
    Ok(())
}

fn assign(line: &mut Line, pair: &str) {
    let Some((name, value)) = name_and_value(pair) else {
        tracing::warn!(place = %line.place(), text = pair, "Set needs name=value");
        return;
    };
    if let Err(reason) = line.assign(name.trim(), value) {
        tracing::warn!(place = %line.place(), name, %reason, "the variable was not set");
    }
}

/// Splits at the first `=` outside the parentheses of a function's arguments.
fn name_and_value(pair: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let at = pair.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        byte == b'=' && depth == 0
    })?;
    Some((&pair[..at], &pair[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::name_and_value;
    use crate::tests::notes;

    #[test]
    fn variables_keep_everything_after_the_first_equals_sign() {
        let plan = "[main]\nexten => 100,1,Set(A=x,y=z)\n same => n,Set(GLOBAL(B)=2)\n same => n,Set(nothing)\n same => n,NoOp(${A} ${B} ${GLOBAL(B)})\n";
        assert_eq!(notes(plan), ["x,y=z 2 2"]);
    }

    #[test]
    fn mset_takes_several() {
        let plan =
            "[main]\nexten => 100,1,MSet(A=1,B=\"two, three\",C=)\n same => n,NoOp(${A} ${B} [${C}])\n";
        assert_eq!(notes(plan), ["1 two, three []"]);
    }

    #[test]
    fn an_equals_sign_in_a_functions_arguments_is_not_the_one() {
        assert_eq!(name_and_value("F(a=b)=c"), Some(("F(a=b)", "c")));
        assert_eq!(name_and_value("plain"), None);
    }
}
