//! Properties: printing and reading again gives the same; nothing read makes the reader fail.

use proptest::prelude::*;

use crate::{Config, parse_text};

type Shape = Vec<(String, bool, Vec<(String, String)>)>;

fn shape(config: &Config) -> Shape {
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

/// A small file with every construct, to be broken at random.
const SAMPLE: &str = "\u{feff}; c\n[t](!)\ntype=endpoint\nallow=!all,ulaw\ncall_group=1-5\n[a](t)\naors=a\nset_var=A=1\n\
    permit=10.0.0.0/8\n#include b\n;-- x\n;-- y --;\n--;\n[a]\ntype=aor\ncontact=sip:a@b\n[a](+type=a.*r)\nmax_contacts+=1\n\
    [u]\ntype=transport\nbind=[::1]:5060\nlocal_net=::/0\n[i]\ntype=identify\nmatch=1.2.3.4/24,h\nendpoint=a\n[p]\ntype=auth\n\
    username=a\npassword_digest=MD5:0123456789abcdef0123456789abcdef\n[general]\nrtpstart=5\nstrictrtp=no\n";

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0..4_u8,
        any::<u8>(),
        any::<prop::sample::Index>(),
    );
    prop::collection::vec(change, 0..12).prop_map(|changes| {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (place, kind, byte, other) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"[](){}!+=>;-\\#*&,\0\n"[usize::from(byte) % 19]),
                2 => bytes.truncate(at.max(1)),
                _ => {
                    let from = other.index(bytes.len());
                    let piece = bytes[from..bytes.len().min(from + 40)].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn broken_files_are_read_in_bounded_time(bytes in mutated()) {
        let begun = std::time::Instant::now();
        crate::fuzz(&bytes);
        prop_assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        crate::fuzz(&bytes);
    }
}

#[test]
fn growth_by_inheritance_and_appending_is_bounded() {
    let mut text = String::from("[a0]\nk=xxxxxxxxxxxxxxxx\n");
    for n in 0..200 {
        text += &format!("[a{}](a{n},a{n})\nk+=yyyyyyyyyyyyyyyy\n", n + 1);
    }
    let begun = std::time::Instant::now();
    crate::fuzz(text.as_bytes());
    crate::fuzz("#include b\n#include b\n\0[a]\n#include b\n".as_bytes());
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}
