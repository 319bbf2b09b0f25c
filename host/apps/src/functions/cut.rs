//! `CUT`: fields of a variable's value.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(Cut, "CUT", read read;
    synopsis: "Fields of a variable's value.",
    syntax: "CUT(varname,char-delim,range-spec)",
    arguments: &[
        ("varname", "The variable's name, without ${}."),
        ("char-delim", "What stands between fields; - without it, \\n and \\t for a line's end and a tab."),
        ("range-spec", "Fields from 1, joined by &: 2, 1-3, 2-, -3, 1&3."),
    ],
    notes: "Several fields come joined by the delimiter; one that does not exist is left out.",
);

/// Ranges of fields taken from one value at the most.
const RANGES_MAX: usize = 256;

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let (raw, args) = (Arguments::split_raw(args), Arguments::split(args));
    let (Some(name), Some(ranges)) = (args.get(0), args.get(2)) else {
        return Err("CUT needs a variable's name, a character and fields".to_owned());
    };
    let value = context.variable(name).unwrap_or_default();
    let delimiter = text::delimiter(raw.text(1)).unwrap_or('-');
    let fields: Vec<&str> = value.split(delimiter).collect();
    let mut taken = Vec::new();
    for range in ranges.split('&').take(RANGES_MAX) {
        let (first, last) =
            bounds(range.trim(), fields.len()).ok_or_else(|| format!("{range:?} is no range"))?;
        taken.extend(fields.iter().take(last).skip(first - 1).copied());
    }
    let mut buffer = [0; 4];
    Ok(taken.join(delimiter.encode_utf8(&mut buffer)))
}

/// The first and last field of `2`, `1-3`, `2-` or `-3`, counted from 1.
fn bounds(range: &str, most: usize) -> Option<(usize, usize)> {
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|number| *number > 0);
    match range.split_once('-') {
        None => number(range).map(|field| (field, field)),
        Some(("", last)) => number(last).map(|last| (1, last)),
        Some((first, "")) => number(first).map(|first| (first, most)),
        Some((first, last)) => number(first).zip(number(last)),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::expand_with;

    #[test]
    fn fields_and_ranges_are_taken() {
        for (range, fields) in [
            ("2", "b"),
            ("2-3", "b-c"),
            ("3-", "c-d"),
            ("-2", "a-b"),
            ("1&3", "a-c"),
            ("9", ""),
            ("3-2", ""),
            ("0", ""),
            ("x", ""),
        ] {
            assert_eq!(
                expand_with("V=a-b-c-d", &format!("[${{CUT(V,,{range})}}]")),
                format!("[{fields}]"),
                "{range}"
            );
        }
    }

    #[test]
    fn any_character_may_stand_between_fields() {
        assert_eq!(expand_with("V=a:b", "${CUT(V,:,2)}"), "b");
        assert_eq!(expand_with("V=a,b", "${CUT(V,\\,,2)}"), "b");
        assert_eq!(expand_with("V=a,b", "${CUT(V,\",\",2)}"), "b");
        assert_eq!(expand_with("V=anb", "${CUT(V,\\n,1)}"), "anb");
        assert_eq!(expand_with("V=a", "[${CUT(NONE,:,1)}] [${CUT(V)}]"), "[] []");
    }
}
