//! `WaitExten` and `BackGround`: let the caller dial an extension.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, PlayEnd};

application!(WaitExten, "WaitExten", waits wait_exten,
    synopsis: "Waits for the caller to dial an extension of this context.",
    syntax: "WaitExten([seconds])",
    arguments: &[("seconds", "For the first digit; without it TIMEOUT(response).")],
    notes: "Goes to i if there is no such extension, to t if nothing is dialled.",
);

application!(BackGround, "BackGround", waits background,
    synopsis: "Plays sounds while the caller may dial an extension of this context.",
    syntax: "BackGround(filename[&filename2…][,options])",
    arguments: &[("filename", "Names of sounds without their format.")],
    options: &[
        ("s", "Plays nothing if the call is not answered."),
        ("n", "Does not answer the call."),
        ("m", "Only a digit that begins an extension of this context stops the sounds."),
        ("p", "Keeps digits pressed before."),
    ],
    sets: &[("BACKGROUNDSTATUS", "SUCCESS or FAILED")],
    notes: "The first digit stops the sounds and begins the extension.",
);

async fn wait_exten(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    text::options(line, "WaitExten", args.text(1), "");
    line.wait_exten(args.get(0).and_then(text::seconds)).await
}

async fn background(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = text::options(line, "BackGround", args.text(1), "snmp");
    if !line.is_up() {
        if options.has('s') {
            return line.set_variable("BACKGROUNDSTATUS", "SUCCESS");
        }
        if !options.has('n') {
            line.answer()?;
        }
    }
    if !options.has('p') {
        line.forget_digits();
    }
    let sounds = text::sounds(args.text(0));
    let stops: String = "0123456789*#ABCD"
        .chars()
        .filter(|digit| !options.has('m') || line.can_dial(*digit))
        .collect();
    match line.play_and_listen(&sounds, &stops).await? {
        PlayEnd::Completed => line.set_variable("BACKGROUNDSTATUS", "SUCCESS"),
        PlayEnd::Failed => line.set_variable("BACKGROUNDSTATUS", "FAILED"),
        PlayEnd::Digit(digit) => {
            line.set_variable("BACKGROUNDSTATUS", "SUCCESS")?;
            line.type_digit(digit);
            line.wait_exten(None).await
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;

    const MENU: &str = "exten => 1,1,NoOp(one)\nexten => 23,1,NoOp(twenty-three)\nexten => i,1,NoOp(invalid ${INVALID_EXTEN})\nexten => t,1,NoOp(timeout)\n";

    fn last_step(first: &str, digits: &str) -> String {
        let mut last = String::new();
        let plan =
            format!("[main]\nexten => 100,1,Answer()\n same => n,{first}\n same => n,NoOp(on)\n{MENU}");
        test(&plan, async |world| {
            let alice = world.call("100");
            world.pass(100).await;
            world.press(alice, digits).await;
            world.until_over().await;
            last = world.steps("alice").pop().unwrap();
        });
        last
    }

    #[test]
    fn wait_exten_goes_where_the_caller_dials() {
        assert_eq!(last_step("WaitExten(5)", "1"), "1,1 NoOp(one)");
        assert_eq!(last_step("WaitExten(5)", "23"), "23,1 NoOp(twenty-three)");
        assert_eq!(last_step("WaitExten(5)", "9"), "i,1 NoOp(invalid 9)");
        assert_eq!(last_step("WaitExten(5)", ""), "t,1 NoOp(timeout)");
    }

    #[test]
    fn background_is_stopped_by_a_digit_and_else_goes_on() {
        assert_eq!(last_step("BackGround(a&b&c)", "23"), "23,1 NoOp(twenty-three)");
        assert_eq!(last_step("BackGround(a&b&c)", "9"), "i,1 NoOp(invalid 9)");
        assert_eq!(last_step("BackGround(a)", ""), "100,3 NoOp(on)");
        assert_eq!(last_step("BackGround(a&b,m)", "9"), "100,3 NoOp(on)");
    }

    #[test]
    fn without_t_a_silent_caller_is_hung_up() {
        test(
            "[main]\nexten => 100,1,WaitExten(2)\n same => n,NoOp()\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.steps("alice").len(), 1);
            },
        );
    }
}
