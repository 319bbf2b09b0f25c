//! What sipp counted, from the last line of its statistics.

use anyhow::{Context, Result, bail};

/// The figures checks look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    pub successful: u64,
    pub failed: u64,
    /// Messages sent again because no answer came.
    pub retransmissions: u64,
}

impl Stats {
    /// Reads sipp's table: names in the first line, the newest figures in the last.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let names = lines.next().context("the statistics are empty")?;
        let figures: Vec<&str> = lines
            .next_back()
            .context("the statistics have no figures")?
            .split(';')
            .collect();
        let figure = |name: &str| -> Result<u64> {
            let place = names.split(';').position(|column| column == name);
            let text = place.and_then(|place| figures.get(place));
            let Some(text) = text else {
                bail!("the statistics have no {name}")
            };
            text.trim()
                .parse()
                .with_context(|| format!("reading {name} {text:?}"))
        };
        Ok(Self {
            successful: figure("SuccessfulCall(C)")?,
            failed: figure("FailedCall(C)")?,
            retransmissions: figure("Retransmissions(C)")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let text = "A;SuccessfulCall(C);FailedCall(C);Retransmissions(C);\nx;1;0;0;\nx;19;1;2;\n";
        assert_eq!(
            Stats::parse(text).unwrap(),
            Stats {
                successful: 19,
                failed: 1,
                retransmissions: 2
            }
        );
        assert!(Stats::parse("SuccessfulCall(C);FailedCall(C)\n1;2\n").is_err());
        assert!(Stats::parse("").is_err());
    }
}
