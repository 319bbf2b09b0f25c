//! A table of what operators write and what it means.

use crate::{Limits, MemorySource, Severity, parse, parse_text, parse_with};

/// The configuration on one line: `name!{key=value;…}`, inherited entries marked `^`.
fn flat(text: &str) -> String {
    let (config, _) = parse_text("t.conf", text);
    let sections = config.with_templates().map(|section| {
        let mark = if section.template { "!" } else { "" };
        let entries: Vec<String> = (section.entries.iter())
            .map(|e| format!("{}{}={}", if e.inherited { "^" } else { "" }, e.key, e.value))
            .collect();
        format!("{}{mark}{{{}}}", section.name, entries.join("|"))
    });
    sections.collect()
}

fn said(text: &str) -> Vec<String> {
    let (_, diagnostics) = parse_text("t.conf", text);
    diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn every_form_means_what_the_field_says() {
    let table = [
        ("[a]\nk=v\nK = w\n", "a{k=v|K=w}"),
        ("[a]\r\nk => v\r\n", "a{k=v}"),
        ("\u{feff}[a]\nk = v", "a{k=v}"),
        ("  [a]  \n\tk\t=\tv w\t\n", "a{k=v w}"),
        ("[a]\nexten => 1,1,Set(X=a=>b)\n", "a{exten=1,1,Set(X=a=>b)}"),
        ("[a]\nk = ; nothing\n", "a{k=}"),
        ("[a]\nk = v ; said\n;k = w\n", "a{k=v}"),
        ("[a]\nk = v\\;w ; x\n", "a{k=v;w}"),
        ("[a]\nk = a\\\\b\\n\n", "a{k=a\\\\b\\n}"),
        ("[a]\nk = v\\;\\;w\\;;c\n", "a{k=v;;w;}"),
        ("[a]\nk = \"v\"\n", "a{k=\"v\"}"),
        ("[a]\nk = v;-- gone --;w\n", "a{k=vw}"),
        ("[a]\nk = v ;-- gone\nl = w\n--; m = x\n", "a{k=v|m=x}"),
        ("[a]\n;-- one ;-- two --; still --; k = v\n", "a{k=v}"),
        ("[a]\n;--- a rule\nk = v\n", "a{k=v}"),
        ("[a]\n;--;\nk = v\n--;\nl = w\n", "a{l=w}"),
        ("[t](!)\nk = 1\n[a](t)\nl = 2\n", "t!{k=1}a{^k=1|l=2}"),
        (
            "[t](!)\nk = 1\n[u](!,t)\nm = 3\n[a](u)\n",
            "t!{k=1}u!{^k=1|m=3}a{^k=1|^m=3}",
        ),
        ("[t]\nk = 1\n[u]\nk = 2\n[a](u,t)\n", "t{k=1}u{k=2}a{^k=2|^k=1}"),
        (
            "[t](!)\nk = 1\n[a](t)\n[t](+)\nl = 2\n[b](t)\n",
            "t!{k=1|l=2}a{^k=1}b{^k=1|^l=2}",
        ),
        (
            "[t](!)\nk = 1\n[a]\nl = 2\n[a](+,t)\nm = 3\n",
            "t!{k=1}a{l=2|^k=1|m=3}",
        ),
        ("[t](!)\nk = 1\n[a]\nl = 2\n[a](+t)\n", "t!{k=1}a{l=2|^k=1}"),
        (
            "[a]\ntype=endpoint\n[a]\ntype=aor\n[a](+)\nk=1\n",
            "a{type=endpoint|k=1}a{type=aor}",
        ),
        (
            "[a]\ntype=endpoint\n[a]\ntype=aor\n[a](+type=aor)\nk=1\n",
            "a{type=endpoint}a{type=aor|k=1}",
        ),
        (
            "[a]\nde=1\nx=y\n[a]\nde=36\n[a](+d.*=^3[0-9]+$)\nk=1\n",
            "a{de=1|x=y}a{de=36|k=1}",
        ),
        (
            "[a]\nx=1\ny=1\n[a]\nx=1\ny=2\n[a](+x=1&y=2)\nk=1\n",
            "a{x=1|y=1}a{x=1|y=2|k=1}",
        ),
        ("[t](!)\nk = a\n[a](t)\nk += b\nk += c\n", "t!{k=a}a{k=abc}"),
        ("[a]\nk += b\n", "a{k=b}"),
        ("[a]\nk=1\n[b]\n[a]\nk=2\n", "a{k=1}b{}a{k=2}"),
        ("[A]\n[a]\n", "A{}a{}"),
        (
            "[menu]\n# = leave_conference\n#1 = x\n* = y\n",
            "menu{#=leave_conference|#1=x|*=y}",
        ),
        (
            "[a]\neventfilter(action(exclude),name(VarSet)) = X\n",
            "a{eventfilter(action(exclude),name(VarSet))=X}",
        ),
        // What is refused takes its settings with it.
        ("[a](none)\nk=1\n[b]\nk=2\n", "b{k=2}"),
        ("[a](+)\nk=1\n[b]\n", "b{}"),
        ("[a\nk=1\n[b]\n", "b{}"),
        ("k=1\n[a]\n", "a{}"),
    ];
    for (text, expected) in table {
        assert_eq!(flat(text), expected, "{text:?}");
    }
}

#[test]
fn every_mistake_has_a_sentence_with_its_line() {
    let table = [
        (
            "k = v\n",
            "t.conf:1: error: 'k' stands before the first [section].",
        ),
        ("[a\n", "t.conf:1: error: a section's name lacks its closing ]."),
        (
            "[a](b\n",
            "t.conf:1: error: the options of [a] lack their closing ).",
        ),
        ("[]\n", "t.conf:1: error: a section needs a name between [ and ]."),
        (
            "\n[a](x)\n",
            "t.conf:2: error: [a] inherits from [x], which is not defined above; it is left out.",
        ),
        (
            "[a](+)\n",
            "t.conf:1: error: [a](+) adds to a section that is not defined above; it is left out.",
        ),
        (
            "[a](+x=(y))\n",
            "t.conf:1: error: '(' in the qualifier '(y)' is not understood.",
        ),
        (
            "[a] x\n",
            "t.conf:1: warning: 'x' behind the section's header has no meaning.",
        ),
        (
            "[a]\nnonsense\n",
            "t.conf:2: warning: 'nonsense' has no = between a key and a value.",
        ),
        ("[a]\n= v\n", "t.conf:2: warning: no key stands before the =."),
        (
            "#frob x\n",
            "t.conf:1: warning: #frob is not a directive; the line is ignored.",
        ),
        (
            "#exec /bin/ls\n",
            "t.conf:1: error: #exec is refused: this host runs no programs to read its configuration.",
        ),
        (
            "#include\n",
            "t.conf:1: error: #include needs the name of a file.",
        ),
        (
            "#include \"x.conf\"\n",
            "t.conf:1: error: the included file 'x.conf' cannot be read: there is no such file.",
        ),
        (
            "#include d/*.conf\n",
            "t.conf:1: warning: no file matches 'd/*.conf'.",
        ),
        (
            "#include ./t.conf\n",
            "t.conf:1: error: './t.conf' includes itself; it is not read again.",
        ),
        (
            "[a]\nk=v ;-- x\n\n",
            "t.conf:2: warning: the comment opened with ;-- is never closed with --;.",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(said(text), [expected], "{text:?}");
    }
    for quiet in [
        "#tryinclude x.conf\n",
        "#tryinclude d/*\n",
        "[a] ; x\n",
        "; k\n\n",
        ";-- x\n--;\n",
    ] {
        assert_eq!(said(quiet), [""; 0], "{quiet:?}");
    }
}

#[test]
fn included_lines_stand_where_the_include_stands() {
    let source = MemorySource::new()
        .with(
            "main.conf",
            "[a]\nk=1\n#include <d/x.conf> ; said\nm=4\n#tryinclude \"d/{y,z}*.conf\"\n",
        )
        .with("d/x.conf", "l=2\n[b]\nl=3")
        .with("d/y.conf", "[y]\n")
        .with("d/z1.conf", "[z]\nk=1\n")
        .with("d/.zhidden.conf", "[no]\n")
        .with("d/e/y.conf", "[no]\n");
    let (config, diagnostics) = parse(&source, "main.conf");
    assert_eq!(diagnostics, []);
    let names: Vec<&str> = config.sections().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "y", "z"]);
    assert_eq!(config.text("a", "l"), Some("2"));
    assert_eq!(config.entry("b", "m").unwrap().origin.to_string(), "main.conf:4");
    assert_eq!(config.entry("b", "l").unwrap().origin.to_string(), "d/x.conf:3");
    assert_eq!(config.files(), ["main.conf", "d/x.conf", "d/y.conf", "d/z1.conf"]);
}

