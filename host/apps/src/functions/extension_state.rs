//! `EXTENSION_STATE`: how the devices of a hint are used.

use ucx_pbx::FunctionContext;

function!(ExtensionState, "EXTENSION_STATE", read read;
    synopsis: "Reads how the devices of an extension's hint are used together.",
    syntax: "EXTENSION_STATE(extension[@context])",
    arguments: &[("extension", "The extension."), ("context", "Its context; default without it.")],
    notes: "Reads UNKNOWN, NOT_INUSE, INUSE, BUSY, UNAVAILABLE, RINGING, RINGINUSE, HOLD or HOLDINUSE.",
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = args.trim();
    let (exten, place) = args.split_once('@').unwrap_or((args, "default"));
    Ok(context.pbx().extension_state_word(place, exten).to_owned())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn hints_are_read_by_extension() {
        let plan = "[main]\nexten => 100,1,Set(DEVICE_STATE(Custom:x)=ONHOLD)\n same => n,NoOp(${EXTENSION_STATE(200@main)} ${EXTENSION_STATE(200)} ${HINT(200@main)} [${HINT(300@main)}])\nexten => 200,hint,Custom:x\n";
        assert_eq!(notes(plan), ["HOLD UNKNOWN Custom:x []"]);
    }
}
