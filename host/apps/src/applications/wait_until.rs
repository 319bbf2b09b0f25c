//! `WaitUntil`: a moment of the clock.

use crate::text;
use std::time::Duration;
use ucx_pbx::{Ending, Line};

application!(WaitUntil, "WaitUntil", waits run,
    synopsis: "Waits until the clock shows a moment.",
    syntax: "WaitUntil(epoch)",
    arguments: &[("epoch", "The moment, in seconds since 1970.")],
    sets: &[("WAITUNTILSTATUS", "OK, PAST if the moment is over, HANGUP if the caller hung up, or FAILURE for what is no moment.")],
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Ok(until_s) = args.trim().parse::<u64>() else {
        text::warn(line, "WaitUntil", &format!("{args:?} is no moment"));
        return line.set_variable("WAITUNTILSTATUS", "FAILURE");
    };
    let now_s = line.pbx().epoch_s();
    if until_s < now_s {
        return line.set_variable("WAITUNTILSTATUS", "PAST");
    }
    let time = Duration::from_secs((until_s - now_s).min(u64::from(u32::MAX)));
    let waited = line.wait(time).await;
    line.set_variable("WAITUNTILSTATUS", if waited.is_ok() { "OK" } else { "HANGUP" })?;
    waited
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, test};

    #[test]
    fn a_moment_is_waited_for() {
        let plan = "[main]\nexten => 100,1,WaitUntil($[${EPOCH}+3])\n same => n,NoOp(${WAITUNTILSTATUS})\n same => n,WaitUntil(1)\n same => n,NoOp(${WAITUNTILSTATUS})\n same => n,WaitUntil(noon)\n same => n,NoOp(${WAITUNTILSTATUS})\n";
        assert_eq!(notes(plan), ["OK", "PAST", "FAILURE"]);
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            assert!(world.pbx.now().as_millis() >= 3_000);
        });
    }
}
