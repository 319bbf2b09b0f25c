//! `WaitDigit`: one digit of the caller's.

use crate::text;
use std::time::Duration;
use tokio::time::Instant;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(WaitDigit, "WaitDigit", waits run,
    synopsis: "Waits for one digit.",
    syntax: "WaitDigit([seconds[,digits]])",
    arguments: &[
        ("seconds", "How long to wait, fractions allowed; without it until the caller hangs up."),
        ("digits", "Which digits count; all of them without it. Others are lost."),
    ],
    sets: &[
        ("WAITDIGITSTATUS", "DTMF, TIMEOUT, CANCEL if the caller hung up, or ERROR."),
        ("WAITDIGITRESULT", "The digit."),
    ],
);

/// As good as no limit.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let time = match args.get(0) {
        None => FOREVER,
        Some(given) => match text::seconds(given) {
            Some(time) => time,
            None => {
                text::warn(line, "WaitDigit", &format!("{given:?} is no time"));
                return line.set_variable("WAITDIGITSTATUS", "ERROR");
            }
        },
    };
    let until = Instant::now() + time;
    let digits = args.get(1).unwrap_or("0123456789*#ABCD");
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match line.next_digit(left).await {
            Ok(Some(digit)) if digits.contains(digit) => {
                line.set_variable("WAITDIGITRESULT", &digit.to_string())?;
                return line.set_variable("WAITDIGITSTATUS", "DTMF");
            }
            Ok(Some(_)) => {}
            Ok(None) => return line.set_variable("WAITDIGITSTATUS", "TIMEOUT"),
            Err(ending) => {
                line.set_variable("WAITDIGITSTATUS", "CANCEL")?;
                return Err(ending);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Cause, Signal};

    fn result(args: &str, digits: &str) -> String {
        let mut result = String::new();
        let plan = format!(
            "[main]\nexten => 100,1,Answer()\n same => n,WaitDigit({args})\nexten => h,1,NoOp(${{WAITDIGITSTATUS}} ${{WAITDIGITRESULT}})\n"
        );
        test(&plan, async |world| {
            let alice = world.call("100");
            world.pass(100).await;
            world.press(alice, digits).await;
            world.pass(3_000).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            result = world.steps("alice").pop().unwrap();
        });
        result
    }

    #[test]
    fn a_digit_that_counts_is_waited_for() {
        assert_eq!(result("2", "5"), "h,1 NoOp(DTMF 5)");
        assert_eq!(result("2,89", "58"), "h,1 NoOp(DTMF 8)");
        assert_eq!(result("2,89", "5"), "h,1 NoOp(TIMEOUT )");
        assert_eq!(result("", ""), "h,1 NoOp(CANCEL )");
        assert_eq!(result("soon", ""), "h,1 NoOp(ERROR )");
    }
}
