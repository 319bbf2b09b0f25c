//! Which row of the tables was proved, and by which case.

use super::built::belongs;
use super::text::{fits, of_table};
use std::collections::BTreeMap;
use ucx_facts::{Operation, action, ami_event, ami_events, events, operations, problems};

/// What can be proved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// An action that succeeds.
    Action(&'static str),
    /// An action that fails with one text of its row.
    ActionError(&'static str, &'static str),
    /// An event of the Manager.
    Event(&'static str),
    /// A reply of a command, by its place in the table of replies.
    Reply(usize),
    /// An operation that succeeds: resource and name.
    Operation(&'static str, &'static str),
    /// A row of the table of errors, by its place, provoked from an operation of that resource.
    Problem(usize),
    /// An event of the Application interface.
    Told(&'static str),
    /// A detail that breaks clients, by its number.
    Gotcha(u32),
}

/// What stands in `cases/agi-replies.tsv`: command, name of the reply, pattern.
#[derive(Clone, Debug)]
pub struct ReplyRow {
    pub command: String,
    pub label: String,
    pub pattern: String,
}

/// The replies of all commands.
fn replies() -> Result<Vec<ReplyRow>, String> {
    let text = super::file("agi-replies.tsv")?;
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t').map(str::to_owned);
        Some(ReplyRow {
            command: columns.next()?,
            label: columns.next()?,
            pattern: columns.next()?,
        })
    });
    Ok(rows.collect())
}

/// Rows and the first case, by name, that proved each.
#[derive(Debug)]
pub struct Credit {
    pub rows: BTreeMap<Row, String>,
    /// What commands can be answered.
    pub replies: Vec<ReplyRow>,
}

impl Credit {
    /// # Errors
    /// When the table of replies cannot be read.
    pub fn new() -> Result<Self, String> {
        Ok(Self {
            rows: BTreeMap::new(),
            replies: replies()?,
        })
    }

    pub fn add(&mut self, row: Row, case: &str) {
        let first = self.rows.entry(row).or_insert_with(|| case.to_owned());
        if case < first.as_str() {
            case.clone_into(first);
        }
    }

    /// Takes in what another run of cases proved.
    pub fn merge(&mut self, other: Self) {
        for (row, case) in other.rows {
            self.add(row, &case);
        }
    }

    /// An action was answered as wished.
    pub fn answered(&mut self, name: &str, response: &str, message: &str, case: &str) {
        let Some(action) = action(name) else { return };
        if response != "Error" {
            return self.add(Row::Action(action.name), case);
        }
        let errors = action.errors.iter();
        for error in errors.filter(|error| fits(&of_table(error), message)) {
            self.add(Row::ActionError(action.name, error), case);
        }
    }

    /// An event came as wished.
    pub fn event(&mut self, name: &str, case: &str) {
        let found = ami_events().iter().find(|event| event.name == name);
        if let Some(event) = found.or_else(|| ami_event(name)) {
            self.add(Row::Event(event.name), case);
        }
    }

    /// A command was answered as wished.
    pub fn replied(&mut self, command: &str, reply: &str, case: &str) {
        let command = command.to_ascii_lowercase();
        let rows = &self.replies;
        let own = |row: &ReplyRow| {
            row.command == "*" || command == row.command || command.starts_with(&format!("{} ", row.command))
        };
        let longest = rows
            .iter()
            .filter(|row| own(row) && row.command != "*")
            .map(|row| row.command.len())
            .max();
        let is_meant =
            |row: &ReplyRow| own(row) && (row.command == "*" || Some(row.command.len()) == longest);
        let proved: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| is_meant(row) && fits(&row.pattern, reply))
            .map(|(at, _)| at)
            .collect();
        for at in proved {
            self.add(Row::Reply(at), case);
        }
    }

    /// A request was answered as wished.
    pub fn rest(&mut self, method: &str, target: &str, answer: (u16, &str, &str), case: &str) {
        let (status, phrase, message) = answer;
        let path = target.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/ari").unwrap_or(path);
        let operation = operation(method, path);
        if status < 400 {
            if let Some(operation) = operation {
                self.add(Row::Operation(operation.resource, operation.id), case);
            }
            return;
        }
        for (at, problem) in problems().iter().enumerate() {
            let is_own =
                problem.resource == "core" || operation.is_some_and(|operation| belongs(problem, operation));
            let is_it = problem.status == status && problem.phrase == phrase;
            if is_own && is_it && fits(&of_table(problem.message), message) {
                self.add(Row::Problem(at), case);
            }
        }
    }

    /// An event of the Application interface came as wished.
    pub fn told(&mut self, name: &str, case: &str) {
        if let Some((name, _)) = events().iter().find(|(is, _)| **is == name) {
            self.add(Row::Told(name), case);
        }
    }
}

/// The operation a request asks for.
fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let fits = |operation: &&Operation| {
        let wanted: Vec<&str> = operation.path.trim_start_matches('/').split('/').collect();
        operation.method == method
            && wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let found = operations().iter().filter(fits);
    found.min_by_key(|operation| operation.path.matches('{').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_facts::commands;

    #[test]
    fn every_command_has_replies_and_no_other_has() {
        let rows = replies().expect("the table is there");
        for command in commands() {
            assert!(
                rows.iter().any(|row| row.command == command.name),
                "{}",
                command.name
            );
        }
        for row in &rows {
            let is_known = row.command == "*" || commands().iter().any(|command| command.name == row.command);
            assert!(is_known && !row.label.is_empty(), "{}", row.command);
        }
    }

    #[test]
    fn a_reply_is_credited_to_its_own_row() {
        let mut credit = Credit::new().expect("the tables are there");
        credit.answered("getvar", "Error", "No such channel", "a");
        credit.answered("Getvar", "Error", "Something else", "a");
        credit.answered("Ping", "Success", "", "b");
        credit.answered("Ping", "Success", "", "a");
        assert_eq!(
            credit.rows,
            BTreeMap::from([
                (Row::Action("Ping"), "a".to_owned()),
                (Row::ActionError("Getvar", "No such channel"), "a".to_owned()),
            ])
        );
    }

    #[test]
    fn an_error_is_credited_where_it_belongs() {
        let mut credit = Credit::new().expect("the tables are there");
        credit.rest(
            "GET",
            "/ari/playbacks/x?a=b",
            (404, "Not Found", "Playback not found"),
            "a",
        );
        credit.rest("GET", "/ari/asterisk/ping", (200, "OK", ""), "a");
        assert_eq!(credit.rows.len(), 2);
        assert_eq!(
            credit
                .rows
                .get(&Row::Operation("asterisk", "ping"))
                .map(String::as_str),
            Some("a")
        );
    }
}
