//! `Hangup`: the end of the channel.

use crate::text;
use ucx_call::Cause;
use ucx_pbx::{Ending, Line};

application! {
    Hangup, "Hangup", run,
    synopsis: "Hangs the channel up.",
    syntax: "Hangup([causecode])",
    arguments: &[(
        "causecode",
        "Why: a number from 1 to 127 or a name such as USER_BUSY. The other side is told with it, and HANGUPCAUSE has it \
         in the h extension. Without one, what is known of the channel stands.",
    )],
}

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let text = args.trim();
    let cause = match Cause::parse(text) {
        Some(cause) => cause,
        None if text.is_empty() => Cause::NONE,
        None => {
            text::warn(
                line,
                "Hangup",
                &format!("{text:?} is no cause, so a normal clearing is given"),
            );
            Cause::NORMAL_CLEARING
        }
    };
    Err(Ending::Hangup(cause))
}

#[cfg(test)]
mod tests {
    use crate::tests::test as run;
    use ucx_call::Cause;

    fn cause_of(data: &'static str) -> Option<Cause> {
        let mut cause = None;
        let plan = format!("[main]\nexten => 100,1,Hangup({data})\nexten => h,1,NoOp(${{HANGUPCAUSE}})\n");
        run(&plan, async |world| {
            world.call("100");
            world.until_over().await;
            cause = world.record().cause("alice");
            let number = cause.map_or(0, |cause| cause.0);
            assert_eq!(world.steps("alice")[1], format!("h,1 NoOp({number})"));
        });
        cause
    }

    #[test]
    fn the_cause_is_a_number_or_a_name() {
        assert_eq!(cause_of("17"), Some(Cause::USER_BUSY));
        assert_eq!(cause_of("21"), Some(Cause::CALL_REJECTED));
        assert_eq!(cause_of("CALL_REJECTED"), Some(Cause::CALL_REJECTED));
        assert_eq!(cause_of(""), Some(Cause::NONE));
    }

    #[test]
    fn what_is_no_cause_clears_normally() {
        assert_eq!(cause_of("nonsense"), Some(Cause::NORMAL_CLEARING));
        assert_eq!(cause_of("128"), Some(Cause::NORMAL_CLEARING));
    }
}
