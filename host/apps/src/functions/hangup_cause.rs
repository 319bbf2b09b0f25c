//! `HANGUPCAUSE`: why a dialled channel did not get through.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(HangupCause, "HANGUPCAUSE", read read;
    synopsis: "Why a channel that was dialled did not get through.",
    syntax: "HANGUPCAUSE(channel[,type])",
    arguments: &[
        ("channel", "Its name, one of HANGUPCAUSE_KEYS()."),
        ("type", "ast for the number of the cause; tech, the default, for the number with its text."),
    ],
    notes: "The last 64 such channels are known. The variable HANGUPCAUSE is another thing: the cause of this channel.",
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let legs = context.failed_legs();
    let leg = legs.iter().find(|(name, _)| **name == *args.text(0));
    let (_, cause) = leg.ok_or_else(|| format!("nothing is known of {:?}", args.text(0)))?;
    match args.text(1).trim().to_ascii_lowercase().as_str() {
        "ast" => Ok(cause.to_string()),
        "" | "tech" => Ok(format!("{cause} {}", cause.text())),
        other => Err(format!("there is no cause of type {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Cause;
    use ucx_pbx::testing::Phone;

    #[test]
    fn the_cause_of_a_failed_leg_is_known_as_number_and_text() {
        let plan = "[main]\nexten => 100,1,Dial(PJSIP/bob)\n same => n,Set(B=PJSIP/bob-00000001)\n same => n,NoOp(${HANGUPCAUSE(${B},ast)} ${HANGUPCAUSE(${B})} [${HANGUPCAUSE(x)}] [${HANGUPCAUSE(${B},x)}])\n";
        test(plan, async |world| {
            world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice")[2], "100,3 NoOp(17 17 User busy [] [])");
        });
    }
}
