//! The `ucx` program.
fn main() {}
