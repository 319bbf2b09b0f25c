//! A request's parameters, with the field's rules for where they may stand and how they are read.

use crate::http::percent;
use crate::operation::Failure;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A variable to set, as a body names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, or `FUNCTION(args)`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether setting it is told.
    pub report_events: bool,
}

/// What was asked, beside which operation it is.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Parameters in the path, decoded.
    pub(crate) path: Vec<(&'static str, String)>,
    /// Fields of a form, then those of the query.
    pub(crate) fields: Vec<(String, String)>,
    /// The body, if it is an object in JSON.
    pub(crate) body: Option<Map<String, Value>>,
    /// The application on whose socket the request came, if it came on one.
    pub(crate) application: Option<String>,
}

impl Request {
    /// A request with the parameters of its path and the fields of its query, and what its body says.
    ///
    /// # Errors
    /// 400 if a body in JSON cannot be read.
    pub fn new(
        path: Vec<(&'static str, String)>,
        query: Vec<(String, String)>,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Self, Failure> {
        let kind = content_type
            .and_then(|value| value.split(';').next())
            .unwrap_or("")
            .trim();
        let mut request = Self {
            path,
            fields: query,
            ..Self::default()
        };
        if body.is_empty() {
            return Ok(request);
        }
        if kind.eq_ignore_ascii_case("application/json") {
            let body: Value =
                serde_json::from_slice(body).map_err(|_| Failure::new(400, "Error parsing request body"))?;
            if let Value::Object(body) = body {
                request.body = Some(body);
            }
        } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let form =
                std::str::from_utf8(body).map_err(|_| Failure::new(400, "Error parsing request body"))?;
            request.fields.splice(0..0, percent::fields(form));
        }
        Ok(request)
    }

    /// A parameter of the path; empty if the operation has none of that name.
    pub fn path(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    /// A parameter that has one value: from a body in JSON before a form, from a form before the query. Numbers and
    /// booleans of JSON count as their text; one that is empty counts as absent.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// As [`Self::text`], but one that is there and empty is the empty text.
    pub fn raw(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(value) = self.body.as_ref().and_then(|body| body.get(name)) {
            return scalar(value);
        }
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// 400 with that message.
    pub fn required(&self, name: &str, message: &'static str) -> Result<Cow<'_, str>, Failure> {
        self.text(name).ok_or(Failure::new(400, message))
    }

    /// A parameter of several values: an array in JSON, else divided at commas. Empty ones are left out.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let divided = |text: &str| {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        match self.body.as_ref().and_then(|body| body.get(name)) {
            Some(Value::Array(values)) => values.iter().filter_map(scalar).map(Cow::into_owned).collect(),
            Some(value) => scalar(value).map(|text| divided(&text)).unwrap_or_default(),
            None => self.raw(name).map(|text| divided(&text)).unwrap_or_default(),
        }
    }

    /// Whether a parameter says yes (`true`, `yes`, `y`, `t`, `1`, `on`); anything else is no.
    pub fn flag(&self, name: &str) -> bool {
        let yes = ["true", "yes", "y", "t", "1", "on"];
        self.text(name)
            .is_some_and(|value| yes.iter().any(|word| value.eq_ignore_ascii_case(word)))
    }

    /// A whole number, read as far as it is one: `12x` is 12, `x` is 0.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name).map(|value| leading_integer(&value))
    }

    /// The body, if it is an object in JSON.
    pub fn body(&self) -> Option<&Map<String, Value>> {
        self.body.as_ref()
    }

    /// The variables of the body: `{"variables":{"NAME":"value","NAME":{"value":"…","report_events":true}}}`, in the order
    /// written. None are there if `variables` is no object.
    ///
    /// # Errors
    /// 400 with the field's sentences for values of the wrong form.
    pub fn variables(&self) -> Result<Vec<Variable>, Failure> {
        let Some(Value::Object(variables)) = self.body.as_ref().and_then(|body| body.get("variables")) else {
            return Ok(Vec::new());
        };
        variables
            .iter()
            .map(|(name, value)| variable(name, value))
            .collect()
    }

    /// The object `variables` of the body as it is, for operations that pass it on.
    pub fn variables_object(&self) -> Option<&Map<String, Value>> {
        self.body.as_ref()?.get("variables")?.as_object()
    }

    /// The application on whose socket the request came, if it came on one.
    pub fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// A request with those parameters in the path and the query, for tests of operations.
    #[cfg(test)]
    pub fn test(path: &[(&'static str, &str)], query: &[(&str, &str)], body: Option<Value>) -> Self {
        Self {
            path: path
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned()))
                .collect(),
            fields: query
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.and_then(|body| body.as_object().cloned()),
            application: None,
        }
    }
}

fn variable(name: &str, value: &Value) -> Result<Variable, Failure> {
    let (value, report_events) = match value {
        Value::String(value) => (value, false),
        Value::Object(object) => {
            let Some(Value::String(value)) = object.get("value") else {
                let message = "Each object value in 'variables' must include string field 'value'";
                return Err(Failure::new(400, message));
            };
            match object.get("report_events") {
                None => (value, false),
                Some(Value::Bool(report_events)) => (value, *report_events),
                Some(_) => {
                    let message = "Field 'report_events' in 'variables' entries must be boolean";
                    return Err(Failure::new(400, message));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            let message = "Each value in 'variables' must be a string or an object with 'value' and optional \
                           'report_events'";
            return Err(Failure::new(400, message));
        }
    };
    Ok(Variable {
        name: name.trim().to_owned(),
        value: value.clone(),
        report_events,
    })
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number a text begins with, as C reads it; 0 if it begins with none.
pub fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit);
    let number = digits.fold(0_i64, |number, digit| {
        number.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    sign * number
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_in_json_wins_over_the_query() {
        let request = Request::test(
            &[("channelId", "1.2")],
            &[("value", "query"), ("other", "5x"), ("none", "")],
            Some(json!({"value": "body", "n": 3, "on": true})),
        );
        assert_eq!(request.path("channelId"), "1.2");
        assert_eq!(request.text("value").as_deref(), Some("body"));
        assert_eq!(request.integer("other"), Some(5));
        assert_eq!(request.integer("n"), Some(3));
        assert!(request.flag("on") && !request.flag("other"));
        assert_eq!(request.text("none"), None);
        assert_eq!(request.raw("none").as_deref(), Some(""));
    }

    #[test]
    fn several_values_come_by_comma_or_as_an_array() {
        let request = Request::test(
            &[],
            &[("a", "1, 2,,3")],
            Some(json!({"b": ["x,y", 4], "c": "p,q"})),
        );
        assert_eq!(request.texts("a"), ["1", "2", "3"]);
        assert_eq!(request.texts("b"), ["x,y", "4"]);
        assert_eq!(request.texts("c"), ["p", "q"]);
        assert!(request.texts("d").is_empty());
    }

    #[test]
    fn variables_keep_their_order_and_are_checked() {
        let request = Request::test(
            &[],
            &[],
            Some(json!({"variables": {"b": "1", "a": {"value": "2", "report_events": true}}})),
        );
        let variables = request.variables().expect("both are well formed");
        assert_eq!(
            (variables[0].name.as_str(), variables[1].report_events),
            ("b", true)
        );
        for (value, sentence) in [
            (json!(1), "Each value in"),
            (json!({"v": 1}), "Each object value in"),
            (json!({"value": "x", "report_events": 1}), "Field 'report_events'"),
        ] {
            let request = Request::test(&[], &[], Some(json!({"variables": {"a": value}})));
            let failure = request.variables().expect_err("the value has the wrong form");
            assert_eq!(failure.status, 400);
            assert!(failure.message.starts_with(sentence), "{}", failure.message);
        }
        let request = Request::test(&[], &[], Some(json!({"variables": "x"})));
        assert_eq!(request.variables(), Ok(Vec::new()));
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        let read = ["12", "-3x", " 7", "x", "", "99999999999999999999"].map(leading_integer);
        assert_eq!(read, [12, -3, 7, 0, 0, i64::MAX]);
    }
}
