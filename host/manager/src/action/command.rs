//! Command: does what a line at the operator's command line asks for.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "Command",
    synopsis: "Do what a command line asks for.",
    arguments: &[required("Command", "The line.")],
    classes: &[Classes::COMMAND],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Lines that no client may give, by their first words.
const FORBIDDEN: [[&str; 2]; 3] = [
    ["module", "load"],
    ["module", "unload"],
    ["restart", "gracefully"],
];

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let line = request.filled("Command").ok_or("No command provided")?;
    if is_forbidden(line) {
        return Err("Command blacklisted".into());
    }
    let output = call.host.execute(call.desk.principal(), line).await;
    let kind = if output.is_success { "Success" } else { "Error" };
    let text = plain(&output.text);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let reply = Reply::of(kind, request).message("Command output follows");
    let reply = reply.with(|reply| {
        for line in text.split('\n') {
            reply.line("Output", line.strip_suffix('\r').unwrap_or(line));
        }
    });
    Ok(reply.end())
}

fn is_forbidden(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    FORBIDDEN.iter().any(|forbidden| {
        words.len() >= forbidden.len()
            && words
                .iter()
                .zip(forbidden)
                .all(|(word, other)| word.eq_ignore_ascii_case(other))
    })
}

/// The text without what colours it on a terminal.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let sequence = behind.strip_prefix('[').unwrap_or(behind);
        let end = sequence.find(|c: char| c.is_ascii_alphabetic());
        rest = end.map_or("", |end| &sequence[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("a\u{1b}[1;32mb\u{1b}[0m\nc"), "ab\nc");
        assert_eq!(plain("a\u{1b}["), "a");
    }

    #[test]
    fn lines_are_forbidden_by_their_words() {
        assert!(is_forbidden("Module  LOAD x.so") && is_forbidden("restart gracefully"));
        assert!(!is_forbidden("module show") && !is_forbidden("module"));
    }
}
