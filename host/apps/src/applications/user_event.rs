//! `UserEvent`: publishes an event of the dialplan's own.

use std::sync::Arc;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(UserEvent, "UserEvent", run,
    synopsis: "Publishes an event of the dialplan's own.",
    syntax: "UserEvent(eventname[,key: value[,key2: value2…]])",
    arguments: &[("eventname", "Its name."), ("key: value", "A field of the event.")],
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let Some(name) = args.get(0) else {
        tracing::warn!(place = %line.place(), "UserEvent needs a name");
        return Ok(());
    };
    let field = |text: &str| {
        let (key, value) = text.split_once(':').unwrap_or((text, ""));
        (Arc::from(key.trim()), Arc::from(value.trim()))
    };
    let fields: Vec<(Arc<str>, Arc<str>)> = args
        .iter()
        .skip(1)
        .filter(|text| !text.trim().is_empty())
        .map(field)
        .collect();
    line.user_event(name, fields.into())
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::EventKind;

    #[test]
    fn its_fields_are_keys_and_values() {
        let plan = "[main]\nexten => 100,1,UserEvent(Done,Who: ${EXTEN},Url: a:b)\n same => n,UserEvent()\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let events: Vec<_> = world
                .record()
                .events
                .iter()
                .filter_map(|event| match &event.kind {
                    EventKind::User {
                        channel,
                        name,
                        fields,
                    } => Some((channel.clone().unwrap(), name.clone(), fields.clone())),
                    _ => None,
                })
                .collect();
            let [(channel, name, fields)] = events.as_slice() else {
                panic!("{events:?}")
            };
            assert_eq!((&*channel.name, &**name), ("PJSIP/alice-00000000", "Done"));
            let fields: Vec<_> = fields
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            assert_eq!(fields, ["Who=100", "Url=a:b"]);
        });
    }
}
