//! `GLOBAL` and `LOCAL`: variables of the whole host, and of the present subroutine.

use ucx_pbx::FunctionContext;

function!(Global, "GLOBAL", read global, write set_global;
    synopsis: "Reads or sets a global variable.",
    syntax: "GLOBAL(varname)",
);

function!(Local, "LOCAL", read local, write set_local;
    synopsis: "Reads a variable, or sets one that is gone when the present subroutine returns.",
    syntax: "LOCAL(varname)",
);

fn global(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context
        .pbx()
        .global(args.trim())
        .map(|value| value.to_string())
        .unwrap_or_default())
}

fn set_global(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let name = args.trim();
    if name.is_empty() {
        return Err("GLOBAL needs a name".to_owned());
    }
    context.pbx().set_global(name, value);
    Ok(())
}

fn local(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context.variable(args.trim()).unwrap_or_default())
}

fn set_local(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    context.set_local(args.trim(), value)
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn globals_outlive_channels_and_are_hidden_by_their_variables() {
        let plan = "[globals]\nCOLOUR=blue\n[main]\nexten => 100,1,NoOp(${GLOBAL(COLOUR)})\n same => n,Set(GLOBAL(COLOUR)=red)\n same => n,Set(COLOUR=green)\n same => n,NoOp(${COLOUR} ${GLOBAL(COLOUR)})\n";
        assert_eq!(notes(plan), ["blue", "green red"]);
    }

    #[test]
    fn locals_are_gone_after_return_and_refused_outside() {
        let plan = "[main]\nexten => 100,1,Set(A=outer)\n same => n,Gosub(sub)\n same => n,NoOp(${A})\n same => n,Set(LOCAL(B)=x)\n same => n,NoOp([${B}])\n same => n,Hangup()\n same => n(sub),Set(LOCAL(A)=inner)\n same => n,NoOp(${LOCAL(A)})\n same => n,Return()\n";
        assert_eq!(notes(plan), ["inner", "outer", "[]"]);
    }
}
