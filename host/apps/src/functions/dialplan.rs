//! `DIALPLAN_EXISTS` and `VALID_EXTEN`: whether a place is in the dialplan.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(DialplanExists, "DIALPLAN_EXISTS", read exists;
    synopsis: "1 if a place is in the dialplan, else 0.",
    syntax: "DIALPLAN_EXISTS(context[,extension[,priority]])",
    arguments: &[("priority", "A number or a label; without an extension the context alone is asked for.")],
);

function!(ValidExten, "VALID_EXTEN", read exists;
    synopsis: "1 if a place is in the dialplan, else 0.",
    syntax: "VALID_EXTEN([context,]extension[,priority])",
);

fn exists(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let here = context.channel();
    let here = here.as_ref().map(|channel| &*channel.place.context);
    let place = args.get(0).or(here).ok_or("a context is needed")?;
    let does_exist = match args.get(1) {
        None => context.dialplan().context(place).is_some(),
        Some(exten) => {
            let priority = match args.get(2) {
                None => Some(1),
                Some(text) => text
                    .parse()
                    .ok()
                    .or_else(|| context.priority_by_label(place, exten, text)),
            };
            priority.is_some_and(|priority| context.exten_exists(place, exten, priority))
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
            ("nowhere", "0"),
            ("main,_", "0"),
            ("main,100", "1"),
            ("main,555", "1"),
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
