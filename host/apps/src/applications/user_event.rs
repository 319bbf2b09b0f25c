//! `UserEvent`: an event of the dialplan's own.

use crate::text;
use std::sync::Arc;
use ucx_call::Cause;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(UserEvent, "UserEvent", run,
    synopsis: "Publishes an event of the dialplan's own.",
    syntax: "UserEvent(eventname[,field1: value1[,field2: value2…]])",
    arguments: &[
        ("eventname", "Its name."),
        ("field1: value1", "A field of the event; one without a colon has an empty value."),
    ],
    notes: "Without a name it ends the call.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let Some(name) = args.get(0) else {
        text::warn(line, "UserEvent", "it needs the name of an event");
        return Err(Ending::Hangup(Cause::NONE));
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
    use crate::tests::{steps, test};
    use ucx_call::EventKind;

    #[test]
    fn its_fields_are_keys_and_values() {
        let plan = "[main]\nexten => 100,1,UserEvent(Done,Who: ${EXTEN},Url: a:b,,bare)\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let record = world.record();
            let events: Vec<_> = record
                .events
                .iter()
                .filter_map(|event| {
                    let EventKind::User {
                        channel,
                        name,
                        fields,
                    } = &event.kind
                    else {
                        return None;
                    };
                    Some((channel.clone().unwrap(), name.clone(), fields.clone()))
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
            assert_eq!(fields, ["Who=100", "Url=a:b", "bare="]);
        });
    }

    #[test]
    fn without_a_name_it_ends_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,UserEvent()\n same => n,NoOp()\n").len(),
            1
        );
    }
}
