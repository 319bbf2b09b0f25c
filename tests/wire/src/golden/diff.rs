//! The difference of two sequences, with what is nearly the same shown field by field.

/// One message: what it is, and its fields in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its name and what tells it from others of that name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

impl Told {
    /// The value of its first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Lines that say how `ours` differs from `gold`; empty if it does not.
pub(crate) fn differences(gold: &[Told], ours: &[Told]) -> Vec<String> {
    let pairs = common(gold, ours, |a, b| a.name == b.name);
    let mut lines = Vec::new();
    let (mut at_gold, mut at_ours) = (0, 0);
    for (in_gold, in_ours) in pairs.into_iter().chain([(gold.len(), ours.len())]) {
        lines.extend(
            gold[at_gold..in_gold]
                .iter()
                .map(|told| format!("- {}", told.name)),
        );
        lines.extend(
            ours[at_ours..in_ours]
                .iter()
                .map(|told| format!("+ {}", told.name)),
        );
        if let (Some(a), Some(b)) = (gold.get(in_gold), ours.get(in_ours)) {
            field_differences(a, b, &mut lines);
        }
        (at_gold, at_ours) = (in_gold + 1, in_ours + 1);
    }
    lines
}

fn field_differences(gold: &Told, ours: &Told, lines: &mut Vec<String>) {
    if gold.fields == ours.fields {
        return;
    }
    let pairs = common(&gold.fields, &ours.fields, |a, b| a == b);
    let (mut at_gold, mut at_ours) = (0, 0);
    for (in_gold, in_ours) in pairs.into_iter().chain([(gold.fields.len(), ours.fields.len())]) {
        for (name, value) in &gold.fields[at_gold..in_gold] {
            lines.push(format!("- {}  {name}: {value}", gold.name));
        }
        for (name, value) in &ours.fields[at_ours..in_ours] {
            lines.push(format!("+ {}  {name}: {value}", ours.name));
        }
        (at_gold, at_ours) = (in_gold + 1, in_ours + 1);
    }
}

/// The longest common subsequence, as pairs of places.
fn common<T>(a: &[T], b: &[T], is_same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut lengths = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if is_same(&a[i], &b[j]) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < a.len() && j < b.len() {
        if is_same(&a[i], &b[j]) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, value: &str) -> Told {
        Told {
            name: name.to_owned(),
            fields: vec![("V".to_owned(), value.to_owned())],
        }
    }

    #[test]
    fn what_is_missing_added_and_changed_is_named() {
        let gold = [told("a", "1"), told("b", "1"), told("c", "1")];
        let ours = [told("a", "2"), told("c", "1"), told("d", "1")];
        assert_eq!(
            differences(&gold, &ours),
            ["- a  V: 1", "+ a  V: 2", "- b", "+ d"]
        );
        assert!(differences(&gold, &gold).is_empty());
    }
}
