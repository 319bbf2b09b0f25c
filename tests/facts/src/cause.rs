//! Why calls end.

use crate::table::rows;
use std::sync::OnceLock;

/// A cause of Q.850.
#[derive(Debug)]
pub struct CauseFact {
    /// Its number.
    pub code: u16,
    /// Its symbolic name.
    pub name: &'static str,
    /// Its text in `Cause-txt`.
    pub text: &'static str,
}

/// All causes that have a name.
pub fn causes() -> &'static [CauseFact] {
    static CAUSES: OnceLock<Vec<CauseFact>> = OnceLock::new();
    CAUSES.get_or_init(|| {
        let text = include_str!("../data/hangup-causes.tsv");
        let rows = rows("hangup-causes.tsv", text, &["code", "name", "cause_txt"]);
        let causes = rows.iter().map(|row| CauseFact {
            code: row.column(0).parse().unwrap_or_else(|_| row.fail("no number")),
            name: row.column(1),
            text: row.column(2),
        });
        causes.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_rise_and_have_texts() {
        assert_eq!(causes().len(), 49);
        assert!(causes().windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(
            causes()
                .iter()
                .all(|cause| cause.code <= 127 && !cause.text.is_empty())
        );
    }
}
