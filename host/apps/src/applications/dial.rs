//! `Dial`: calls one or several destinations and connects the caller with the first that answers.

use crate::text;
use ucx_call::{Cause, DialStatus, Party};
use ucx_dialplan::{Arguments, Options};
use ucx_pbx::{CallEnd, DialGroup, DialLeg, DialPlan, Ending, Line, RingPolicy};

application!(Dial, "Dial", waits run,
    synopsis: "Calls one or several destinations and connects the caller with the first that answers.",
    syntax: "Dial(Technology/Resource[&Technology2/Resource2…][,timeout[,options[,URL]]])",
    arguments: &[
        ("Technology/Resource", "PJSIP/endpoint, PJSIP/number@endpoint, Local/extension@context[/n]."),
        ("timeout", "Seconds it may ring; without it until somebody answers or the caller hangs up."),
    ],
    options: &[
        ("f(x)", "Shows the called party the number x as the caller; without x this extension."),
        ("g", "The dialplan goes on when the called party hangs up."),
        ("o(x)", "The same as f(x); without x the caller's own number."),
        ("r", "The caller is told that it rings at once, whatever the destinations say."),
    ],
    sets: &[
        ("DIALSTATUS", "ANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION, INVALIDARGS or NOANSWER"),
        ("DIALEDPEERNAME", "The channel that answered."),
        ("DIALEDPEERNUMBER", "The resource that answered."),
        ("ANSWEREDTIME", "Seconds the parties were connected."),
        ("DIALEDTIME", "Seconds from the start of the call to its end."),
    ],
    notes: "Unless option g is given, the caller's dialplan ends when the parties part.",
);

/// Options that mean something here.
const KNOWN: &str = "fgor";

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let legs = match line.legs(args.text(0)) {
        Ok(legs) => legs,
        Err(reason) => {
            tracing::warn!(place = %line.place(), dial_string = args.text(0), %reason, "nobody can be dialled");
            line.set_variable("DIALSTATUS", DialStatus::InvalidArgs.as_str())?;
            return Err(Ending::Hangup(Cause::NONE));
        }
    };
    let options = text::options(line, "Dial", args.text(2), KNOWN);
    // A list of timeouts `a^b` belongs to a way of dialling that is not honoured; the first counts.
    let timeout = args.get(1).map(|text| text.split('^').next().unwrap_or(text));
    let seconds = timeout.and_then(text::seconds);
    if let (Some(text), None) = (timeout, seconds) {
        tracing::warn!(place = %line.place(), timeout = text, "the timeout is no number");
    }
    let plan = DialPlan {
        groups: vec![DialGroup {
            legs: shown(line, &options, legs)?,
            timeout: seconds.filter(|time| !time.is_zero()),
        }],
        ringing: if options.has('r') {
            RingPolicy::Always
        } else {
            RingPolicy::Forward
        },
    };
    match line.dial_and_connect(plan).await? {
        CallEnd::NotAnswered { .. } => Ok(()),
        CallEnd::Over(_) if options.has('g') => Ok(()),
        CallEnd::Over(_) => Err(Ending::Hangup(Cause::NONE)),
    }
}

