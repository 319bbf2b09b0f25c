//! `Dial`: others, and the talk with the first that answers.

use crate::text;
use std::time::Duration;
use tokio::time::sleep;
use ucx_call::{Cause, ChannelId, DialOutcome, DialStatus, Party, Principal};
use ucx_dialplan::{Arguments, Options};
use ucx_pbx::{DialGroup, DialLeg, DialPlan, Ending, Line, Pbx, RingPolicy};

application!(Dial, "Dial", waits run,
    synopsis: "Calls one or several destinations and connects the caller with the first that answers.",
    syntax: "Dial(Technology/Resource[&Technology2/Resource2…][,timeout[,options[,URL]]])",
    arguments: &[
        ("Technology/Resource", "PJSIP/endpoint, PJSIP/number@endpoint, Local/extension@context[/n]."),
        ("timeout", "Seconds it may ring; without it until somebody answers or the caller hangs up."),
        ("URL", "Not honoured."),
    ],
    options: &[
        ("a", "Answers the caller when somebody answers; it is so anyway."),
        ("f(x)", "Shows the called party the number x as the caller; without x this extension."),
        ("g", "The dialplan goes on when the called party hangs up."),
        ("L(x[:y[:z]])", "Ends the call x milliseconds after the answer. Warnings before that (y, z) are not honoured, with a warning."),
        ("m(class)", "Music instead of ringing. The caller is told that it rings, with a warning."),
        ("o(x)", "Shows the called party the number x as the caller; without x the caller's own number."),
        ("r(tone)", "The caller is told at once that it rings, whatever the destinations say."),
        ("S(x)", "Ends the call x seconds after the answer."),
        ("t", "The called party may transfer by digits. Accepted without effect."),
        ("T", "The caller may transfer by digits. Accepted without effect."),
    ],
    sets: &[
        ("DIALSTATUS", "ANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION, INVALIDARGS or NOANSWER."),
        ("DIALEDPEERNAME", "The channel that answered."),
        ("DIALEDPEERNUMBER", "The resource that answered."),
        ("ANSWEREDTIME", "Seconds the parties were connected; ANSWEREDTIME_MS in milliseconds."),
        ("DIALEDTIME", "Seconds from the beginning of the call to its end; DIALEDTIME_MS in milliseconds."),
        ("RINGTIME", "Seconds until it rang; RINGTIME_MS in milliseconds."),
        ("PROGRESSTIME", "Seconds until sound came before the answer; PROGRESSTIME_MS in milliseconds."),
    ],
    notes: "If nobody answers, the dialplan goes on. When the parties part the caller's call ends, unless option g is given \
            and the caller is still there. Destinations that make no sense end the call.",
);

const APPLICATION: &str = "Dial";

/// Options that mean something here.
const KNOWN: &str = "afgLmorStT";

/// How soon a call that should have ended is ended again, if the host had no room for the request.
const RETRY: Duration = Duration::from_secs(1);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let legs = match line.legs(args.text(0)) {
        Ok(legs) => legs,
        Err(reason) => {
            text::warn(line, APPLICATION, &format!("nobody can be dialled: {reason}"));
            line.set_variable("DIALSTATUS", DialStatus::InvalidArgs.as_str())?;
            return Err(Ending::Hangup(Cause::NONE));
        }
    };
    let options = options(line, args.text(2));
    // The second of `a^b` belongs to a way of dialling that is not honoured.
    let timeout = args.text(1).split('^').next().unwrap_or_default();
    let timeout = text::warned(line, APPLICATION, timeout, text::seconds).filter(|time| !time.is_zero());
    let is_ringing_said = options.has('r') || options.has('m');
    let plan = DialPlan {
        groups: vec![DialGroup {
            legs: shown(line, &options, legs)?,
            timeout,
        }],
        ringing: if is_ringing_said {
            RingPolicy::Always
        } else {
            RingPolicy::Forward
        },
    };
    let limit = limit(line, &options);
    let DialOutcome::Answered(peer) = line.dial(plan).await? else {
        return Ok(());
    };
    talk(line, peer, limit).await?;
    if options.has('g') {
        Ok(())
    } else {
        Err(Ending::Hangup(Cause::NONE))
    }
}

