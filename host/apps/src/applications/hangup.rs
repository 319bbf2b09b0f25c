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
         in the h extension. Without one, what is known of the channel stands, else 16.",
    )],
}

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let text = args.trim();
    let given = Cause::parse(text).filter(|cause| *cause != Cause::NONE);
    if given.is_none() && !text.is_empty() {
        text::warn(line, "Hangup", &format!("{text:?} is no cause"));
    }
    let cause = given.unwrap_or_else(|| by_default(line));
    Err(Ending::Hangup(cause))
}

/// What is known already stands; a call of which nothing is known is cleared normally (capture
/// `causes/dialplan_unanswered`).
fn by_default(line: &Line) -> Cause {
    let known = line.channel().map(|channel| line.pbx().hangup_cause(&channel));
    match known.unwrap_or_default() {
        Cause::NONE => Cause::NORMAL_CLEARING,
        _ => Cause::NONE,
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test as run;
    use ucx_call::Cause;
    use ucx_pbx::testing::Phone;

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
        assert_eq!(cause_of(""), Some(Cause::NORMAL_CLEARING));
    }

    #[test]
    fn what_a_dial_learned_stands_unless_another_cause_is_given() {
        for (data, cause) in [
            ("", Cause::USER_BUSY),
            ("nonsense", Cause::USER_BUSY),
            ("21", Cause::CALL_REJECTED),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,Dial(PJSIP/bob)\n same => n,Hangup({data})\nexten => h,1,NoOp(${{HANGUPCAUSE}})\n"
            );
            run(&plan, async |world| {
                world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
                world.call("100");
                world.until_over().await;
                assert_eq!(world.steps("alice")[2], format!("h,1 NoOp({cause})"), "{data}");
            });
        }
    }

    #[test]
    fn what_is_no_cause_clears_normally() {
        assert_eq!(cause_of("nonsense"), Some(Cause::NORMAL_CLEARING));
        assert_eq!(cause_of("128"), Some(Cause::NORMAL_CLEARING));
    }
}