/// The legs with the caller to show, if an option names one.
fn shown(line: &Line, options: &Options, mut legs: Vec<DialLeg>) -> Result<Vec<DialLeg>, Ending> {
    let channel = line.channel()?;
    let number = if options.has('o') {
        Some(options.argument('o').unwrap_or(channel.caller.number()))
    } else if options.has('f') {
        Some(options.argument('f').unwrap_or(&line.place().exten))
    } else {
        None
    };
    if let Some(number) = number {
        let caller = match Party::parse(number) {
            Party {
                number: Some(number),
                name,
                ..
            } => Party {
                number: Some(number),
                name,
                ..channel.caller.clone()
            },
            Party { number: None, .. } => Party::new(number, channel.caller.name()),
        };
        for leg in &mut legs {
            leg.caller = Some(caller.clone());
        }
    }
    Ok(legs)
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use std::time::Duration;
    use ucx_call::{Action, Cause, Indication, Place, Signal};
    use ucx_pbx::testing::{Phone, World};

    const SECOND: Duration = Duration::from_secs(1);

    fn plan(args: &str) -> String {
        format!(
            "[main]\nexten => 100,1,Dial({args})\n same => n,NoOp(${{DIALSTATUS}} ${{HANGUPCAUSE}})\n same => n,Hangup()\nexten => h,1,NoOp(h ${{DIALSTATUS}} ${{HANGUPCAUSE}})\n"
        )
    }

    /// The text of the last step of a call that dials so.
    fn last_note(args: &str, phones: &[(&str, Phone)]) -> String {
        let mut note = String::new();
        test(&plan(args), async |world| {
            for (endpoint, does) in phones {
                world.phone(endpoint, *does);
            }
            world.call("100");
            world.until_over().await;
            let steps = world.steps("alice");
            note = steps[1]
                .split_once('(')
                .unwrap()
                .1
                .trim_end_matches(')')
                .to_owned();
        });
        note
    }

    #[test]
    fn the_status_says_how_it_went() {
        let table: [(&str, Phone, &str); 6] = [
            (
                "PJSIP/bob",
                Phone::AnswersAndLeaves(SECOND, SECOND),
                "h ANSWER 16",
            ),
            (
                "PJSIP/bob,,g",
                Phone::AnswersAndLeaves(SECOND, SECOND),
                "ANSWER 16",
            ),
            ("PJSIP/bob", Phone::Refuses(Cause::USER_BUSY), "BUSY 17"),
            (
                "PJSIP/bob",
                Phone::Refuses(Cause::NORMAL_CIRCUIT_CONGESTION),
                "CONGESTION 34",
            ),
            ("PJSIP/gone", Phone::Rings, "CHANUNAVAIL 20"),
            ("bob", Phone::Rings, "h INVALIDARGS 0"),
        ];
        for (args, bob, note) in table {
            assert_eq!(last_note(args, &[("bob", bob)]), note, "{args} {bob:?}");
        }
        assert!(last_note("PJSIP/bob,2", &[("bob", Phone::Rings)]).starts_with("NOANSWER"));
    }

    #[test]
    fn the_first_of_several_to_answer_is_connected() {
        test(&plan("PJSIP/bob&PJSIP/carol,20"), async |world| {
            world.phone("bob", Phone::Rings);
            world.phone("carol", Phone::AnswersAndLeaves(SECOND * 2, SECOND));
            world.call("100");
            world.pass(2_500).await;
            assert_eq!(world.desk.bridges().await.unwrap()[0].members.len(), 2);
            world.until_over().await;
            assert_eq!(world.record().cause("bob"), Some(Cause::ANSWERED_ELSEWHERE));
            assert_eq!(world.steps("alice").last().unwrap(), "h,1 NoOp(h ANSWER 16)");
        });
    }

    #[test]
    fn a_caller_who_gives_up_cancels_the_call() {
        test(&plan("PJSIP/bob"), async |world| {
            world.phone("bob", Phone::Rings);
            let alice = world.call("100");
            world.pass(1_000).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            let hung_up = |action: &&Action| matches!(action, Action::Hangup { .. });
            assert_eq!(world.record().actions.iter().filter(hung_up).count(), 1);
            assert!(
                world
                    .steps("alice")
                    .last()
                    .unwrap()
                    .starts_with("h,1 NoOp(h CANCEL")
            );
        });
    }

    fn indications(world: &mut World) -> usize {
        let is_ringing = |action: &&Action| {
            matches!(
                action,
                Action::Indicate {
                    indication: Indication::Ringing,
                    ..
                }
            )
        };
        world.record().actions.iter().filter(is_ringing).count()
    }

    #[test]
    fn option_r_lets_the_caller_hear_it_ring_at_once() {
        for (options, rings) in [("", 0), ("r", 1)] {
            test(&plan(&format!("PJSIP/bob,5,{options}")), async |world| {
                world.phone("bob", Phone::Rings);
                world.call("100");
                world.pass(20).await;
                assert_eq!(indications(world), rings, "{options}");
                world.until_over().await;
            });
        }
    }

    #[test]
    fn options_f_and_o_show_another_caller() {
        for (options, shown) in [
            ("", "1001"),
            ("f", "100"),
            ("f(555)", "555"),
            ("o", "1001"),
            ("o(777)", "777"),
        ] {
            test(&plan(&format!("PJSIP/bob,1,{options}")), async |world| {
                world.phone("bob", Phone::Rings);
                world.call("100");
                world.until_over().await;
                let callers = world.record().actions.iter().filter_map(|action| match action {
                    Action::Dial { caller, .. } => Some(caller.number().to_owned()),
                    _ => None,
                });
                assert_eq!(callers.collect::<Vec<_>>(), [shown], "{options}");
            });
        }
    }

    #[test]
    fn a_redirect_of_the_caller_lets_the_called_party_go() {
        let plan = format!(
            "{}exten => dest,1,NoOp(here)\n same => n,Wait(1)\n same => n,Hangup()\n",
            plan("PJSIP/bob")
        );
        test(&plan, async |world| {
            world.phone("bob", Phone::Answers(SECOND));
            let alice = world.call("100");
            world.pass(2_000).await;
            world
                .desk
                .redirect(alice, Place::new("main", "dest", 1))
                .await
                .unwrap();
            world.pass(100).await;
            assert_eq!(world.record().cause("bob"), Some(Cause::NORMAL_CLEARING));
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "dest,1 NoOp(here)");
        });
    }

    #[test]
    fn a_redirect_of_the_called_party_ends_the_caller() {
        let plan = format!(
            "{}exten => dest,1,NoOp(here)\n same => n,Wait(5)\n",
            plan("PJSIP/bob")
        );
        test(&plan, async |world| {
            world.phone("bob", Phone::Answers(SECOND));
            world.call("100");
            world.pass(2_000).await;
            let bob = world.desk.channel("PJSIP/bob-00000001").await.unwrap().id;
            world
                .desk
                .redirect(bob, Place::new("main", "dest", 1))
                .await
                .unwrap();
            world.pass(100).await;
            assert!(world.record().cause("alice").is_some());
            assert_eq!(world.steps("bob"), ["dest,1 NoOp(here)", "dest,2 Wait(5)"]);
            world.until_over().await;
        });
    }
}
