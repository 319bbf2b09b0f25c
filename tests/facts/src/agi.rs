//! The Gateway interface: its commands.

use crate::table::rows;
use std::sync::OnceLock;

/// A command.
#[derive(Debug)]
pub struct Command {
    /// Its words, in lower case.
    pub name: &'static str,
    /// Its arguments as its help shows them.
    pub arguments: &'static str,
    /// Whether it works on a channel that is hung up.
    pub works_when_hung_up: bool,
    /// What it answers.
    pub replies: &'static str,
}

/// All commands.
pub fn commands() -> &'static [Command] {
    static COMMANDS: OnceLock<Vec<Command>> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        const COLUMNS: [&str; 5] = ["command", "args", "allowed_when_hungup", "replies", "notes"];
        let rows = rows(
            "agi-commands.tsv",
            include_str!("../data/agi-commands.tsv"),
            &COLUMNS,
        );
        let commands = rows.iter().map(|row| Command {
            name: row.column(0),
            arguments: row.column(1),
            works_when_hung_up: match row.column(2) {
                "yes" => true,
                "no" => false,
                other => row.fail(&format!("neither yes nor no: {other}")),
            },
            replies: row.column(3),
        });
        commands.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read() {
        assert_eq!(commands().len(), 47);
        assert_eq!(
            commands()
                .iter()
                .filter(|command| command.works_when_hung_up)
                .count(),
            13
        );
        for command in commands() {
            assert_eq!(command.name, command.name.to_lowercase());
            assert!(
                command.replies.contains("200") || command.name == "gosub",
                "{}",
                command.name
            );
        }
    }
}
