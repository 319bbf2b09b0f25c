//! `HANGUPCAUSE_KEYS`: the dialled channels that did not get through.

use ucx_pbx::FunctionContext;

function!(HangupCauseKeys, "HANGUPCAUSE_KEYS", read read;
    synopsis: "The channels that were dialled and did not get through, newest first.",
    syntax: "HANGUPCAUSE_KEYS()",
    notes: "Their names, joined by commas; HANGUPCAUSE tells each one's cause.",
);

fn read(context: &FunctionContext<'_>, _: &str) -> Result<String, String> {
    let legs = context.failed_legs();
    let names: Vec<&str> = legs.iter().map(|(name, _)| &**name).collect();
    Ok(names.join(","))
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, test};
    use ucx_call::Cause;
    use ucx_pbx::testing::Phone;

    #[test]
    fn failed_legs_are_listed() {
        let plan = "[main]\nexten => 100,1,Dial(PJSIP/bob)\n same => n,Dial(PJSIP/carol)\n same => n,NoOp(${HANGUPCAUSE_KEYS()})\n";
        test(plan, async |world| {
            world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
            world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
            world.call("100");
            world.until_over().await;
            assert_eq!(
                world.steps("alice")[2],
                "100,3 NoOp(PJSIP/carol-00000002,PJSIP/bob-00000001)"
            );
        });
        assert_eq!(expand("[${HANGUPCAUSE_KEYS()}]"), "[]");
    }
}
