//! Edits as Manager clients ask for them, and what they leave in the file.

use super::*;
use crate::parse_text;
use proptest::prelude::*;

const SAMPLE: &str = "; a comment on top
[general]
name = main ; behind
list => one
list => two

[tpl](!)
color = red

[item](tpl)
size = 1
; inner comment
size = 2

[empty]
";

fn document() -> Document {
    Document::parse(SAMPLE)
}

fn new_category(name: &str, is_template: bool, inherits: &[&str]) -> Edit {
    Edit::NewCategory {
        name: name.to_owned(),
        allows_duplicates: false,
        is_template,
        inherits: inherits.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn append(category: &str, key: &str, value: &str) -> Edit {
    Edit::Append {
        category: Target::named(category),
        key: key.to_owned(),
        value: Value::from_request(value),
    }
}

fn update(category: &str, key: &str, value: &str, matches: Option<&str>) -> Edit {
    Edit::Update {
        category: Target::named(category),
        key: key.to_owned(),
        value: Value::from_request(value),
        matches: matches.map(str::to_owned),
    }
}

fn delete(category: &str, key: &str, matches: Option<&str>) -> Edit {
    Edit::Delete {
        category: Target::named(category),
        key: key.to_owned(),
        matches: matches.map(str::to_owned),
    }
}

#[test]
fn what_is_not_edited_comes_out_as_it_went_in() {
    for text in [
        SAMPLE,
        "",
        "# comment = no\n#include x.conf\n[a\n;-- long\n--;\n[b](+)\nx=\\;\n; end\n",
    ] {
        assert_eq!(Document::parse(text).to_string(), text);
    }
}

#[test]
fn the_conversation_of_the_capture_leaves_its_file() {
    let mut document = document();
    let edits: [(Edit, Result<(), EditError>); 16] = [
        (new_category("new", false, &[]), Ok(())),
        (new_category("new", false, &[]), Err(EditError::CategoryExists)),
        (new_category("based", false, &["tpl"]), Ok(())),
        (new_category("hidden", true, &[]), Ok(())),
        (append("new", "k", "v1"), Ok(())),
        (append("new", "k", ">v2"), Ok(())),
        (update("new", "k", "v9", Some("v1")), Ok(())),
        (update("new", "nosuch", "x", None), Err(EditError::NotUpdated)),
        (
            Edit::Insert {
                category: Target::named("new"),
                key: "first".to_owned(),
                value: Value::from_request("1"),
                line: 0,
            },
            Ok(()),
        ),
        (delete("new", "k", Some("v9")), Ok(())),
        (
            Edit::DeleteLine {
                category: Target::named("new"),
                line: 0,
            },
            Ok(()),
        ),
        (
            Edit::RenameCategory {
                category: Target::named("new"),
                name: "newer".to_owned(),
            },
            Ok(()),
        ),
        (Edit::EmptyCategory(Target::named("item")), Ok(())),
        (Edit::DeleteCategory(Target::named("empty")), Ok(())),
        (
            Edit::DeleteCategory(Target::named("nosuch")),
            Err(EditError::NoCategory),
        ),
        (append("nosuch", "a", "b"), Err(EditError::NoCategory)),
    ];
    for (edit, outcome) in edits {
        let shown = format!("{edit:?}");
        assert_eq!(document.apply(edit), outcome, "{shown}");
    }
    let expected = "; a comment on top
[general]
name = main ; behind
list => one
list => two

[tpl](!)
color = red

[item](tpl)
[newer]
k => v2
[based](tpl)
color = red
[hidden](!)
";
    assert_eq!(document.to_string(), expected);
    // The field's own readers see the template's entry twice in what was based on it.
    let based = document.categories().find(|category| category.name == "based");
    assert_eq!(
        based.map(|based| based.entries),
        Some(vec![("color", "red"), ("color", "red")])
    );
}

#[test]
fn a_changed_entry_keeps_its_comments_and_its_place() {
    let mut document = document();
    document
        .apply(update("general", "NAME", "other; one", None))
        .expect("there");
    document.apply(delete("item", "size", Some("2"))).expect("there");
    document
        .apply(update("item", "color", "blue", None))
        .expect("inherited");
    let text = document.to_string();
    assert!(
        text.contains("name = other\\; one   ; behind\nlist => one"),
        "{text}"
    );
    assert!(text.contains("size = 1\ncolor = blue\n"), "{text}");
    assert!(
        text.contains("color = red\n"),
        "the template is as it was: {text}"
    );
    let (read, _) = parse_text("x.conf", &text);
    assert_eq!(read.text("general", "name"), Some("other; one"));
    assert_eq!(read.text("item", "color"), Some("blue"));
}

#[test]
fn lines_are_counted_with_inherited_entries_first() {
    let mut document = document();
    let line = |line| Edit::DeleteLine {
        category: Target::named("item"),
        line,
    };
    assert_eq!(
        document.apply(line(0)),
        Err(EditError::NotDeleted),
        "it is the template's"
    );
    assert_eq!(document.apply(line(3)), Err(EditError::NotDeleted));
    document.apply(line(1)).expect("size=1");
    let item = document.categories().find(|category| category.name == "item");
    assert_eq!(
        item.map(|item| item.entries),
        Some(vec![("color", "red"), ("size", "2")])
    );
}

#[test]
fn filters_choose_among_sections_of_one_name() {
    let mut document = Document::parse("[a]\nkind=x\n[a]\nkind=y\n[t](!)\n");
    let target = |filter| Target {
        name: "a".to_owned(),
        filter: Some(Filter::parse(filter).expect("a filter")),
    };
    document
        .apply(Edit::DeleteCategory(target("^kin=^y$")))
        .expect("the second");
    assert_eq!(document.to_string(), "[a]\nkind=x\n[t](!)\n");
    assert_eq!(
        document.apply(Edit::DeleteCategory(target("kind=z"))),
        Err(EditError::NoCategory)
    );
    let names = |filter: &str| {
        let filter = Filter::parse(filter).expect("a filter");
        let all = document.categories().filter(|category| filter.fits(category));
        all.map(|category| category.name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["a"]);
    assert_eq!(names("TEMPLATES=include"), ["a", "t"]);
    assert_eq!(names("TEMPLATES=restrict"), ["t"]);
    for bad in ["x", "a=(", "TEMPLATES=some"] {
        assert_eq!(Filter::parse(bad), Err(BadFilter), "{bad}");
    }
}

#[test]
fn nothing_can_be_written_that_is_more_than_one_line() {
    let mut document = document();
    for edit in [
        append("general", "a\nb", "c"),
        append("general", "a", "b\r\n[evil]"),
        append("general", "a=b", "c"),
        append("general", "#exec", "c"),
        append("general", "[x]", "c"),
        append("general", "", "c"),
        new_category("x]\n[y", false, &[]),
        new_category(" ", false, &[]),
        update("general", "name", "a\nb", None),
    ] {
        let shown = format!("{edit:?}");
        assert_eq!(document.apply(edit), Err(EditError::Malformed), "{shown}");
    }
    assert_eq!(document.to_string(), SAMPLE);
}

#[test]
fn a_notice_replaces_the_one_before() {
    let once = document().with_notice("sample.conf", "/etc/sample.conf", "Manager", "today");
    assert!(once.starts_with(";!\n;! Automatically generated"));
    assert!(once.ends_with(SAMPLE));
    let twice = Document::parse(&once).with_notice("sample.conf", "/etc/sample.conf", "Manager", "today");
    assert_eq!(once, twice);
}

proptest! {
    #[test]
    fn any_text_survives_and_appended_values_are_read_back(text in "[\\[\\]a-c=;>()!+# \n-]{0,80}", value in "[ -~]{0,20}") {
        let mut document = Document::parse(&text);
        let mut again = document.to_string();
        if !text.ends_with('\n') && !again.is_empty() {
            again.pop();
        }
        prop_assert_eq!(&again, &text);
        let is_closed = Document::parse(&format!("{text}\n[probe]\n")).categories().any(|category| category.name == "probe");
        document.apply(new_category("fresh", false, &[])).expect("a good name");
        document.apply(append("fresh", "key", &value)).expect("a good value");
        if is_closed {
            let (read, _) = parse_text("x.conf", &document.to_string());
            let expected = crate::line::trim(value.strip_prefix('>').unwrap_or(&value));
            prop_assert_eq!(read.text("fresh", "key"), Some(expected));
        }
    }
}
