//! `FIELDQTY`: how many fields a variable's value has.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(FieldQty, "FIELDQTY", read read;
    synopsis: "How many fields a variable's value has.",
    syntax: "FIELDQTY(varname,delim)",
    arguments: &[
        ("varname", "The variable's name, without ${}."),
        ("delim", "What stands between fields; \\n and \\t for a line's end and a tab."),
    ],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (raw, args) = (Arguments::split_raw(args), Arguments::split(args));
    let name = args.get(0).ok_or("FIELDQTY needs a variable's name")?;
    let delimiter = text::delimiter(raw.text(1)).ok_or("FIELDQTY needs a delimiter")?;
    let value = context.variable(name).unwrap_or_default();
    let fields = if value.is_empty() {
        0
    } else {
        value.split(delimiter).count()
    };
    Ok(fields.to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand_with;

    #[test]
    fn fields_are_counted() {
        assert_eq!(
            expand_with(
                "V=a:b:c",
                "${FIELDQTY(V,:)} ${FIELDQTY(V,x)} ${FIELDQTY(NONE,:)} [${FIELDQTY(V)}]"
            ),
            "3 1 0 []"
        );
    }
}
