//! `Set`: a variable, or what a function stands for.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(Set, "Set", run,
    synopsis: "Sets a variable or writes a function.",
    syntax: "Set(name=value)",
    arguments: &[
        ("name", "A variable, or FUNCTION(arguments). With _ before it, the channels this one dials inherit it; with __ theirs as well."),
        ("value", "Everything after the first =."),
    ],
    notes: "What cannot be set is warned of, and the dialplan goes on.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    assign(line, "Set", args);
    Ok(())
}

/// Carries out one `name=value`.
pub(super) fn assign(line: &mut Line, application: &str, pair: &str) {
    let Some((name, value)) = name_and_value(pair) else {
        text::warn(
            line,
            application,
            &format!("{pair:?} is not of the form name=value"),
        );
        return;
    };
    if let Err(reason) = line.assign(name.trim(), value) {
        text::warn(line, application, &format!("{name} was not set: {reason}"));
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
    use crate::tests::{notes, steps, test};
    use std::time::Duration;
    use ucx_pbx::testing::Phone;

    #[test]
    fn variables_keep_everything_after_the_first_equals_sign() {
        let plan = "[main]\nexten => 100,1,Set(A=x,y=z)\n same => n,Set(GLOBAL(B)=2)\n same => n,NoOp(${A} ${B} ${GLOBAL(B)})\n";
        assert_eq!(notes(plan), ["x,y=z 2 2"]);
    }

    #[test]
    fn what_cannot_be_set_is_passed_over() {
        let plan = "[main]\nexten => 100,1,Set(nothing)\n same => n,Set(NOFUNC(x)=1)\n same => n,Set(LEN(x)=1)\n same => n,Set(=1)\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 5);
    }

    #[test]
    fn underscores_let_dialled_channels_inherit() {
        let plan = "[main]\nexten => 100,1,Set(_A=1)\n same => n,Set(B=2)\n same => n,Dial(Local/200@main/n)\nexten => 200,1,NoOp(${A} [${B}])\n same => n,Dial(PJSIP/bob)\n";
        test(plan, async |world| {
            world.phone(
                "bob",
                Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(1)),
            );
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("Local/200@main-00000000;2")[0], "200,1 NoOp(1 [])");
        });
    }

    #[test]
    fn an_equals_sign_in_a_functions_arguments_is_not_the_one() {
        assert_eq!(name_and_value("F(a=b)=c"), Some(("F(a=b)", "c")));
        assert_eq!(name_and_value("plain"), None);
    }
}
