//! Fuzz targets for everything that reads bytes from strangers, and a runner for the stable toolchain.
//!
//! Each target replays its corpus in `corpus/<target>/` and then seeded mutations of it. `UCX_FUZZ_RUNS` sets how many
//! mutations, `UCX_FUZZ_SEED` where they begin; a failure names the seed that repeats it.

pub mod mutate;
pub mod runner;
pub mod targets;

#[cfg(test)]
mod oracles;
#[cfg(test)]
mod tests;
