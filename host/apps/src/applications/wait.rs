//! `Wait`: pauses.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(Wait, "Wait", waits run,
    synopsis: "Pauses the dialplan.",
    syntax: "Wait(seconds)",
    arguments: &[("seconds", "How long; fractions are allowed.")],
    notes: "Digits pressed meanwhile are lost.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(time) = text::seconds(args) else {
        tracing::warn!(place = %line.place(), text = args, "Wait needs seconds");
        return Ok(());
    };
    line.wait(time).await?;
    line.forget_digits();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::{steps, test};

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
            steps("[main]\nexten => 100,1,Wait(soon)\n same => n,NoOp()\n").len(),
            2
        );
    }
}
