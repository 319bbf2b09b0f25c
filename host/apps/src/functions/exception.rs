//! `EXCEPTION`: what went wrong last.

use ucx_pbx::FunctionContext;

function!(Exception, "EXCEPTION", read read;
    synopsis: "What was raised last on the channel, and where.",
    syntax: "EXCEPTION(field)",
    arguments: &[("field", "reason, context, exten or priority.")],
    notes: "For the e, i, t and T extensions. Empty while nothing was raised.",
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
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
    use crate::tests::{expand, notes};

    #[test]
    fn the_e_extension_learns_why_it_runs() {
        let e = "exten => e,1,NoOp(${EXCEPTION(reason)} ${EXCEPTION(context)} ${EXCEPTION(exten)} ${EXCEPTION(priority)} [${EXCEPTION(colour)}])\n";
        let raised = format!("[main]\nexten => 100,1,RaiseException(broken)\n{e}");
        assert_eq!(notes(&raised), ["broken main 100 1 []"]);
        let silent = format!("[main]\nexten => 100,1,NoOp(first)\n same => n,WaitExten(1)\n{e}");
        assert_eq!(notes(&silent)[1], "RESPONSETIMEOUT main 100 2 []");
        assert_eq!(expand("[${EXCEPTION(reason)}]"), "[]");
    }
}
