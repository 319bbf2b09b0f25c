//! `HANGUPCAUSE`, `HANGUPCAUSE_KEYS` and `EXCEPTION`: what went wrong.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(HangupCause, "HANGUPCAUSE", read hangup_cause;
    synopsis: "Why a channel that was dialled did not get through.",
    syntax: "HANGUPCAUSE(channel[,type])",
    arguments: &[
        ("channel", "Its name, one of HANGUPCAUSE_KEYS()."),
        ("type", "ast for the number of the cause; tech, the default, for the number with its text."),
    ],
);

function!(HangupCauseKeys, "HANGUPCAUSE_KEYS", read keys;
    synopsis: "The channels that were dialled and did not get through, newest first.",
    syntax: "HANGUPCAUSE_KEYS()",
);

function!(Exception, "EXCEPTION", read exception;
    synopsis: "What was raised last.",
    syntax: "EXCEPTION(field)",
    arguments: &[("field", "reason, context, exten or priority.")],
);

fn hangup_cause(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let legs = context.failed_legs();
    let leg = legs.iter().find(|(name, _)| **name == *args.text(0));
    let (_, cause) = leg.ok_or_else(|| format!("nothing is known of {:?}", args.text(0)))?;
    match args.text(1).to_ascii_lowercase().as_str() {
        "ast" => Ok(cause.to_string()),
        "" | "tech" => Ok(format!("{cause} {}", cause.text())),
        other => Err(format!("there is no cause of type {other:?}")),
    }
}

fn keys(context: &mut FunctionContext<'_>, _: &str) -> Result<String, String> {
    let names: Vec<String> = context
        .failed_legs()
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    Ok(names.join(","))
}

fn exception(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let exception = context.exception().ok_or("nothing was raised")?;
    Ok(match args.trim().to_ascii_lowercase().as_str() {
        "reason" => exception.reason.to_string(),
        "context" => exception.place.context.to_string(),
        "exten" => exception.place.exten.to_string(),
        "priority" => exception.place.priority.to_string(),
        other => return Err(format!("EXCEPTION knows no {other:?}")),
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Cause;
    use ucx_pbx::testing::Phone;

    #[test]
    fn failed_legs_are_known_with_their_causes() {
        let plan = "[main]\nexten => 100,1,Dial(PJSIP/bob)\n same => n,NoOp(${HANGUPCAUSE_KEYS()} ${HANGUPCAUSE(PJSIP/bob-00000001,ast)} ${HANGUPCAUSE(PJSIP/bob-00000001)} [${HANGUPCAUSE(x)}])\n";
        test(plan, async |world| {
            world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
            world.call("100");
            world.until_over().await;
            assert_eq!(
                world.steps("alice")[1],
                "100,2 NoOp(PJSIP/bob-00000001 17 17 User busy [])"
            );
        });
    }
}
