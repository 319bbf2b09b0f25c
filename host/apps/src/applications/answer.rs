//! `Answer`: the call is taken.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(Answer, "Answer", waits run,
    synopsis: "Answers the call; one that is answered stays so.",
    syntax: "Answer([delay[,options]])",
    arguments: &[(
        "delay",
        "Milliseconds to wait after answering, so that the caller hears what follows from its beginning. No wait if the \
         call was answered before.",
    )],
    options: &[("i", "Does not wait until sound comes from the caller, for which half a second is given otherwise.")],
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = args.text(1).to_owned();
    text::options(line, "Answer", &options, "i");
    let delay = text::warned(line, "Answer", args.text(0), text::milliseconds).filter(|_| !line.is_up());
    match delay {
        Some(delay) => {
            line.answer()?;
            line.wait(delay).await
        }
        None if options.contains('i') => line.answer(),
        None => line.answer_and_hear().await,
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Cause, ChannelState, Signal};

    #[test]
    fn it_answers_once_and_waits_as_asked() {
        let plan = "[main]\nexten => 100,1,Answer(500)\n same => n,Answer(5000)\n same => n,Wait(1)\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(300).await;
            let channel = world.pbx.channel(alice).expect("alice waits");
            assert_eq!(channel.state, ChannelState::Up);
            assert_eq!(world.steps("alice").len(), 1, "the delay is under way");
            world.until_over().await;
            assert!((1_500..1_700).contains(&world.pbx.now().as_millis()));
            let record = world.record();
            let answers = record
                .actions
                .iter()
                .filter(|action| matches!(action, Action::Answer { .. }));
            assert_eq!(answers.count(), 1);
            assert_eq!(record.steps("alice").len(), 3);
        });
    }

    #[test]
    fn a_delay_that_is_no_number_is_left_out() {
        test(
            "[main]\nexten => 100,1,Answer(soon,x)\n same => n,Wait(1)\n",
            async |world| {
                world.call("100");
                // Half a second is given for sound to come.
                world.pass(600).await;
                assert_eq!(world.steps("alice").len(), 2);
            },
        );
    }

    #[test]
    fn a_caller_may_leave_during_the_delay() {
        test(
            "[main]\nexten => 100,1,Answer(5000)\n same => n,NoOp()\n",
            async |world| {
                let alice = world.call("100");
                world.pass(300).await;
                world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
                world.pass(10).await;
                assert!(world.pbx.channel(alice).is_none());
                assert_eq!(world.steps("alice").len(), 1);
            },
        );
    }
}
