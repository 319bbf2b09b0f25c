//! Counts of what passed, failed and was skipped, read from what test programs print.

/// Something that was not run, why, and the one command that would enable it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    pub what: String,
    pub why: String,
    pub enable: Option<String>,
}

/// Counts over any number of checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skips: Vec<Skip>,
    /// Tests that only measure and are left out; `tests/tidy` sees to it that no others are.
    pub measurements: usize,
    /// Figures that a program of our own wants kept on the page of its full form.
    pub figures: Vec<String>,
}

/// How a check's output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The summary line of nextest.
    Nextest,
    /// The result lines of `cargo test`.
    CargoTest,
    /// `ok WHAT`, `failed WHAT: WHY`, `skipped WHAT: WHY`; and `figure WORDS`, which says nothing of success.
    Lines,
    /// Nothing is read: the exit status alone counts.
    Status,
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skips.extend(other.skips);
        self.measurements += other.measurements;
        self.figures.extend(other.figures);
    }

    /// Reads one line of a check's output; whether it meant something.
    pub fn read(&mut self, check: &str, dialect: Dialect, line: &str) -> bool {
        match dialect {
            Dialect::Nextest => self.read_nextest(line),
            Dialect::CargoTest => self.read_cargo_test(line),
            Dialect::Lines => self.read_own(check, line),
            Dialect::Status => false,
        }
    }

    /// `Summary [ 0.2s] 4 tests run: 2 passed (1 slow), 1 failed, 1 timed out, 3 skipped`.
    fn read_nextest(&mut self, line: &str) -> bool {
        let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("Summary [")
            .and_then(|l| l.split_once("run: "))
        else {
            return false;
        };
        for count in counts.split(',') {
            let (number, what) = count.trim().split_once(' ').unwrap_or_default();
            let number: usize = number.parse().unwrap_or(0);
            match what.split(' ').next() {
                Some("passed") => self.passed += number,
                Some("skipped") => self.measurements += number,
                _ => self.failed += number,
            }
        }
        true
    }

    /// `test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.2s`.
    fn read_cargo_test(&mut self, line: &str) -> bool {
        let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("test result: ")
            .and_then(|l| l.split_once(". "))
        else {
            return false;
        };
        for count in counts.split(';') {
            let (number, what) = count.trim().split_once(' ').unwrap_or_default();
            let number: usize = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.measurements += number,
                _ => {}
            }
        }
        true
    }

    fn read_own(&mut self, check: &str, line: &str) -> bool {
        match line.split_once(' ') {
            Some(("ok", _)) => self.passed += 1,
            Some(("failed", _)) => self.failed += 1,
            Some(("figure", rest)) => {
                self.figures.push(rest.to_owned());
                return false;
            }
            Some(("skipped", rest)) => {
                let (what, why) = rest.split_once(": ").unwrap_or((rest, "no reason given"));
                self.skips.push(Skip {
                    what: format!("{check} {what}"),
                    why: why.to_owned(),
                    enable: None,
                });
            }
            _ => return false,
        }
        true
    }

    /// Settles a check that ended: a bad end without a counted failure is one, and so is silence.
    pub fn settle(&mut self, dialect: Dialect, success: bool, spoke: bool) {
        if !success && self.failed == 0 {
            self.failed = 1;
        } else if success && dialect == Dialect::Status {
            self.passed = 1;
        } else if success && !spoke {
            self.failed = 1;
        }
    }

    /// The counts in one line.
    pub fn summary(&self) -> String {
        format!(
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failed,
            self.skips.len()
        )
    }

    /// Prints the skips with what enables them, and the counts as the last line.
    pub fn print(&self) {
        for (number, skip) in (1..).zip(&self.skips) {
            println!("skipped {number}: {}: {}", skip.what, skip.why);
            if let Some(command) = &skip.enable {
                println!("          enable it with: {command}");
            }
        }
        if self.measurements > 0 {
            println!(
                "{} measurements left out; see them with: cargo test --workspace -- --ignored --nocapture",
                self.measurements
            );
        }
        println!("{}", self.summary());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, lines: &[&str]) -> (Tally, bool) {
        let mut tally = Tally::default();
        let meant = lines.iter().filter(|line| tally.read("x", dialect, line)).count();
        (tally, meant > 0)
    }

    #[test]
    fn nextest_is_counted() {
        let line =
            "     Summary [   1.247s] 8 tests run: 5 passed (1 slow), 1 failed, 2 timed out, 3 skipped";
        let (tally, spoke) = read(Dialect::Nextest, &["   Compiling x", line]);
        assert!(spoke);
        assert_eq!(tally.summary(), "5 passed, 3 failed, 0 skipped");
    }

    #[test]
    fn a_stopped_nextest_run_is_counted() {
        let (tally, _) = read(
            Dialect::Nextest,
            &["  Summary [ 1.2s] 2/9 tests run: 1 passed, 1 failed, 0 skipped"],
        );
        assert_eq!(tally.summary(), "1 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn cargo_test_is_counted_over_programs() {
        let lines = [
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.02s",
        ];
        assert_eq!(
            read(Dialect::CargoTest, &lines).0.summary(),
            "6 passed, 1 failed, 0 skipped"
        );
        assert_eq!(read(Dialect::CargoTest, &lines).0.measurements, 1);
    }

    #[test]
    fn own_programs_are_counted_by_their_lines() {
        let (tally, _) = read(
            Dialect::Lines,
            &[
                "ok a call",
                "a table",
                "failed b: late",
                "skipped c: no sipp",
                "figure 4 worlds",
            ],
        );
        assert_eq!(tally.figures, ["4 worlds"]);
        assert!(!read(Dialect::Lines, &["figure 4 worlds"]).1);
        assert_eq!(tally.summary(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(
            tally.skips[0],
            Skip {
                what: "x c".to_owned(),
                why: "no sipp".to_owned(),
                enable: None
            }
        );
    }

    #[test]
    fn a_bad_end_or_silence_is_a_failure() {
        let settled = |dialect, success, spoke| {
            let mut tally = Tally::default();
            tally.settle(dialect, success, spoke);
            tally.summary()
        };
        assert_eq!(
            settled(Dialect::Nextest, false, false),
            "0 passed, 1 failed, 0 skipped"
        );
        assert_eq!(
            settled(Dialect::Lines, true, false),
            "0 passed, 1 failed, 0 skipped"
        );
        assert_eq!(
            settled(Dialect::CargoTest, true, true),
            "0 passed, 0 failed, 0 skipped"
        );
        assert_eq!(
            settled(Dialect::Status, true, false),
            "1 passed, 0 failed, 0 skipped"
        );
    }
}
