//! How a target is driven: its corpus first, then mutations of it.

use std::path::{Path, PathBuf};

use crate::mutate::{Random, mutate};
use crate::targets::Target;

/// Mutations per target when `UCX_FUZZ_RUNS` is not set: a few seconds in all.
pub const DEFAULT_RUNS: u64 = 3000;

/// How many mutations, and the seed of the first.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub runs: u64,
    pub seed: u64,
}

impl Plan {
    /// The plan the environment asks for.
    pub fn from_env() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        Self {
            runs: number("UCX_FUZZ_RUNS").unwrap_or(DEFAULT_RUNS),
            seed: number("UCX_FUZZ_SEED").unwrap_or(1),
        }
    }
}

/// Where a target's corpus lies.
pub fn corpus_dir(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The corpus entries in the order of their names.
pub fn corpus(target: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let mut paths = std::fs::read_dir(corpus_dir(target))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.into_iter().map(std::fs::read).collect()
}

/// Names the input whose reading panicked, while the panic passes through.
struct Witness<'a> {
    target: &'a str,
    input: &'a [u8],
    origin: String,
}

impl Drop for Witness<'_> {
    #[expect(
        clippy::print_stderr,
        reason = "the input that failed must be seen beside the panic"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "fuzz target {} failed on {}: {:?}",
                self.target,
                self.origin,
                self.input.escape_ascii().to_string()
            );
        }
    }
}

/// Feeds the target its corpus and then `plan.runs` mutations; returns how many inputs it took.
pub fn run(target: &Target, plan: Plan) -> std::io::Result<u64> {
    let corpus = corpus(target.name)?;
    let mut taken = 0;
    let mut feed = |input: &[u8], origin: String| {
        let _witness = Witness {
            target: target.name,
            input,
            origin,
        };
        (target.run)(input);
        taken += 1;
    };
    for (at, entry) in corpus.iter().enumerate() {
        feed(entry, format!("corpus entry {at}"));
    }
    for seed in (plan.seed..).take(usize::try_from(plan.runs).unwrap_or(usize::MAX)) {
        let mut random = Random::new(seed);
        let empty = Vec::new();
        let entry = corpus.get(random.below(corpus.len())).unwrap_or(&empty);
        let other = corpus.get(random.below(corpus.len())).unwrap_or(&empty);
        let input = mutate(&mut random, entry, other);
        feed(&input, format!("UCX_FUZZ_SEED={seed}"));
    }
    Ok(taken)
}
