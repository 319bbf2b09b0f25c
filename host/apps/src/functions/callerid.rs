//! `CALLERID`: who is at the channel.

use ucx_call::{Party, Presentation};
use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(CallerId, "CALLERID", read read, write write;
    synopsis: "Reads or changes who is at the channel.",
    syntax: "CALLERID(datatype[,CID])",
    arguments: &[
        ("datatype", "all, num, name, pres, num-pres, name-pres; only read: num-valid, name-valid, ani, ani2, dnid, and the always empty rdnis, tag and subaddr."),
        ("CID", "A caller id to be read instead of the channel's."),
    ],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let channel = context.channel().ok_or("CALLERID needs a channel")?;
    let caller = match args.get(1) {
        Some(text) => Party::parse(text),
        None => channel.caller.clone(),
    };
    Ok(match word(args.text(0)).as_str() {
        "ani" | "ani-num" | "ani-all" => caller.number().to_owned(),
        "ani-name" => caller.name().to_owned(),
        "dnid" => channel.dialled.as_deref().unwrap_or_default().to_owned(),
        "ani2" => "0".to_owned(),
        "rdnis" => String::new(),
        other => part(&caller, other).ok_or_else(|| format!("CALLERID knows no {other:?}"))?,
    })
}

/// A part of a party; none if there is no part of that name.
pub(super) fn part(party: &Party, name: &str) -> Option<String> {
    Some(match name {
        "all" => format!("\"{}\" <{}>", party.name(), party.number()),
        "num" | "number" => party.number().to_owned(),
        "name" => party.name().to_owned(),
        "pres" | "num-pres" | "name-pres" => presentation_word(party.presentation).to_owned(),
        "num-valid" => u8::from(party.number.is_some()).to_string(),
        "name-valid" => u8::from(party.name.is_some()).to_string(),
        "tag" | "subaddr" => String::new(),
        _ => return None,
    })
}

fn write(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let args = Arguments::split(args);
    let channel = context.channel().ok_or("CALLERID needs a channel")?;
    let old = channel.caller.clone();
    let name = word(args.text(0));
    let caller = with_part(old, &name, value.trim())?;
    context.set_caller(caller.ok_or_else(|| format!("CALLERID({name}) cannot be changed"))?)
}

/// A party with another part; none if no part of that name can be changed.
pub(super) fn with_part(old: Party, name: &str, value: &str) -> Result<Option<Party>, String> {
    Ok(Some(match name {
        "all" => Party {
            presentation: old.presentation,
            ..Party::parse(value)
        },
        "num" | "number" => Party {
            number: Party::new(value, "").number,
            ..old
        },
        "name" => Party {
            name: Party::new("", value.trim_matches('"')).name,
            ..old
        },
        "pres" | "num-pres" | "name-pres" => Party {
            presentation: presentation(value)?,
            ..old
        },
        _ => return Ok(None),
    }))
}

pub(super) fn word(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

fn presentation_word(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Allowed => "allowed_not_screened",
        Presentation::Restricted => "prohib_not_screened",
        Presentation::Unavailable => "unavailable",
    }
}

fn presentation(text: &str) -> Result<Presentation, String> {
    match word(text).as_str() {
        "unavailable" | "67" => Ok(Presentation::Unavailable),
        word if word.starts_with("allowed") || word == "0" => Ok(Presentation::Allowed),
        word if word.starts_with("prohib") || word == "32" => Ok(Presentation::Restricted),
        other => Err(format!("there is no presentation {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, notes};

    #[test]
    fn parts_of_the_caller_are_read() {
        assert_eq!(
            expand("${CALLERID(all)}|${CALLERID(num)}|${CALLERID(name)}"),
            "\"Alice\" <1001>|1001|Alice"
        );
        assert_eq!(
            expand("${CALLERID(dnid)}|${CALLERID(pres)}"),
            "100|allowed_not_screened"
        );
        assert_eq!(expand("${CALLERID(num,Bob <5>)}"), "5");
        assert_eq!(
            expand(
                "${CALLERID(num-valid)}${CALLERID(name-valid,<5>)} ${CALLERID(ani2)} [${CALLERID(rdnis)}]"
            ),
            "10 0 []"
        );
        assert_eq!(expand("[${CALLERID(colour)}]"), "[]");
    }

    #[test]
    fn parts_of_the_caller_are_changed() {
        let plan = "[main]\nexten => 100,1,Set(CALLERID(num)=42)\n same => n,NoOp(${CALLERID(all)})\n same => n,Set(CALLERID(name)=Desk)\n same => n,NoOp(${CALLERID(all)})\n same => n,Set(CALLERID(all)=\"Bob\" <7>)\n same => n,Set(CALLERID(pres)=prohib)\n same => n,Set(CALLERID(dnid)=9)\n same => n,Set(CALLERID(pres)=loud)\n same => n,NoOp(${CALLERID(all)} ${CALLERID(pres)})\n";
        assert_eq!(
            notes(plan),
            [
                "\"Alice\" <42>",
                "\"Desk\" <42>",
                "\"Bob\" <7> prohib_not_screened"
            ]
        );
    }
}
