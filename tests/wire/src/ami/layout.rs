//! Whether headers stand in the order a layout asks for.

use ucx_facts::Item;

/// Where headers leave their layout: how many of them fit. None if all do.
pub(crate) fn misfit(layout: &[Item], headers: &[(String, String)]) -> Option<usize> {
    let mut walk = Walk { headers, furthest: 0 };
    let fits = walk.all(layout, 0, &mut |at| at == headers.len());
    (!fits).then_some(walk.furthest)
}

struct Walk<'a> {
    headers: &'a [(String, String)],
    furthest: usize,
}

impl Walk<'_> {
    /// Whether `items` fit from `at` on, so that what comes behind them fits as well.
    fn all(&mut self, items: &[Item], at: usize, behind: &mut dyn FnMut(usize) -> bool) -> bool {
        let Some((item, rest)) = items.split_first() else {
            self.furthest = self.furthest.max(at);
            return behind(at);
        };
        match item {
            Item::One(name, value) => {
                self.furthest = self.furthest.max(at);
                let fits = self.headers.get(at).is_some_and(|(is, said)| {
                    name.matches(is) && value.as_ref().is_none_or(|value| value == said)
                });
                fits && self.all(rest, at + 1, behind)
            }
            Item::Maybe(inner) => {
                let both: Vec<Item> = inner.iter().chain(rest).cloned().collect();
                self.all(&both, at, behind) || self.all(rest, at, behind)
            }
            Item::Repeat(inner) => {
                let again: Vec<Item> = inner.iter().chain(items).cloned().collect();
                let can_begin = self.headers.len() > at;
                (can_begin && self.all(&again, at, behind)) || self.all(rest, at, behind)
            }
            Item::Either(ways) => ways.iter().any(|way| {
                let whole: Vec<Item> = way.iter().chain(rest).cloned().collect();
                self.all(&whole, at, behind)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_facts::parse_layout;

    fn fits(layout: &str, names: &str) -> Option<usize> {
        let headers: Vec<_> = names
            .split_whitespace()
            .map(|name| (name.to_owned(), "v".to_owned()))
            .collect();
        misfit(&parse_layout(layout).expect("a layout"), &headers)
    }

    #[test]
    fn order_and_presence_are_asked_for() {
        assert_eq!(fits("A B? C", "A B C"), None);
        assert_eq!(fits("A B? C", "A C"), None);
        assert_eq!(fits("A B? C", "A C B"), Some(2));
        assert_eq!(fits("A B? C", "A B"), Some(2));
        assert_eq!(fits("A B", "B A"), Some(0));
    }

    #[test]
    fn repeats_and_choices_are_tried() {
        assert_eq!(fits("<any>* Z", "A B Z"), None);
        assert_eq!(fits("<any>* Z", "A B"), Some(2));
        assert_eq!(fits("(A B \\ C) D", "C D"), None);
        assert_eq!(fits("(A B \\ C) D", "A D"), Some(1));
        assert_eq!(fits("R<N>A* R<N>B*", "R0A R0B R1A R1B"), None);
        assert_eq!(fits("R<N>A* R<N>B*", "R0A R1A"), Some(1));
    }
}
