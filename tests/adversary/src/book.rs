//! What was tried, and did it hold? One line each, as a check's program prints them; and what neighbours felt, as a table.

use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use ucx_phone::LoadReport;

/// Prints results as they come and remembers whether all held.
#[derive(Default)]
pub struct Book {
    failed: usize,
    /// By neighbour: set-up of its calls in ms, undisturbed and beside each kind of attack.
    felt: BTreeMap<&'static str, Felt>,
    /// What streams of calls felt: beside what, how many, and half and 99 of 100 of their set-ups in ms.
    streams: Vec<(String, u64, f64, f64)>,
}

#[derive(Default)]
struct Felt {
    undisturbed: Vec<f64>,
    beside: BTreeMap<String, Vec<f64>>,
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

    /// What another one noted at the same time.
    pub fn absorb(&mut self, other: Self) {
        self.failed += other.failed;
        self.streams.extend(other.streams);
        for (neighbour, felt) in other.felt {
            let own = self.felt.entry(neighbour).or_default();
            own.undisturbed.extend(felt.undisturbed);
            for (attack, times) in felt.beside {
                own.beside.entry(attack).or_default().extend(times);
            }
        }
    }

    pub fn all_held(&self) -> bool {
        self.failed == 0
    }

    /// How long set-up of a neighbour's calls took while nobody did any harm, in ms.
    pub fn undisturbed(&mut self, neighbour: &'static str, setup_ms: Vec<f64>) {
        self.felt
            .entry(neighbour)
            .or_default()
            .undisturbed
            .extend(setup_ms);
    }

    /// The same beside an attack.
    pub fn disturbed(&mut self, neighbour: &'static str, attack: &str, setup_ms: &[f64]) {
        let felt = self.felt.entry(neighbour).or_default();
        let times = felt.beside.entry(attack.to_owned()).or_default();
        times.extend_from_slice(setup_ms);
    }

    /// What a stream of calls felt; the first one is the undisturbed one.
    pub fn stream(&mut self, beside: &str, report: &LoadReport) {
        let setup = &report.setup_ms;
        self.streams
            .push((beside.to_owned(), report.completed, setup.p50, setup.p99));
    }

    /// What neighbours felt, as a page has it.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| neighbour | beside | calls | p50 ms | p99 ms | p99 to undisturbed |\n|---|---|--:|--:|--:|--:|\n",
        );
        for (neighbour, felt) in &self.felt {
            let alone = quantile(&felt.undisturbed, 99);
            let nobody = ("nobody".to_owned(), felt.undisturbed.clone());
            for (attack, times) in [nobody]
                .iter()
                .map(|(attack, times)| (attack, times))
                .chain(&felt.beside)
            {
                let (p50, p99) = (quantile(times, 50), quantile(times, 99));
                let _ = writeln!(
                    text,
                    "| {neighbour} | {attack} | {} | {p50:.2} | {p99:.2} | {:.2} |",
                    times.len(),
                    p99 / alone
                );
            }
        }
        let alone = self.streams.first().map_or(f64::NAN, |(_, _, _, p99)| *p99);
        for (beside, calls, p50, p99) in &self.streams {
            let _ = writeln!(
                text,
                "| a stream of calls | {beside} | {calls} | {p50:.2} | {p99:.2} | {:.2} |",
                p99 / alone
            );
        }
        text
    }
}

fn quantile(times: &[f64], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_tells_how_much_slower_neighbours_were() {
        let (mut book, mut other) = (Book::default(), Book::default());
        book.undisturbed("calls", vec![1.0; 100]);
        book.disturbed("calls", "a loop", &[2.0; 50]);
        other.disturbed("calls", "a loop", &[3.0; 50]);
        other.note("it fails", Err(anyhow::anyhow!("as it should here")));
        book.absorb(other);
        let table = book.table();
        assert!(
            table.contains("| calls | nobody | 100 | 1.00 | 1.00 | 1.00 |\n"),
            "{table}"
        );
        assert!(
            table.contains("| calls | a loop | 100 | 2.00 | 3.00 | 3.00 |\n"),
            "{table}"
        );
        assert!(!book.all_held());
    }
}
