//! `Wait`: a pause.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(Wait, "Wait", waits run,
    synopsis: "Pauses the dialplan.",
    syntax: "Wait(seconds)",
    arguments: &[("seconds", "How long; fractions are allowed.")],
    notes: "Digits pressed meanwhile are lost. What is no time is no wait, with a warning.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(time) = text::seconds(args) else {
        text::warn(line, "Wait", &format!("{args:?} is no time"));
        return Ok(());
    };
    line.wait(time).await?;
    line.forget_digits();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps, test};

    #[test]
    fn it_waits_as_long_as_it_says() {
        test("[main]\nexten => 100,1,Wait(1.5)\n", async |world| {
            world.call("100");
            world.until_over().await;
            assert!((1_500..1_700).contains(&world.pbx.now().as_millis()));
        });
    }

    #[test]
    fn what_is_no_time_is_no_wait() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Wait(soon)\n same => n,Wait()\n same => n,NoOp()\n").len(),
            3
        );
        assert_eq!(
            notes("[main]\nexten => 100,1,Wait(-5)\n same => n,NoOp(on)\n"),
            ["on"]
        );
    }

    #[test]
    fn digits_pressed_meanwhile_are_lost() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,Wait(1)\n same => n,WaitExten(1)\nexten => 5,1,NoOp()\nexten => t,1,NoOp(nothing)\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(100).await;
            world.press(alice, "5").await;
            world.until_over().await;
            assert_eq!(world.steps("alice").pop().unwrap(), "t,1 NoOp(nothing)");
        });
    }
}
