//! `IF`, `IFTIME`, `EXISTS` and `ISNULL`: decide inside a text.

use ucx_dialplan::{Branches, TimeSpec, truth};
use ucx_pbx::FunctionContext;

function!(If, "IF", read if_;
    synopsis: "One of two texts.",
    syntax: "IF(expression?[true][:false])",
    arguments: &[("expression", "False if empty or 0.")],
    notes: "Quotes around a text are dropped.",
);

function!(IfTime, "IFTIME", read if_time;
    synopsis: "One of two texts by the time of day.",
    syntax: "IFTIME(times,weekdays,mdays,months[,timezone]?[true][:false])",
);

function!(Exists, "EXISTS", read exists;
    synopsis: "1 if the text is not empty, else 0.",
    syntax: "EXISTS(data)",
);

function!(IsNull, "ISNULL", read is_null;
    synopsis: "1 if the text is empty, else 0.",
    syntax: "ISNULL(data)",
);

fn if_(_: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let branches = Branches::parse(args).ok_or("IF needs expression?true:false")?;
    Ok(chosen(&branches, truth(branches.condition)))
}

fn if_time(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    let branches = Branches::parse(args).ok_or("IFTIME needs times?true:false")?;
    let spec = TimeSpec::parse(branches.condition).map_err(|error| error.to_string())?;
    Ok(chosen(&branches, spec.matches(&context.pbx().calendar())))
}

fn chosen(branches: &Branches<'_>, is_true: bool) -> String {
    let text = if is_true { branches.yes } else { branches.no };
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    bare.unwrap_or(text).to_owned()
}

fn exists(_: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(u8::from(!args.is_empty()).to_string())
}

fn is_null(_: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(u8::from(args.is_empty()).to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn if_takes_one_of_two() {
        assert_eq!(
            expand("${IF($[1 = 1]?yes:no)} ${IF(0?yes:no)} [${IF(0?yes)}] ${IF(1?\"a b\":c)}"),
            "yes no [] a b"
        );
    }

    #[test]
    fn iftime_asks_the_clock() {
        assert_eq!(expand("${IFTIME(22:00-23:00,tue,*,*?open:closed)}"), "open");
        assert_eq!(expand("${IFTIME(9:00-17:00,*,*,*?open:closed)}"), "closed");
    }

    #[test]
    fn empty_texts_are_told_from_others() {
        assert_eq!(
            expand("${EXISTS(a)}${EXISTS(${NONE})}${ISNULL(a)}${ISNULL(${NONE})}"),
            "1001"
        );
    }
}
