//! `PRESENCE_STATE`: what somebody says of their presence.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(PresenceState, "PRESENCE_STATE", read read, write write;
    synopsis: "Reads or sets what somebody says of their presence.",
    syntax: "PRESENCE_STATE(provider[,field[,options]])",
    arguments: &[
        ("provider", "Whose: CustomPresence:alice."),
        ("field", "value, subtype or message; value without it."),
    ],
    options: &[("e", "Texts are base64. Not honoured.")],
    notes: "Set(PRESENCE_STATE(CustomPresence:alice)=status,subtype,message) sets it; the status is one of not_set, \
            unavailable, available, away, xa, chat and dnd.",
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let person = context.pbx().presence_state(args.text(0));
    let person = person.ok_or_else(|| format!("{:?} is nobody's presence", args.text(0)))?;
    let field = match args.get(1).unwrap_or("value").to_ascii_lowercase().as_str() {
        "value" => person.status,
        "subtype" => person.subtype,
        "message" => person.message,
        other => return Err(format!("{other:?} is no part of a presence")),
    };
    Ok(field.to_string())
}

fn write(context: &FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let args = Arguments::split(args);
    let mut parts = value.splitn(3, ',').map(str::trim);
    let mut part = || parts.next().unwrap_or_default();
    let (status, subtype, message) = (part(), part(), part());
    let set = context
        .pbx()
        .set_presence_state(args.text(0), status, subtype, message);
    set.map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, expand_with};

    #[test]
    fn presences_are_set_and_read() {
        let text = "${PRESENCE_STATE(CustomPresence:a)} ${PRESENCE_STATE(CustomPresence:a,subtype)} ${PRESENCE_STATE(CustomPresence:a,message)}";
        assert_eq!(
            expand_with("PRESENCE_STATE(CustomPresence:a)=away,lunch,back, soon", text),
            "away lunch back, soon"
        );
        assert_eq!(
            expand("${PRESENCE_STATE(CustomPresence:b)} [${PRESENCE_STATE(Nope:x)}]"),
            "not_set []"
        );
    }
}
