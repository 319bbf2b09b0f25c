//! `CHANNEL`: what is known of the channel.

use ucx_pbx::FunctionContext;

function!(Channel, "CHANNEL", read read, write write;
    synopsis: "Reads or changes what is known of the channel.",
    syntax: "CHANNEL(item)",
    arguments: &[(
        "item",
        "name, uniqueid, linkedid, channeltype, state, language, accountcode, context, exten, onhold (1 or 0); \
         of these language and accountcode can be changed.",
    )],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let channel = context.channel().ok_or("CHANNEL needs a channel")?;
    Ok(match args.trim().to_ascii_lowercase().as_str() {
        "name" => channel.name.to_string(),
        "uniqueid" => channel.uniqueid.to_string(),
        "linkedid" => channel.linkedid.to_string(),
        "channeltype" => channel.technology.as_str().to_owned(),
        "state" => channel.state.as_str().to_owned(),
        "language" => channel.language.to_string(),
        "accountcode" => channel.account.to_string(),
        "context" => context.variable("CONTEXT").unwrap_or_default(),
        "exten" => context.variable("EXTEN").unwrap_or_default(),
        "onhold" => u8::from(channel.is_held).to_string(),
        other => return Err(format!("CHANNEL knows no {other:?}")),
    })
}

fn write(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    match args.trim().to_ascii_lowercase().as_str() {
        "language" => context.set_language(value.trim()),
        "accountcode" => context.set_account(value.trim()),
        other => Err(format!("CHANNEL({other}) cannot be changed")),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, notes};

    #[test]
    fn items_are_read() {
        let text = "${CHANNEL(name)} ${CHANNEL(channeltype)} ${CHANNEL(state)} ${CHANNEL(language)} ${CHANNEL(LinkedID)}";
        assert_eq!(expand(text), "PJSIP/alice-00000000 PJSIP Ring en 1700000000.0");
        assert_eq!(expand("[${CHANNEL(weight)}]"), "[]");
        assert_eq!(
            expand("${CHANNEL(uniqueid)} ${CHANNEL(onhold)} [${CHANNEL(accountcode)}]"),
            "1700000000.0 0 []"
        );
    }

    #[test]
    fn the_place_is_that_of_the_step_itself() {
        let plan = "[main]\nexten => 100,1,Goto(other,s,1)\n[other]\nexten => s,1,NoOp(${CHANNEL(context)} ${CHANNEL(exten)})\n";
        assert_eq!(notes(plan), ["other s"]);
    }

    #[test]
    fn language_and_account_are_changed_and_nothing_else() {
        let plan = "[main]\nexten => 100,1,Set(CHANNEL(language)=de)\n same => n,Set(CHANNEL(accountcode)=a7)\n same => n,Set(CHANNEL(name)=x)\n same => n,NoOp(${CHANNEL(language)} ${CHANNEL(accountcode)} ${CHANNEL(name)})\n";
        assert_eq!(notes(plan), ["de a7 PJSIP/alice-00000000"]);
    }
}
