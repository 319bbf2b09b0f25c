//! `System`: a command of the operating system.

use crate::process;
use ucx_call::{Cause, Right};
use ucx_pbx::{Ending, Line};

application!(System, "System", needs Right::System, waits run,
    synopsis: "Runs a command of the operating system and waits for its end.",
    syntax: "System(command)",
    arguments: &[("command", "The command, as a shell reads it.")],
    sets: &[("SYSTEMSTATUS", "SUCCESS, APPERROR if the command itself failed, or FAILURE if it could not be run.")],
    notes: "It needs the right to the system, whoever asks for it. A command that cannot be run ends the call. What a caller             can choose has no place in the command: the shell reads it.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let status = process::status(line, "System", args).await?;
    line.set_variable("SYSTEMSTATUS", status)?;
    if status == process::FAILURE {
        return Err(Ending::Hangup(Cause::NONE));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn the_status_says_how_the_command_ended() {
        let plan = |command: &str| {
            format!("[main]\nexten => 100,1,System({command})\n same => n,NoOp(${{SYSTEMSTATUS}})\n")
        };
        assert_eq!(notes(&plan("true")), ["SUCCESS"]);
        assert_eq!(notes(&plan("exit 3")), ["APPERROR"]);
        assert_eq!(steps(&plan("/nonexistent/command")).len(), 1);
        assert_eq!(steps(&plan("")).len(), 1);
    }
}
