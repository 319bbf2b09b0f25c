//! `HINT`: the devices of a hint.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(Hint, "HINT", read read;
    synopsis: "Reads the devices of an extension's hint.",
    syntax: "HINT(extension[@context][,options])",
    arguments: &[("extension", "The extension."), ("context", "Its context; default without it.")],
    options: &[("n", "Reads the name that goes with the hint. Hints have none here, so it is empty.")],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    if args.text(1).contains('n') {
        return Ok(String::new());
    }
    let (exten, place) = args.text(0).split_once('@').unwrap_or((args.text(0), "default"));
    let view = context.pbx().extension_state(place, exten);
    let devices = view.map(|view| view.hint.split(',').next().unwrap_or_default().to_owned());
    Ok(devices.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn devices_come_without_presences() {
        let plan = "[main]\nexten => 100,1,NoOp(${HINT(200@main)} [${HINT(200@main,n)}])\nexten => 200,hint,Custom:x&PJSIP/bob,CustomPresence:x\n";
        assert_eq!(notes(plan), ["Custom:x&PJSIP/bob []"]);
    }
}
