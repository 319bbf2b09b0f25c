//! Operations as clients know them from the captures: what they answer, and each of their errors.

mod beside;
mod bridges;
mod channels;
mod media;
mod others;

use super::BUILT;
use std::collections::BTreeSet;

#[test]
fn nothing_is_built_twice() {
    let mut seen = BTreeSet::new();
    for operation in BUILT.iter().flat_map(|operations| operations.iter()) {
        assert!(
            seen.insert((operation.resource, operation.name)),
            "{}.{}",
            operation.resource,
            operation.name
        );
    }
}
