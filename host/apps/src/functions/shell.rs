//! `SHELL`: what a command of the operating system says.

use crate::process;
use ucx_call::Right;

function!(Shell, "SHELL", needs Right::System, waits work;
    synopsis: "What a command of the operating system says.",
    syntax: "SHELL(command)",
    arguments: &[("command", "The command, as a shell reads it.")],
    notes: "It needs the right to the system, whoever asks for it. What a caller can choose has no place in the command: the \
            shell reads it. Of what it says the first 64 KiB count.",
);

fn work(args: &str) -> Result<String, String> {
    if args.trim().is_empty() {
        return Err("SHELL needs a command".to_owned());
    }
    process::output(args)
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, notes};

    #[test]
    fn a_command_is_run_once_and_says_something() {
        assert_eq!(
            expand("<${SHELL(printf a)}${LEN(xyz)}${SHELL(printf b)}>"),
            "<a3b>"
        );
        assert_eq!(expand("[${SHELL()}]"), "[]");
        // What stands before a command in the text is not done again because of it.
        let plan = "[main]\nexten => 100,1,Set(DB(a/b)=x)\n same => n,NoOp(${DB_DELETE(a/b)}${SHELL(printf -- -)}[${DB_DELETE(a/b)}])\n";
        assert_eq!(notes(plan), ["x-[]"]);
    }
}
