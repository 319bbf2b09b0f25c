//! `TrySystem`: a command of the operating system that may fail.

use crate::process;
use ucx_call::Right;
use ucx_pbx::{Ending, Line};

application!(TrySystem, "TrySystem", needs Right::System, waits run,
    synopsis: "Runs a command of the operating system and goes on however it ends.",
    syntax: "TrySystem(command)",
    arguments: &[("command", "The command, as a shell reads it.")],
    sets: &[("SYSTEMSTATUS", "SUCCESS, APPERROR if the command itself failed, or FAILURE if it could not be run.")],
    notes: "It needs the right to the system, whoever asks for it.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let status = process::status(line, "TrySystem", args).await?;
    line.set_variable("SYSTEMSTATUS", status)
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn it_goes_on_however_the_command_ends() {
        for (command, status) in [
            ("true", "SUCCESS"),
            ("false", "APPERROR"),
            ("/nonexistent/command", "FAILURE"),
        ] {
            let plan =
                format!("[main]\nexten => 100,1,TrySystem({command})\n same => n,NoOp(${{SYSTEMSTATUS}})\n");
            assert_eq!(notes(&plan), [status], "{command}");
        }
    }
}
