//! What was tried, and did it hold? One line each, as a check's program prints them.

use anyhow::Result;

/// Prints results as they come and remembers whether all held.
#[derive(Default)]
pub struct Book {
    failed: usize,
}

impl Book {
    /// Notes one result; the text of a good one is shown behind its name.
    pub fn note(&mut self, what: &str, held: Result<String>) {
        match held {
            Ok(detail) if detail.is_empty() => println!("ok {what}"),
            Ok(detail) => println!("ok {what} ({detail})"),
            Err(error) => {
                self.failed += 1;
                let text = format!("{error:#}");
                let mut lines = text.lines();
                println!("failed {what}: {}", lines.next().unwrap_or_default());
                lines.for_each(|line| println!("    {line}"));
            }
        }
    }

    pub fn all_held(&self) -> bool {
        self.failed == 0
    }
}
