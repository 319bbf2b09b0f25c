//! Tables of expressions, and printing against parsing.

use super::*;
use proptest::prelude::*;

const VALUES: &[(&str, &str)] = &[
    ("", ""),
    ("  ", ""),
    ("1 + 2", "3"),
    ("1+2*3", "7"),
    ("(1+2)*3", "9"),
    ("10 - 2 - 3", "5"),
    ("7 / 2", "3.5"),
    ("8 / 2", "4"),
    ("1/3", "0.333333333333333"),
    ("7 % 3", "1"),
    ("-7 % 3", "-1"),
    ("2 * -3", "-6"),
    ("- 5 + 2", "-3"),
    ("0.1 + 0.2", "0.3"),
    ("1.50 + 1", "2.5"),
    ("9223372036854775807 + 1", "9.22337203685478e+18"),
    ("0.00001 * 1", "0.00001"),
    ("007", "007"),
    ("007 = 7", "1"),
    ("\"007\" = \"7\"", "0"),
    ("\"10\" < \"9\"", "1"),
    ("10 < 9", "0"),
    ("1.0 = 1", "1"),
    ("abc = abc", "1"),
    ("\"abc\" = abc", "1"),
    ("\"a b\" == \"a b\"", "1"),
    ("a != b", "1"),
    ("2 >= 2", "1"),
    ("2 <= 1", "0"),
    ("apple < banana", "1"),
    ("\"\" = \"\"", "1"),
    ("\"ANSWER\" = \"BUSY\"", "0"),
    ("1 & 2", "1"),
    ("1 & 0", "0"),
    ("\"\" & 1", "0"),
    ("0 | 5", "5"),
    ("3 | 5", "3"),
    ("\"\" | \"no\"", "no"),
    ("1 | 0 & 0", "1"),
    ("1 = 1 & 2 = 2", "1"),
    ("1 = 2 | 2 = 2", "1"),
    ("!0", "1"),
    ("!\"0\"", "1"),
    ("!\"\"", "1"),
    ("!yes", "0"),
    ("!1 = 0", "1"),
    ("1 ? yes :: no", "yes"),
    ("0 ? yes :: no", "no"),
    ("\"\" ? \"a b\" :: \"c d\"", "c d"),
    ("1 = 2 ? a :: 2 = 2 ? b :: c", "b"),
    ("\"18005551212\" : \"1(...)\"", "800"),
    ("\"18005551212\" : \"1[0-9]+\"", "11"),
    ("\"18005551212\" : \"9\"", "0"),
    ("\"18005551212\" : \"9(..)\"", ""),
    ("\"18005551212\" : \"800\"", "0"),
    ("\"18005551212\" =~ \"800\"", "3"),
    ("\"18005551212\" =~ \"(555)\"", "555"),
    ("\"18005551212\" =~ \"^800\"", "0"),
    ("!\"abc\" =~ \"b\"", "0"),
    ("abc ~~ def", "abcdef"),
    ("\"a b\" ~~ \" c\"", "a b c"),
    ("1 ~~ 2 + 3", "15"),
    ("\"he said \\\"hi\\\"\"", "he said \"hi\""),
    ("TRUNC(7/2)", "3"),
    ("ROUND(2.5) + CEIL(1.1)", "5"),
    ("POW(2,10)", "1024"),
    ("a,b = a,b", "1"),
    ("\"3\" + 4", "7"),
];

