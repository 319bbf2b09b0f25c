//! `Originate`: a call of the dialplan's own making.

use crate::text;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{DialOutcome, DialStatus, Party, Place, Refusal, Right};
use ucx_dialplan::{Arguments, Options};
use ucx_pbx::{Destination, Ending, Line, OriginateSpec};

application!(Originate, "Originate", needs Right::Originate, waits run,
    synopsis: "Makes a call and sends it into the dialplan or an application.",
    syntax: "Originate(tech_data,type,arg1[,arg2[,arg3[,timeout[,options]]]])",
    arguments: &[
        ("tech_data", "Whom to call, Technology/resource."),
        ("type", "app for an application, exten for an extension."),
        ("arg1", "The application, or the context."),
        ("arg2", "What the application is given, or the extension; s without it."),
        ("arg3", "The priority; 1 without it."),
        ("timeout", "Seconds it may ring; 30 without it."),
    ],
    options: &[
        ("a", "Does not wait for the answer."),
        ("c", "The caller's number that is shown, c(number)."),
        ("n", "The caller's name that is shown, n(name)."),
        ("v", "Variables of the new channel, v(name=value^name2=value2)."),
    ],
    sets: &[("ORIGINATE_STATUS", "SUCCESS, FAILED, BUSY, CONGESTION or RINGING; UNKNOWN if it does not wait.")],
    notes: "The application that is called runs with the rights of whoever runs this one.",
);

const TIMEOUT: Duration = Duration::from_secs(30);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = text::options(line, "Originate", args.text(6), "acnv");
    let spec = match spec(line, &args, &options) {
        Ok(spec) => spec,
        Err(why) => {
            text::warn(line, "Originate", &why);
            return line.set_variable("ORIGINATE_STATUS", "FAILED");
        }
    };
    let status = match line.originate(spec) {
        Ok(_) if options.has('a') => "UNKNOWN",
        Ok(wait) => line
            .during(wait)
            .await?
            .map_or_else(|refusal| failed(&refusal), |done| status(&done.outcome)),
        Err(refusal) => failed(&refusal),
    };
    line.set_variable("ORIGINATE_STATUS", status)
}

fn failed(refusal: &Refusal) -> &'static str {
    tracing::warn!(%refusal, "an originate of the dialplan failed");
    "FAILED"
}

fn status(outcome: &DialOutcome) -> &'static str {
    match outcome {
        DialOutcome::Answered(_) => "SUCCESS",
        DialOutcome::Failed { status, .. } => match status {
            DialStatus::Busy => "BUSY",
            DialStatus::Congestion => "CONGESTION",
            DialStatus::NoAnswer => "RINGING",
            DialStatus::Answer | DialStatus::ChanUnavail | DialStatus::Cancel | DialStatus::InvalidArgs => {
                "FAILED"
            }
        },
    }
}

fn spec(line: &Line, args: &Arguments, options: &Options) -> Result<OriginateSpec, String> {
    let (Some(channel), Some(first)) = (args.get(0), args.get(2)) else {
        return Err("it needs whom to call and where to go".to_owned());
    };
    let to = match args.text(1) {
        kind if kind.eq_ignore_ascii_case("app") => Destination::Application {
            name: Arc::from(first),
            data: Arc::from(args.text(3)),
        },
        kind if kind.eq_ignore_ascii_case("exten") => {
            let priority = args.get(4).unwrap_or("1");
            let priority = priority
                .parse()
                .map_err(|_| format!("{priority:?} is no priority"))?;
            Destination::Exten(Place::new(first, args.get(3).unwrap_or("s"), priority))
        }
        kind => return Err(format!("{kind:?} is neither app nor exten")),
    };
    let pairs = options.argument('v').unwrap_or_default().split('^');
    let variables = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((Arc::from(name.trim()), Arc::from(value)))
    });
    let party = |letter| options.argument(letter).unwrap_or_default();
    Ok(OriginateSpec {
        timeout: Some(text::warned(line, "Originate", args.text(5), text::seconds).unwrap_or(TIMEOUT)),
        caller: Party::new(party('c'), party('n')),
        variables: variables.collect(),
        ..OriginateSpec::new(channel, to)
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use std::time::Duration;
    use ucx_call::Cause;
    use ucx_pbx::testing::Phone;

    #[test]
    fn each_end_has_its_status() {
        for (args, status) in [
            ("PJSIP/bob,app,NoOp,x", "SUCCESS"),
            ("PJSIP/bob,exten,main,300,1,5,c(12)n(Me)v(A=1^B=2)", "SUCCESS"),
            ("PJSIP/bob,exten,main,300,1,5,a", "UNKNOWN"),
            ("PJSIP/carol,exten,main,300", "BUSY"),
            ("PJSIP/dave,exten,main,300,1,2", "RINGING"),
            ("PJSIP/none,exten,main,300", "FAILED"),
            ("PJSIP/bob,exten,main,nosuch", "FAILED"),
            ("PJSIP/bob,what,main", "FAILED"),
            ("PJSIP/bob", "FAILED"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,Originate({args})\n same => n,NoOp(${{ORIGINATE_STATUS}})\nexten => 300,1,NoOp(${{A}}${{B}} ${{CALLERID(all)}})\n"
            );
            test(&plan, async |world| {
                world.phone("bob", Phone::Answers(Duration::from_secs(1)));
                world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
                world.phone("dave", Phone::Rings);
                world.call("100");
                world.until_over().await;
                assert_eq!(world.steps("alice")[1], format!("100,2 NoOp({status})"), "{args}");
                if args.contains("v(") {
                    assert_eq!(world.steps("bob"), ["300,1 NoOp(12 \"Me\" <12>)"]);
                }
            });
        }
    }
}
