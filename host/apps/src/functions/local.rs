//! `LOCAL`: a variable of the present subroutine.

use ucx_pbx::FunctionContext;

function!(Local, "LOCAL", read read, write write;
    synopsis: "Reads a variable, or sets one that is gone when the present subroutine returns.",
    syntax: "LOCAL(varname)",
    arguments: &[("varname", "Its name. What it hid shows again after Return.")],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context.variable(args.trim()).unwrap_or_default())
}

fn write(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    context.set_local(args.trim(), value)
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn locals_are_gone_after_return_and_refused_outside() {
        let plan = "[main]\nexten => 100,1,Set(A=outer)\n same => n,Gosub(sub)\n same => n,NoOp(${A})\n same => n,Set(LOCAL(B)=x)\n same => n,NoOp([${B}])\n same => n,Hangup()\n same => n(sub),Set(LOCAL(A)=inner)\n same => n,NoOp(${LOCAL(A)})\n same => n,Return()\n";
        assert_eq!(notes(plan), ["inner", "outer", "[]"]);
    }
}
