//! `ENV`: the environment of the host.

use ucx_call::Right;
use ucx_pbx::FunctionContext;

function!(Env, "ENV", needs Right::System, read read;
    synopsis: "Reads a variable of the host's own environment.",
    syntax: "ENV(varname)",
    arguments: &[("varname", "Its name.")],
    notes: "It needs the right to the system, whoever asks for it. The environment is not changed.",
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(std::env::var(args.trim()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn variables_of_the_environment_are_read() {
        let (name, value) = std::env::vars()
            .find(|(_, value)| {
                !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '/')
            })
            .unwrap();
        assert_eq!(expand(&format!("${{ENV({name})}}")), value);
        assert_eq!(expand("[${ENV(NO_SUCH_VARIABLE_HERE)}]"), "[]");
    }
}
