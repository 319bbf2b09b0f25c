//! `EVAL`: a text substituted once more.

use ucx_pbx::FunctionContext;

function!(Eval, "EVAL", read read;
    synopsis: "Substitutes a text once more.",
    syntax: "EVAL(variable)",
    arguments: &[("variable", "The text. What a caller brings along may name variables and functions in it.")],
);

fn read(context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
    context.substitute(args)
}

#[cfg(test)]
mod tests {
    use crate::tests::expand_with;

    #[test]
    fn a_variable_named_by_a_variable_is_read() {
        assert_eq!(expand_with("V=${NONE}{EXTEN}", "${EVAL($${V})}"), "100");
    }
}
