//! `WaitExten`: the caller dials an extension.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(WaitExten, "WaitExten", waits run,
    synopsis: "Waits for the caller to dial an extension of this context.",
    syntax: "WaitExten([seconds[,options]])",
    arguments: &[("seconds", "For the first digit; without it TIMEOUT(response). Each further one has TIMEOUT(digit).")],
    options: &[
        ("m(x)", "Music meanwhile. Not honoured, with a warning."),
        ("d(x)", "Dial tone meanwhile. Not honoured, with a warning."),
    ],
    notes: "Goes to i if there is no such extension, to t if nothing is dialled; without those the call ends.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = text::options(line, "WaitExten", args.text(1), "md");
    for letter in ['m', 'd'].into_iter().filter(|letter| options.has(*letter)) {
        text::warn(
            line,
            "WaitExten",
            &format!("option '{letter}' is not honoured: the caller hears nothing"),
        );
    }
    let time = text::warned(line, "WaitExten", args.text(0), text::seconds);
    line.wait_exten(time).await
}

#[cfg(test)]
mod tests {
    use crate::tests::{menu, test};

    #[test]
    fn the_call_goes_where_the_caller_dials() {
        for options in ["5", "5,m", "5,d(dial)", ""] {
            let first = format!("WaitExten({options})");
            assert_eq!(menu(&first, "1"), "1,1 NoOp(one)");
            assert_eq!(menu(&first, "23"), "23,1 NoOp(twenty-three)");
            assert_eq!(menu(&first, "9"), "i,1 NoOp(invalid 9)");
            assert_eq!(menu(&first, ""), "t,1 NoOp(timeout)");
        }
    }

    #[test]
    fn without_t_a_silent_caller_is_hung_up_in_time() {
        test(
            "[main]\nexten => 100,1,WaitExten(2)\n same => n,NoOp()\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.steps("alice").len(), 1);
                assert!((2_000..2_200).contains(&world.pbx.now().as_millis()));
            },
        );
    }
}
