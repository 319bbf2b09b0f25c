//! `SendText`: a text to the caller.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(SendText, "SendText", run,
    synopsis: "Sends a text to the caller.",
    syntax: "SendText([text])",
    arguments: &[("text", "The text; the variable SENDTEXT_BODY without it.")],
    sets: &[
        ("SENDTEXTTYPE", "BASIC, or NONE if nothing was sent."),
        ("SENDTEXTSTATUS", "SUCCESS, FAILURE, or UNSUPPORTED if the call is not answered."),
    ],
    notes: "The variable SENDTEXT_CONTENT_TYPE says what kind of text it is; text/plain without it.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let body = line.variable("SENDTEXT_BODY").filter(|body| !body.is_empty());
    let kind = line
        .variable("SENDTEXT_CONTENT_TYPE")
        .filter(|kind| !kind.is_empty());
    let text = if args.is_empty() {
        body.unwrap_or_default()
    } else {
        args.to_owned()
    };
    let (kind_of, status) = if line.is_up() {
        match line.send_text(kind.as_deref().unwrap_or("text/plain"), &text) {
            Ok(()) => ("BASIC", "SUCCESS"),
            Err(Ending::Refused(refusal)) => {
                text::warn(line, "SendText", &refusal.to_string());
                ("NONE", "FAILURE")
            }
            Err(ending) => return Err(ending),
        }
    } else {
        ("NONE", "UNSUPPORTED")
    };
    line.set_variable("SENDTEXTTYPE", kind_of)?;
    line.set_variable("SENDTEXTSTATUS", status)
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Action;

    #[test]
    fn a_text_is_sent_to_who_is_answered() {
        let plan = "[main]\nexten => 100,1,SendText(too early)\n same => n,NoOp(${SENDTEXTSTATUS})\n same => n,Answer()\n same => n,SendText(hello, you)\n same => n,NoOp(${SENDTEXTSTATUS} ${SENDTEXTTYPE})\n same => n,Set(SENDTEXT_BODY={})\n same => n,Set(SENDTEXT_CONTENT_TYPE=application/json)\n same => n,SendText()\n same => n,Set(SENDTEXT_BODY=)\n same => n,SendText()\n same => n,NoOp(${SENDTEXTSTATUS})\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let sent: Vec<_> = world
                .record()
                .actions
                .iter()
                .filter_map(|action| {
                    let Action::SendText {
                        content_type, text, ..
                    } = action
                    else {
                        return None;
                    };
                    Some(format!("{content_type} {text}"))
                })
                .collect();
            assert_eq!(sent, ["text/plain hello, you", "application/json {}"]);
            let steps = world.steps("alice");
            let notes: Vec<_> = steps.iter().filter(|step| step.contains("NoOp")).collect();
            assert_eq!(
                notes,
                [
                    "100,2 NoOp(UNSUPPORTED)",
                    "100,5 NoOp(SUCCESS BASIC)",
                    "100,11 NoOp(FAILURE)"
                ]
            );
        });
    }
}
