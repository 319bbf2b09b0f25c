//! `DIALPLAN_EXISTS`: whether a place is in the dialplan.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(DialplanExists, "DIALPLAN_EXISTS", read read;
    synopsis: "1 if a place is in the dialplan, else 0.",
    syntax: "DIALPLAN_EXISTS(context[,extension[,priority]])",
    arguments: &[
        ("context", "The present one if left empty."),
        ("extension", "Matched as a dialled one is; without it the context alone is asked for."),
        ("priority", "A number or a label; 1 without it."),
    ],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let here = context.variable("CONTEXT");
    let place = args
        .get(0)
        .or(here.as_deref())
        .ok_or("DIALPLAN_EXISTS needs a context")?;
    let does_exist = match (args.get(1), args.get(2)) {
        (None, _) => context.dialplan().context(place).is_some(),
        (Some(exten), priority) => {
            let priority = priority.unwrap_or("1");
            let number = priority
                .parse()
                .ok()
                .or_else(|| context.priority_by_label(place, exten, priority));
            number.is_some_and(|number| context.exten_exists(place, exten, number))
        }
    };
    Ok(u8::from(does_exist).to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn places_are_looked_up() {
        for (place, answer) in [
            ("main", "1"),
            ("", "1"),
            ("nowhere", "0"),
            (",555", "1"),
            ("main,100", "1"),
            ("main,555", "1"),
            ("main,655", "0"),
            ("main,100,3", "0"),
            ("main,100,last", "1"),
            ("main,100,nolabel", "0"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,NoOp(${{DIALPLAN_EXISTS({place})}})\n same => n(last),Hangup()\nexten => _5XX,1,NoOp()\n"
            );
            assert_eq!(notes(&plan), [answer], "{place}");
        }
    }
}
