//! `LEN`, `CUT`, `FIELDQTY`, `TOUPPER`, `TOLOWER`, `FILTER` and `EVAL`: work on texts.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(Len, "LEN", read len;
    synopsis: "The length of a text in bytes.",
    syntax: "LEN(string)",
);

function!(Cut, "CUT", read cut;
    synopsis: "Fields of a variable's value.",
    syntax: "CUT(varname,char-delim,range-spec)",
    arguments: &[
        ("varname", "The variable's name, without ${}."),
        ("char-delim", "What stands between fields; - without it."),
        ("range-spec", "Fields from 1, joined by &: 2, 1-3, 2-, -3, 1&3."),
    ],
);

function!(FieldQty, "FIELDQTY", read fieldqty;
    synopsis: "How many fields a variable's value has.",
    syntax: "FIELDQTY(varname,delim)",
    arguments: &[("varname", "The variable's name, without ${}."), ("delim", "What stands between fields.")],
);

function!(ToUpper, "TOUPPER", read to_upper;
    synopsis: "A text in capital letters.",
    syntax: "TOUPPER(string)",
);

function!(ToLower, "TOLOWER", read to_lower;
    synopsis: "A text in small letters.",
    syntax: "TOLOWER(string)",
);

function!(Filter, "FILTER", read filter;
    synopsis: "The characters of a text that are allowed.",
    syntax: "FILTER(allowed-chars,string)",
    arguments: &[("allowed-chars", "Single characters and ranges such as 0-9.")],
);

function!(Eval, "EVAL", read eval;
    synopsis: "Substitutes a text once more.",
    syntax: "EVAL(variable)",
    arguments: &[("variable", "The text.")],
);

type Answer = Result<String, String>;

fn len(_: &mut FunctionContext<'_>, args: &str) -> Answer {
    Ok(args.len().to_string())
}

fn cut(context: &mut FunctionContext<'_>, args: &str) -> Answer {
    let args = Arguments::split(args);
    let (Some(name), Some(ranges)) = (args.get(0), args.get(2)) else {
        return Err("CUT needs a variable's name, a character and fields".to_owned());
    };
    let value = context.variable(name).unwrap_or_default();
    let delimiter = delimiter(args.text(1)).unwrap_or('-');
    let fields: Vec<&str> = value.split(delimiter).collect();
    let mut taken = Vec::new();
    for range in ranges.split('&') {
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

/// One character, or one of the escapes for those that cannot be written.
fn delimiter(text: &str) -> Option<char> {
    match text {
        "\\n" => Some('\n'),
        "\\t" => Some('\t'),
        _ => text.chars().next(),
    }
}

fn fieldqty(context: &mut FunctionContext<'_>, args: &str) -> Answer {
    let args = Arguments::split(args);
    let name = args.get(0).ok_or("FIELDQTY needs a variable's name")?;
    let delimiter = delimiter(args.text(1)).ok_or("FIELDQTY needs a delimiter")?;
    let value = context.variable(name).unwrap_or_default();
    let fields = if value.is_empty() {
        0
    } else {
        value.split(delimiter).count()
    };
    Ok(fields.to_string())
}

fn to_upper(_: &mut FunctionContext<'_>, args: &str) -> Answer {
    Ok(args.to_ascii_uppercase())
}

fn to_lower(_: &mut FunctionContext<'_>, args: &str) -> Answer {
    Ok(args.to_ascii_lowercase())
}

fn filter(_: &mut FunctionContext<'_>, args: &str) -> Answer {
    let (allowed, text) = args.split_once(',').ok_or("FILTER needs characters and a text")?;
    let ranges = ranges(allowed);
    Ok(text
        .chars()
        .filter(|letter| ranges.iter().any(|(low, high)| (low..=high).contains(&letter)))
        .collect())
}

fn ranges(allowed: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = allowed.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = letters.as_slice();
    while let [first, after @ ..] = rest {
        if let ['-', last, beyond @ ..] = after {
            ranges.push((*first, *last));
            rest = beyond;
        } else {
            ranges.push((*first, *first));
            rest = after;
        }
    }
    ranges
}

fn eval(context: &mut FunctionContext<'_>, args: &str) -> Answer {
    context.substitute(args)
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, notes};

    fn with(variable: &str, text: &str) -> String {
        notes(&format!(
            "[main]\nexten => 100,1,Set({variable})\n same => n,NoOp({text})\n"
        ))
        .remove(0)
    }

    #[test]
    fn lengths_and_letters() {
        assert_eq!(
            expand("${LEN(hello)} ${LEN()} ${TOUPPER(aBc)} ${TOLOWER(aBc)}"),
            "5 0 ABC abc"
        );
    }

    #[test]
    fn cut_takes_fields_and_ranges() {
        for (range, fields) in [
            ("2", "b"),
            ("2-3", "b-c"),
            ("3-", "c-d"),
            ("-2", "a-b"),
            ("1&3", "a-c"),
            ("9", ""),
        ] {
            assert_eq!(
                with("V=a-b-c-d", &format!("[${{CUT(V,,{range})}}]")),
                format!("[{fields}]"),
                "{range}"
            );
        }
        assert_eq!(with("V=a:b", "${CUT(V,:,2)}"), "b");
        assert_eq!(with("V=a:b", "[${CUT(V,:,0)}]"), "[]");
        assert_eq!(with("V=a:b:c", "${FIELDQTY(V,:)} ${FIELDQTY(NONE,:)}"), "3 0");
    }

    #[test]
    fn filter_keeps_what_is_allowed() {
        assert_eq!(expand("${FILTER(0-9a,+44 (0)20a-b)}"), "44020a");
    }

    #[test]
    fn eval_substitutes_once_more() {
        assert_eq!(with("V=${QUOTED}{EXTEN}", "${EVAL($${V})}"), "100");
    }
}