#[test]
fn expressions_come_to_what_the_field_says() {
    for &(text, expected) in VALUES {
        assert_eq!(evaluate(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_has_no_value_is_an_error() {
    let unexpected = |found: &str| ExpressionError::Unexpected(Some(found.to_owned()));
    let table = [
        (" + 1", unexpected("+"), ""),
        ("1 +", ExpressionError::Unexpected(None), ""),
        ("a b", unexpected("b"), ""),
        ("(1", ExpressionError::Unexpected(None), ""),
        ("1)", unexpected(")"), ""),
        ("1 ? 2", ExpressionError::Unexpected(None), ""),
        ("\"abc", ExpressionError::UnclosedQuote, ""),
        ("abc + 1", ExpressionError::NotANumber("abc".into()), "0"),
        ("1 / 0", ExpressionError::DivisionByZero, "0"),
        ("1 % 0.0", ExpressionError::DivisionByZero, "0"),
        ("NOPE(1)", ExpressionError::UnknownFunction("NOPE".into()), ""),
        ("POW(1)", ExpressionError::WrongArgumentCount(Function::Pow), ""),
        ("SQRT(0 - 1)", ExpressionError::OutOfRange, "0"),
    ];
    for (text, expected, fallback) in table {
        let error = evaluate(text).expect_err(text);
        assert_eq!(error, expected, "{text}");
        assert_eq!(error.fallback(), fallback, "{text}");
    }
    assert!(matches!(evaluate("a : \"(\""), Err(ExpressionError::BadRegex(_))));
    assert!(matches!(
        evaluate("a : \"(a{1000}){1000}\""),
        Err(ExpressionError::BadRegex(_))
    ));
    let long_regex = format!("a : \"{}\"", "a".repeat(2000));
    assert!(matches!(evaluate(&long_regex), Err(ExpressionError::BadRegex(_))));
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(evaluate(&deep), Err(ExpressionError::TooDeep));
    assert_eq!(evaluate(&"-".repeat(5000)), Err(ExpressionError::TooDeep));
    assert_eq!(evaluate(&"1+".repeat(5000)), Err(ExpressionError::TooDeep));
    assert_eq!(evaluate(&"1".repeat(20_000)), Err(ExpressionError::TooLong));
    assert_eq!(evaluate(&format!("{}1", "1+".repeat(255))), Ok("256".to_owned()));
    let tall = (0..60).fold("1".to_owned(), |inner, _| format!("({inner}{})", "+1".repeat(10)));
    assert_eq!(evaluate(&tall), Err(ExpressionError::TooDeep));
}

#[test]
fn truth_is_what_goto_if_takes_it_for() {
    let table = [
        ("", false),
        (" ", false),
        ("0", false),
        ("00", false),
        (" 0", false),
        ("0.9", false),
        ("-0", false),
        ("1", true),
        ("-1", true),
        ("10", true),
        ("no", true),
        ("yes", true),
        ("99999999999999999999", true),
    ];
    for (text, expected) in table {
        assert_eq!(truth(text), expected, "{text:?}");
    }
}

fn expressions() -> impl Strategy<Value = Expression<'static>> {
    let leaf = prop_oneof![
        "[a-z0-9_.]{1,6}".prop_map(|word| Expression::Word(word.into())),
        "[a-z0-9 |&()\"=:?,]{0,8}".prop_map(|text| Expression::Quoted(text.into())),
    ];
    let operators: Vec<Binary> = Binary::ALL.iter().map(|(operator, _, _)| *operator).collect();
    let functions: Vec<Function> = Function::ALL.iter().map(|(function, _, _)| *function).collect();
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let unary = prop::sample::select(vec![Unary::Minus, Unary::Not]);
        let binary = prop::sample::select(operators.clone());
        let function = prop::sample::select(functions.clone());
        prop_oneof![
            (unary, inner.clone()).prop_map(|(sign, operand)| Expression::Unary(sign, operand.into())),
            (binary, inner.clone(), inner.clone()).prop_map(|(sign, left, right)| Expression::Binary(
                sign,
                left.into(),
                right.into()
            )),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| Expression::Conditional(
                a.into(),
                b.into(),
                c.into()
            )),
            (function, inner).prop_map(|(function, one)| {
                let count = function.row().1;
                Expression::Call(function, vec![one; count])
            }),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_parsing_round_trip(expression in expressions()) {
        let text = expression.to_string();
        prop_assert_eq!(Expression::parse(&text), Ok(Some(expression)), "{}", text);
    }

    #[test]
    fn evaluating_never_panics(text in "[0-9a-c\"()\\[\\]|&=!<>+*/%:~?. ,^$-]{0,40}") {
        let _ = evaluate(&text);
        let _ = truth(&text);
    }
}
