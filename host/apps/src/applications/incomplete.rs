//! `Incomplete`: the extension that was dialled wants more digits.

use crate::text;
use ucx_call::Cause;
use ucx_pbx::{Ending, Line};

application!(Incomplete, "Incomplete", waits run,
    synopsis: "Says that the extension that was dialled wants more digits.",
    syntax: "Incomplete([n])",
    arguments: &[("n", "Does not answer the call to wait for them.")],
    notes: "The call is answered and more digits are waited for as long as between two digits; with them it goes on at the longer \
            extension. Without any it ends.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    match args.trim() {
        "" => line.answer()?,
        "n" if line.is_up() => {}
        "n" => return Err(Ending::Hangup(Cause::INVALID_NUMBER_FORMAT)),
        other => {
            text::warn(
                line,
                "Incomplete",
                &format!("the option {other:?} is not known and has no effect"),
            );
            line.answer()?;
        }
    }
    let time = line.timeouts().digit;
    let Some(digit) = line.next_digit(time).await? else {
        return Err(Ending::Hangup(Cause::NONE));
    };
    let dialled = line.place().exten.clone();
    dialled.chars().for_each(|digit| line.type_digit(digit));
    line.type_digit(digit);
    line.wait_exten(None).await
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Cause;

    const PLAN: &str =
        "[main]\nexten => 10,1,Incomplete()\nexten => 20,1,Incomplete(n)\nexten => 105,1,NoOp(longer)\n";

    #[test]
    fn more_digits_lead_to_the_longer_extension() {
        test(PLAN, async |world| {
            let alice = world.call("10");
            world.pass(100).await;
            world.press(alice, "5").await;
            world.until_over().await;
            assert_eq!(world.steps("alice"), ["10,1 Incomplete()", "105,1 NoOp(longer)"]);
        });
    }

    #[test]
    fn without_more_digits_the_call_ends() {
        test(PLAN, async |world| {
            world.call("10");
            world.until_over().await;
            assert!(world.record().ended("alice").unwrap().answered_at.is_some());
            world.call("20");
            world.until_over().await;
            let cause = world.record().cause("alice-00000001");
            assert_eq!(cause, Some(Cause::INVALID_NUMBER_FORMAT));
        });
    }
}
