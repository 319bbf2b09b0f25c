//! `GLOBAL`: a variable of the whole host.

use ucx_pbx::FunctionContext;

function!(Global, "GLOBAL", read read, write write;
    synopsis: "Reads or sets a global variable.",
    syntax: "GLOBAL(varname)",
    arguments: &[("varname", "Its name. A variable of the channel of that name does not hide it here.")],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let value = context.pbx().global(args.trim());
    Ok(value.map(|value| value.to_string()).unwrap_or_default())
}

fn write(context: &FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let name = args.trim();
    if name.is_empty() {
        return Err("GLOBAL needs a name".to_owned());
    }
    context.pbx().set_global(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, test};

    #[test]
    fn globals_outlive_channels_and_are_hidden_by_their_variables() {
        let plan = "[globals]\nCOLOUR=blue\n[main]\nexten => 100,1,NoOp(${GLOBAL(COLOUR)})\n same => n,Set(GLOBAL(COLOUR)=red)\n same => n,Set(COLOUR=green)\n same => n,NoOp(${COLOUR} ${GLOBAL(COLOUR)} [${GLOBAL(NONE)}])\nexten => 200,1,NoOp(${COLOUR})\n";
        assert_eq!(notes(plan), ["blue", "green red []"]);
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            world.call("200");
            world.until_over().await;
            assert_eq!(world.steps("alice-00000001"), ["200,1 NoOp(red)"]);
        });
    }
}