/// The options, with a word about those that do not have the effect they are given for.
fn options(line: &Line, letters: &str) -> Options {
    let options = text::options(line, APPLICATION, letters, KNOWN);
    if options.has('m') {
        text::warn(
            line,
            APPLICATION,
            "option 'm' is not honoured: the caller hears it ring instead of music",
        );
    }
    if options.has('t') || options.has('T') {
        tracing::debug!(place = %line.place(), "Dial: transfers by digits are not offered");
    }
    options
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
                name: name.or(channel.caller.name.clone()),
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

/// How long the parties may talk.
fn limit(line: &Line, options: &Options) -> Option<Duration> {
    let seconds = text::warned(
        line,
        APPLICATION,
        options.argument('S').unwrap_or_default(),
        text::seconds,
    );
    let (milliseconds, warnings) = match options.argument('L') {
        Some(text) => text.split_once(':').unwrap_or((text, "")),
        None => ("", ""),
    };
    if !warnings.is_empty() {
        text::warn(
            line,
            APPLICATION,
            "option 'L' ends the call without warning the parties before",
        );
    }
    let milliseconds = text::warned(line, APPLICATION, milliseconds, text::milliseconds);
    let limits = [seconds, milliseconds]
        .into_iter()
        .flatten()
        .filter(|limit| !limit.is_zero());
    limits.min()
}

/// Connects the parties until they part, or their time is up.
async fn talk(line: &mut Line, peer: ChannelId, limit: Option<Duration>) -> Result<(), Ending> {
    let Some(mut limit) = limit else {
        return line.connect(peer).await.map(drop);
    };
    let (pbx, caller) = (line.pbx().clone(), line.id());
    let talk = line.connect(peer);
    tokio::pin!(talk);
    loop {
        tokio::select! {
            biased;
            ended = &mut talk => return ended.map(drop),
            () = sleep(limit) => {}
        }
        part(&pbx, caller).await;
        limit = RETRY;
    }
}

/// Hangs up whoever is connected with the caller; another channel than answered if Local ones were taken out meanwhile.
async fn part(pbx: &Pbx, caller: ChannelId) {
    let Some(bridge) = pbx.channel(caller).and_then(|caller| caller.bridge) else {
        return;
    };
    let members = pbx.with_switch(|switch| switch.bridge(bridge).map(|bridge| bridge.members.clone()));
    let desk = pbx.desk(Principal::DIALPLAN);
    for member in members
        .unwrap_or_default()
        .into_iter()
        .filter(|member| *member != caller)
    {
        if let Err(refusal) = desk.hangup(member, Cause::NORMAL_CLEARING).await {
            tracing::warn!(%refusal, "Dial: the time is up, and the called party was not hung up");
        }
    }
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
        for (options, rings) in [("", 0), ("r", 1), ("m", 1)] {
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
                let callers = world.record().actions.iter().filter_map(|action| {
                    let Action::Dial { caller, .. } = action else {
                        return None;
                    };
                    Some(caller.number().to_owned())
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

    /// How long a call took that dials so, in milliseconds, and its last step.
    fn took(args: &str) -> (u128, String) {
        let mut result = (0, String::new());
        test(&plan(args), async |world| {
            world.phone("bob", Phone::AnswersAndLeaves(SECOND, SECOND * 10));
            world.call("100");
            world.until_over().await;
            result = (world.pbx.now().as_millis(), world.steps("alice")[1].clone());
            assert_eq!(world.record().cause("bob"), Some(Cause::NORMAL_CLEARING));
        });
        result
    }

    #[test]
    fn options_s_and_l_limit_how_long_the_parties_talk() {
        for (args, time_ms) in [
            ("PJSIP/bob,5,S(3)", 4_000),
            ("PJSIP/bob,5,L(2500)", 3_500),
            ("PJSIP/bob,5,S(3)L(2000:1000:500)", 3_000),
            ("PJSIP/bob,5,S(60)", 11_000),
            ("PJSIP/bob,5,S(soon)L(0)", 11_000),
        ] {
            let (took, last) = took(args);
            assert!((time_ms..time_ms + 200).contains(&took), "{args}: {took}");
            assert_eq!(last, "h,1 NoOp(h ANSWER 16)", "{args}");
        }
        let (took, next) = took("PJSIP/bob,5,gS(3)");
        assert!((4_000..4_200).contains(&took), "{took}");
        assert_eq!(next, "100,2 NoOp(ANSWER 16)");
    }

    #[test]
    fn a_limit_ends_a_call_through_local_channels_that_were_taken_out() {
        let plan = format!(
            "{}exten => 200,1,Dial(PJSIP/bob)\n",
            plan("Local/200@main,5,S(3)")
        );
        test(&plan, async |world| {
            world.phone("bob", Phone::Answers(SECOND));
            world.call("100");
            world.until_over().await;
            assert!((4_000..4_300).contains(&world.pbx.now().as_millis()));
            assert!(world.record().cause("bob").is_some());
        });
    }

    #[test]
    fn options_that_are_not_honoured_do_not_stand_in_the_way() {
        let bob = [("bob", Phone::AnswersAndLeaves(SECOND, SECOND))];
        for options in ["tT", "m(default)", "r(ring)", "a", "Z!U(x^y)", "g("] {
            let note = last_note(&format!("PJSIP/bob,5,{options}"), &bob);
            assert_eq!(note, "h ANSWER 16", "{options}");
        }
        assert_eq!(last_note("PJSIP/bob,soon", &bob), "h ANSWER 16");
    }
}
