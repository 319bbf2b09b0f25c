//! Tables of substitutions against a small world of variables.

use super::*;
use proptest::prelude::*;

#[derive(Default)]
struct World {
    problems: Vec<String>,
    calls: Vec<String>,
}

impl Scope for World {
    fn variable(&mut self, name: &str) -> Option<String> {
        let value = match name {
            "EXTEN" => "918005551212",
            "NAME" => "EXTEN",
            "N" => "3",
            "ARR_3" => "third",
            "DOLLAR" => "${EXTEN}",
            "SMILE" => ":) }",
            "CALL" => "UP(x)",
            "CAFE" => "caf\u{e9}!",
            "COUNT" => "4",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn function(&mut self, name: &str, arguments: &str) -> Result<String, FunctionError> {
        self.calls.push(format!("{name}({arguments})"));
        match name {
            "UP" => Ok(arguments.to_uppercase()),
            "ID" => Ok(arguments.to_owned()),
            "LONG" => Ok("x".repeat(40_000)),
            "SLOW" => Err(FunctionError::Waits),
            _ => Err(FunctionError::Unknown),
        }
    }

    fn report(&mut self, problem: Problem<'_>) {
        self.problems.push(problem.to_string());
    }
}

#[test]
fn texts_are_substituted_as_the_field_does() {
    let table = [
        ("plain", "plain"),
        ("${EXTEN}", "918005551212"),
        ("a${EXTEN}b$c", "a918005551212b$c"),
        ("${NOTSET}", ""),
        ("${exten}", ""),
        ("${EXTEN:1}", "18005551212"),
        ("${EXTEN:1:3}", "180"),
        ("${EXTEN:-4}", "1212"),
        ("${EXTEN:-4:2}", "12"),
        ("${EXTEN:-4:-1}", "121"),
        ("${EXTEN:0:-4}", "91800555"),
        ("${EXTEN:99}", ""),
        ("${EXTEN:-99}", "918005551212"),
        ("${EXTEN:1:0}", ""),
        ("${EXTEN:x}", "918005551212"),
        ("${EXTEN:${N}:${N}}", "005"),
        ("${CAFE:3:1}", "\u{e9}"),
        ("${${NAME}}", "918005551212"),
        ("${ARR_${N}}", "third"),
        ("${DOLLAR}", "${EXTEN}"),
        ("${${DOLLAR}}", ""),
        ("${UP(${DOLLAR})}", "${EXTEN}"),
        ("${UP(abc)}", "ABC"),
        ("${UP(abc):1}", "BC"),
        ("${UP(a:b)}", "A:B"),
        ("${UP(${ID(a(b)c)})}", "A(B)C"),
        ("${UP(${SMILE})}", ":) }"),
        ("${UP(${SMILE}):0:2}", ":)"),
        ("${${CALL}}", "X"),
        ("${UP()}", ""),
        ("$[1 + ${COUNT}]", "5"),
        ("$[${COUNT} > 3]", "1"),
        ("$[$[1+1]*2]", "4"),
        ("${EXTEN:$[1 + 2]:$[2]}", "00"),
        ("$[\"${EXTEN}\" =~ \"^9[0-9]+\"]", "12"),
        ("x$[\"${NOTSET}\" = \"\"]y", "x1y"),
        ("\\${N}", "\\3"),
        ("100%$", "100%$"),
        ("$${N}", "$3"),
    ];
    for (text, expected) in table {
        let mut world = World::default();
        let result = substitute(&mut world, text).expect(text);
        assert_eq!(result, expected, "{text}");
        assert!(world.problems.is_empty(), "{text}: {:?}", world.problems);
    }
}

#[test]
fn mistakes_are_reported_and_the_rest_goes_on() {
    let table = [
        ("a${EXTEN", "a918005551212", "'${' has no '}'"),
        ("a$[1+1", "a2", "'$[' has no ']'"),
        ("${UP(abc}", "ABC", "function UP has no closing parenthesis"),
        ("${NOPE(1)}!", "!", "function NOPE: there is no such function"),
        (
            "[$[${NOTSET} + 1]]",
            "[]",
            "expression ' + 1': '+' is not expected there",
        ),
        ("$[abc + 1]", "0", "expression 'abc + 1': 'abc' is no number"),
    ];
    for (text, expected, problem) in table {
        let mut world = World::default();
        assert_eq!(substitute(&mut world, text).expect(text), expected, "{text}");
        assert_eq!(world.problems, [problem], "{text}");
    }
}

#[test]
fn text_without_substitutions_is_borrowed() {
    let result = substitute(&mut World::default(), "PJSIP/alice,20,$5");
    assert!(matches!(result, Ok(Cow::Borrowed("PJSIP/alice,20,$5"))));
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = |levels: usize| format!("{}N{}", "${".repeat(levels), "}".repeat(levels));
    assert_eq!(
        substitute(&mut World::default(), &deep(33)),
        Err(SubstituteError::TooDeep)
    );
    assert!(substitute(&mut World::default(), &deep(32)).is_ok());
    assert_eq!(
        substitute(&mut World::default(), &deep(20_000)),
        Err(SubstituteError::TooDeep)
    );
    assert_eq!(
        substitute(&mut World::default(), "${LONG()}${LONG()}"),
        Err(SubstituteError::TooLong)
    );
}

#[test]
fn a_function_that_waits_ends_the_substitution() {
    let waits = SubstituteError::Waits {
        name: "SLOW".to_owned(),
        arguments: "a3".to_owned(),
    };
    assert_eq!(
        substitute(&mut World::default(), "x${UP(${SLOW(a${N})})}"),
        Err(waits)
    );
}

#[test]
fn every_part_is_read_once() {
    let mut world = World::default();
    let _ = substitute(&mut world, "${UP(${ID(1)})}${${ID(EXTEN)}}");
    assert_eq!(world.calls, ["ID(1)", "UP(1)", "ID(EXTEN)"]);
}

proptest! {
    #[test]
    fn substituting_never_panics(text in "[$\\[\\]{}():A-Z0-9+\"\u{e9} -]{0,60}") {
        let _ = substitute(&mut World::default(), &text);
    }

    #[test]
    fn cutting_agrees_with_counting_characters(value in "[a-c\u{e9}]{0,8}", offset in -10_i64..10, length in -10_i64..10) {
        let letters: Vec<char> = value.chars().collect();
        let count = letters.len() as i64;
        let from = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
        let to = if length < 0 { (count + length).max(from) } else { (from + length).min(count) };
        let expected: String = letters[from as usize..to as usize].iter().collect();
        prop_assert_eq!(cut(&value, &format!("{offset}:{length}")), expected);
    }
}