#[test]
fn includes_end() {
    let mut source = MemorySource::new()
        .with("a", "#include b\n")
        .with("b", "[b]\n#include a\n");
    let (config, diagnostics) = parse(&source, "a");
    assert_eq!(config.sections().count(), 1);
    assert_eq!(
        diagnostics[0].to_string(),
        "b:2: error: 'a' includes itself; it is not read again."
    );
    for n in 0..20 {
        source = source.with(
            &format!("n{n}"),
            format!("[s{n}]\n#include n{}\n#include n{0}\n", n + 1),
        );
    }
    let (config, diagnostics) = parse(&source, "n0");
    assert_eq!(config.section("s10").unwrap().name, "s10");
    assert!(config.section("s11").is_none());
    assert_eq!(diagnostics[0].message, "includes are nested more than 10 deep");
}

#[test]
fn limits_end_the_reading_with_an_error() {
    let mut text = "[t0]\na=bcdefgh\n".to_owned();
    for n in 0..60 {
        text += &format!("[t{}](t{n},t{n})\n", n + 1);
    }
    let source = MemorySource::new().with("t", text.clone());
    let limits = Limits {
        entries: 5_000,
        ..Limits::default()
    };
    let (config, diagnostics) = parse_with(&source, "t", &limits);
    assert!(
        config
            .sections()
            .map(|section| section.entries.len())
            .sum::<usize>()
            <= 5_000
    );
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(
        diagnostics[0].message,
        "there are too many settings; what follows is not read"
    );

    let long = format!("[a]\nk={}\nl=1\n", "x".repeat(100));
    let limits = Limits {
        line_bytes: 50,
        ..Limits::default()
    };
    let (config, diagnostics) = parse_with(&MemorySource::new().with("t", long), "t", &limits);
    assert_eq!(config.text("a", "k"), None);
    assert_eq!(config.text("a", "l"), Some("1"));
    assert_eq!(
        diagnostics[0].to_string(),
        "t:2: error: the line is longer than 50 bytes."
    );

    let limits = Limits {
        value_bytes: 5,
        ..Limits::default()
    };
    let grows = MemorySource::new().with("t", "[a]\nk=123\nk+=456\n");
    let (config, diagnostics) = parse_with(&grows, "t", &limits);
    assert_eq!(config.text("a", "k"), Some("123"));
    assert_eq!(diagnostics.len(), 1);

    let limits = Limits {
        sections: 3,
        ..Limits::default()
    };
    let (config, _) = parse_with(&source, "t", &limits);
    assert_eq!(config.sections().count(), 3);
}

