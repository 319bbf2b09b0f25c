//! A document as text again.

use super::document::{Category, Document, Entry, Item};
use crate::model::Operator;
use std::fmt::{self, Write as _};

/// How lines of the notice begin that says who wrote a file.
const NOTICE: &str = ";!";

impl Document {
    /// The text under a notice that says who wrote it, as the field does; an older notice is replaced. `date` is a sentence
    /// like `Sun Nov 22 14:36:47 2026`.
    pub fn with_notice(&self, file: &str, path: &str, generator: &str, date: &str) -> String {
        let clean = |text: &str| text.replace(|c: char| c < ' ', " ");
        let mut text = String::new();
        let lines = [
            String::new(),
            " Automatically generated configuration file".to_owned(),
            format!(" Filename: {} ({})", clean(file), clean(path)),
            format!(" Generator: {}", clean(generator)),
            format!(" Creation Date: {}", clean(date)),
            String::new(),
        ];
        for line in lines {
            let _ = writeln!(text, "{NOTICE}{line}");
        }
        let body = self.to_string();
        let mut rest = body.as_str();
        while let Some((line, after)) = rest.split_once('\n').filter(|(line, _)| line.starts_with(NOTICE)) {
            debug_assert!(line.len() < rest.len());
            rest = after;
        }
        text + rest
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        items(f, &self.head)?;
        for category in &self.categories {
            lines(f, &category.before)?;
            header(f, category)?;
            items(f, &category.items)?;
        }
        lines(f, &self.tail)
    }
}

fn lines(f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
    lines.iter().try_for_each(|line| writeln!(f, "{line}"))
}

fn items(f: &mut fmt::Formatter<'_>, items: &[Item]) -> fmt::Result {
    items.iter().try_for_each(|item| match item {
        Item::Verbatim { before, line } => {
            lines(f, before)?;
            writeln!(f, "{line}")
        }
        Item::Entry(entry) => {
            lines(f, &entry.before)?;
            write_entry(f, entry)
        }
    })
}

fn header(f: &mut fmt::Formatter<'_>, category: &Category) -> fmt::Result {
    if let Some(line) = &category.line {
        return writeln!(f, "{line}");
    }
    let mut options: Vec<&str> = Vec::new();
    if category.is_template {
        options.push("!");
    }
    options.extend(category.templates.iter().map(String::as_str));
    write!(f, "[{}]", category.name)?;
    if !options.is_empty() {
        write!(f, "({})", options.join(","))?;
    }
    comment(f, &category.comment)
}

fn write_entry(f: &mut fmt::Formatter<'_>, entry: &Entry) -> fmt::Result {
    if let Some(line) = &entry.line {
        return writeln!(f, "{line}");
    }
    let sign = match entry.operator {
        Operator::Assign | Operator::Append => "=",
        Operator::Object => "=>",
    };
    // An equals sign's neighbour `>` would make the sign another one.
    write!(f, "{} {sign} {}", entry.key, entry.value.replace(';', "\\;"))?;
    comment(f, &entry.comment)
}

fn comment(f: &mut fmt::Formatter<'_>, comment: &str) -> fmt::Result {
    if comment.is_empty() {
        writeln!(f)
    } else {
        writeln!(f, "   {comment}")
    }
}
