//! Properties over random dialplans: the order of patterns, the tree against a plain search, and hostile bytes.

use super::*;
use crate::{Pattern, Progress};
use proptest::prelude::*;
use std::fmt::Write as _;

fn names() -> impl Strategy<Value = String> {
    let element = prop::sample::select(vec!["X", "Z", "N", "[1-3]", "[4-79]", "1", "2", "3", "9", "*"]);
    let wildcard = prop::sample::select(vec!["", "", ".", "!"]);
    let pattern = (prop::collection::vec(element, 1..4), wildcard)
        .prop_map(|(elements, wildcard)| format!("_{}{wildcard}", elements.concat()));
    prop_oneof![1 => "[0-9*]{1,4}", 3 => pattern]
}

fn parsed(name: &str) -> Pattern {
    Pattern::parse(name).expect("generated names are names")
}

proptest! {
    #[test]
    fn the_order_of_patterns_is_total(a in names(), b in names(), c in names()) {
        let (a, b, c) = (parsed(&a), parsed(&b), parsed(&c));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn the_tree_finds_what_a_plain_search_finds(
        names in prop::collection::btree_set(names(), 1..30),
        dialled in "[0-9*]{0,5}",
    ) {
        let mut text = "[c]\n".to_owned();
        names.iter().for_each(|name| writeln!(text, "exten => {name},1,NoOp()").expect("a string grows"));
        let (plan, _) = loaded(&text);
        let query = query("c", &dialled);
        let mut matching: Vec<Pattern> = names.iter().map(|name| parsed(name)).collect();
        matching.retain(|pattern| pattern.matches(&dialled));
        matching.sort();
        let found = plan.step(&query, 1).map(|step| parsed(step.pattern));
        prop_assert_eq!(found.as_ref(), matching.first());
        let more = |name: &String| matches!(parsed(name).progress(&dialled), Progress::Prefix | Progress::Open);
        prop_assert_eq!(plan.match_more(&query), names.iter().any(more));
        let can = |name: &String| parsed(name).progress(&dialled) != Progress::Mismatch;
        prop_assert_eq!(plan.can_match(&query), names.iter().any(can));
    }

    #[test]
    fn listing_goes_by_the_order_of_patterns(names in prop::collection::btree_set(names(), 1..30)) {
        let mut text = "[c]\n".to_owned();
        names.iter().for_each(|name| writeln!(text, "exten => {name},1,NoOp()").expect("a string grows"));
        let (plan, _) = loaded(&text);
        let listed = plan.context("c").expect("the context").extensions();
        prop_assert_eq!(listed.len(), names.len());
        prop_assert!(listed.windows(2).all(|pair| pair[0].pattern() <= pair[1].pattern()));
    }

    #[test]
    fn no_bytes_make_it_panic(
        data in prop::collection::vec(any::<u8>(), 0..200),
        lines in "(\\[c\\]\n)?((exten|same|include|ignorepat) => [_0-9XN\\[\\].!,n+()/s${}:-]{0,20}\n){0,8}",
    ) {
        crate::fuzz(&data);
        crate::fuzz(lines.as_bytes());
    }
}