#[test]
fn foreign_bytes_are_kept_as_marks_and_said_once() {
    let source = MemorySource::new().with("t", &b"[a]\nname = M\xfcller\nname = J\xfcrg\n"[..]);
    let (config, diagnostics) = parse(&source, "t");
    assert_eq!(config.text("a", "name"), Some("J\u{fffd}rg"));
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(
        (diagnostics[0].severity, diagnostics[0].origin.line),
        (Severity::Warning, 2)
    );
    let wide = MemorySource::new().with("t", &b"\xff\xfe[\0a\0]\0"[..]);
    assert!(parse(&wide, "t").1[0].is_error());
}

#[test]
fn sections_of_one_name_stand_apart_or_together() {
    let (config, _) = parse_text("t", "[a]\nk=1\n[a](!)\nk=no\n[b]\n[a]\nK=2\nl=3\n");
    assert_eq!(config.sections_named("a").count(), 2);
    assert_eq!(config.section("a").unwrap().text("k"), Some("1"));
    let merged = config.merged("a").unwrap();
    let values: Vec<&str> = merged.get_all("k").map(|entry| entry.value.as_str()).collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(config.text("a", "k"), Some("2"));
    assert!(config.merged("c").is_none());
}

#[test]
fn a_missing_file_is_said_and_known() {
    let (config, diagnostics) = parse(&MemorySource::new(), "no.conf");
    assert!(!config.found());
    assert_eq!(
        diagnostics[0].to_string(),
        "no.conf: error: the file cannot be read: there is no such file."
    );
    assert!(parse_text("t", "").0.found());
}

#[test]
fn diagnostics_are_bounded() {
    let (_, diagnostics) = parse_text("t", &"[a]\nx\n".repeat(3_000));
    assert_eq!(diagnostics.len(), crate::MAX_DIAGNOSTICS + 1);
    assert_eq!(
        diagnostics.last().unwrap().message,
        "2000 more errors and warnings are not shown"
    );
}
