//! `IFTIME`: one of two texts, by the time of day.

use super::if_;
use ucx_dialplan::{Branches, TimeSpec};
use ucx_pbx::FunctionContext;

function!(IfTime, "IFTIME", read read;
    synopsis: "One of two texts by the time of day.",
    syntax: "IFTIME(times,weekdays,mdays,months[,timezone]?[true][:false])",
    arguments: &[
        ("times", "A range such as 9:00-17:00, or * for any; so for the other three."),
        ("timezone", "The host's own if left out."),
        ("true", "Taken if it is that time; quotes around it are dropped."),
        ("false", "Taken if it is not; the same."),
    ],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let branches = Branches::parse(args).ok_or("IFTIME needs times?true:false")?;
    let spec = TimeSpec::parse(branches.condition).map_err(|error| error.to_string())?;
    Ok(if_::chosen(&branches, spec.matches(&context.pbx().calendar())))
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn it_asks_the_clock() {
        assert_eq!(expand("${IFTIME(22:00-23:00,tue,*,*?open:closed)}"), "open");
        assert_eq!(expand("${IFTIME(9:00-17:00,*,*,*?open:closed)}"), "closed");
        assert_eq!(expand("[${IFTIME(never,*,*,*?open:closed)}]"), "[]");
    }
}
