//! Lines of tab separated columns.

/// One line of a table.
pub(crate) struct Row {
    /// Where it stands, for messages.
    pub place: String,
    columns: Vec<&'static str>,
}

impl Row {
    /// The text of a column, without blanks around it.
    pub fn column(&self, at: usize) -> &'static str {
        self.columns[at]
    }

    /// What a column lists.
    pub fn list(&self, at: usize, separator: &str) -> Vec<&'static str> {
        let parts = self.column(at).split(separator).map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Ends with a message that names the line.
    pub fn fail(&self, what: &str) -> ! {
        panic!("{}: {what}", self.place)
    }
}

/// The lines of a table whose first line must name these columns.
pub(crate) fn rows(file: &str, text: &'static str, columns: &[&str]) -> Vec<Row> {
    let mut lines = text.lines().enumerate();
    let head: Vec<&str> = lines.next().map_or("", |(_, line)| line).split('\t').collect();
    assert!(
        head.len() == columns.len()
            && head
                .iter()
                .zip(columns)
                .all(|(is, wanted)| is.starts_with(wanted)),
        "{file} has the columns {head:?}, not {columns:?}"
    );
    let rows = lines.map(|(at, line)| {
        let place = format!("{file}:{}", at + 1);
        let found: Vec<&str> = line.split('\t').map(str::trim).collect();
        assert_eq!(
            found.len(),
            columns.len(),
            "{place} has another number of columns than its table"
        );
        Row {
            place,
            columns: found,
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_trimmed_and_lists_are_split() {
        let read = rows("t", "a(note)\tb\n x \t1 | 2|\n", &["a", "b"]);
        assert_eq!((read[0].column(0), read[0].list(1, "|")), ("x", vec!["1", "2"]));
        assert_eq!(read[0].place, "t:2");
    }

    #[test]
    #[should_panic(expected = "t:3 has another number of columns")]
    fn a_short_line_is_no_line() {
        rows("t", "a\tb\n1\t2\n1\n", &["a", "b"]);
    }

    #[test]
    #[should_panic(expected = "has the columns")]
    fn another_table_is_not_read() {
        rows("t", "a\tc\n", &["a", "b"]);
    }
}
