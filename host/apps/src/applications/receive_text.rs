//! `ReceiveText`: a text of the caller's.

use crate::text;
use tokio::time::sleep;
use ucx_pbx::{Ending, Line, LineNotice};

application!(ReceiveText, "ReceiveText", waits run,
    synopsis: "Waits for a text from the caller.",
    syntax: "ReceiveText([timeout])",
    arguments: &[("timeout", "Seconds to wait; until the caller hangs up without it, or with 0.")],
    sets: &[
        ("RECEIVETEXTMESSAGE", "The text."),
        ("RECEIVETEXTSTATUS", "SUCCESS, or FAILURE if none came in time."),
    ],
    notes: "Digits pressed meanwhile are lost.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let time = text::warned(line, "ReceiveText", args, text::seconds).filter(|time| !time.is_zero());
    let alarm = async {
        match time {
            Some(time) => sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(alarm);
    loop {
        tokio::select! {
            biased;
            notice = line.next() => if let LineNotice::Text(text) = notice? {
                line.set_variable("RECEIVETEXTMESSAGE", &text)?;
                return line.set_variable("RECEIVETEXTSTATUS", "SUCCESS");
            },
            () = &mut alarm => return line.set_variable("RECEIVETEXTSTATUS", "FAILURE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Signal;

    #[test]
    fn a_text_is_waited_for() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,ReceiveText(2)\n same => n,NoOp(${RECEIVETEXTSTATUS} ${RECEIVETEXTMESSAGE})\n same => n,ReceiveText(2)\n same => n,NoOp(${RECEIVETEXTSTATUS})\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(500).await;
            world.pbx.signal(alice, Signal::Text("hello there".into()));
            world.until_over().await;
            let steps = world.steps("alice");
            assert_eq!(steps[2], "100,3 NoOp(SUCCESS hello there)");
            assert_eq!(steps[4], "100,5 NoOp(FAILURE)");
        });
    }
}
