//! Properties: printing and reading again gives the same; nothing read makes the reader fail.

use proptest::prelude::*;

use crate::{Config, parse_text};

fn shape(config: &Config) -> Vec<(String, bool, Vec<(String, String)>)> {
    let entries = |section: &crate::Section| {
        section
            .entries
            .iter()
            .map(|entry| (entry.key.clone(), entry.value.clone()))
            .collect()
    };
    config
        .with_templates()
        .map(|s| (s.name.clone(), s.template, entries(s)))
        .collect()
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "\\[[a-c]\\](\\((!|\\+|a|b|\\+,a|\\+k=v|!,c)\\))?",
        "[a-d+ ]{1,3}(=|=>|\\+=) ?[a-z;\\\\=>\\[\\]#\"é -]{0,12}",
        "#(tryinclude|include|exec|x) ?[a-z*/\"]{0,4}",
        "[ ;a=\\\\-]{0,12}",
        "\\PC{0,10}",
    ];
    prop::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same(text in lines()) {
        let (config, _) = parse_text("t", &text);
        let printed = config.to_string();
        let (again, diagnostics) = parse_text("t", &printed);
        prop_assert_eq!(shape(&config), shape(&again), "{}", printed);
        prop_assert!(diagnostics.is_empty(), "{:?}\n{}", diagnostics, printed);
    }
}
