//! `TIMEOUT`: how long the dialplan waits for digits, and how long the channel may live.

use crate::text;
use std::time::Duration;
use ucx_pbx::FunctionContext;

function!(Timeout, "TIMEOUT", read read, write write;
    synopsis: "Reads or sets a time limit of the channel, in seconds.",
    syntax: "TIMEOUT(timeouttype)",
    arguments: &[(
        "timeouttype",
        "absolute: how long the channel may live from now, 0 without end; when it passes, the call goes to T or ends. \
         digit: how long to wait for the next digit of an extension. response: how long to wait for the first.",
    )],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    context.channel_id()?;
    let timeouts = context.timeouts();
    let time = match args.trim().to_ascii_lowercase().as_str() {
        "absolute" => timeouts
            .absolute_at
            .map_or(Duration::ZERO, |at| at.saturating_sub(context.pbx().now())),
        "digit" => timeouts.digit,
        "response" => timeouts.response,
        other => return Err(format!("TIMEOUT knows no {other:?}")),
    };
    Ok(format!("{:.3}", time.as_secs_f64()))
}

fn write(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let time = text::seconds(value).ok_or_else(|| format!("{value:?} is no time"))?;
    let timeouts = context.timeouts();
    match args.trim().to_ascii_lowercase().as_str() {
        "absolute" => context.set_absolute_timeout((!time.is_zero()).then_some(time)),
        "digit" => context.set_timeouts(time, timeouts.response),
        "response" => context.set_timeouts(timeouts.digit, time),
        other => Err(format!("TIMEOUT knows no {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, notes, test};

    #[test]
    fn limits_are_read_as_seconds() {
        assert_eq!(
            expand("${TIMEOUT(absolute)} ${TIMEOUT(digit)} ${TIMEOUT(response)}"),
            "0.000 5.000 10.000"
        );
    }

    #[test]
    fn what_is_no_limit_changes_nothing() {
        let plan = "[main]\nexten => 100,1,Set(TIMEOUT(digit)=soon)\n same => n,Set(TIMEOUT(patience)=1)\n same => n,NoOp(${TIMEOUT(digit)} [${TIMEOUT(patience)}])\n";
        assert_eq!(notes(plan), ["5.000 []"]);
    }

    #[test]
    fn an_absolute_limit_of_zero_takes_it_away() {
        let plan = "[main]\nexten => 100,1,Set(TIMEOUT(absolute)=1)\n same => n,Set(TIMEOUT(absolute)=0)\n same => n,Wait(3)\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["on"]);
    }

    #[test]
    fn digit_and_response_limits_are_kept_to() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,Set(TIMEOUT(digit)=1)\n same => n,Set(TIMEOUT(response)=2)\n same => n,WaitExten()\nexten => 1,1,NoOp()\nexten => 12,1,NoOp()\nexten => t,1,NoOp()\n";
        for (digits, took_ms) in [("1", 1_100..1_300), ("", 2_000..2_200)] {
            test(plan, async |world| {
                let alice = world.call("100");
                world.press(alice, digits).await;
                world.until_over().await;
                assert!(took_ms.contains(&world.pbx.now().as_millis()), "{digits}");
            });
        }
    }

    #[test]
    fn the_absolute_limit_goes_to_the_capital_t_extension_or_ends_the_call() {
        let limited = "[main]\nexten => 100,1,Answer()\n same => n,Set(TIMEOUT(absolute)=3)\n same => n,Wait(1)\n same => n,NoOp(${TIMEOUT(absolute)})\n same => n,Wait(60)\n";
        test(
            &format!("{limited}exten => T,1,NoOp(time)\n same => n,Wait(1)\n"),
            async |world| {
                world.call("100");
                world.until_over().await;
                let steps = world.steps("alice");
                assert_eq!(steps[3], "100,4 NoOp(2.000)");
                assert_eq!(steps[5..], ["T,1 NoOp(time)", "T,2 Wait(1)"]);
                assert!((4_000..4_200).contains(&world.pbx.now().as_millis()));
            },
        );
        test(limited, async |world| {
            world.call("100");
            world.until_over().await;
            assert!((3_000..3_200).contains(&world.pbx.now().as_millis()));
        });
    }
}
