//! The Application interface: operations, models, events and errors.

use crate::table::{Row, rows};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A moment, with milliseconds and an offset without a colon.
    Date,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// Yes or no.
    Boolean,
    /// An object without fixed fields.
    Object,
    /// An object of that model.
    Model(&'static str),
    /// Several.
    List(Box<Self>),
}

impl Type {
    fn parse(text: &'static str) -> Self {
        match text {
            "string" => Self::Text,
            "Date" => Self::Date,
            "int" | "long" => Self::Int,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "object" => Self::Object,
            _ => match text.strip_prefix("List[").and_then(|rest| rest.strip_suffix(']')) {
                Some(inner) => Self::List(Box::new(Self::parse(inner))),
                None => Self::Model(text),
            },
        }
    }
}

/// A field of a model or an event.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub of: Type,
    /// Whether it must be there.
    pub is_required: bool,
    /// The values it may have; empty: any.
    pub allowed: Vec<&'static str>,
}

/// A model or an event: what an object may say.
#[derive(Debug, Default)]
pub struct Shape {
    /// Its fields; without any it is opaque.
    pub fields: Vec<Field>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// Where it stands: `path`, `query`, `body`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its type, as the table has it.
    pub of: &'static str,
    /// Whether several values may be given.
    pub is_many: bool,
    /// Whether it must be given.
    pub is_required: bool,
    /// What counts if it is not given.
    pub default: Option<&'static str>,
    /// The values it may have (`0..` is a range); empty: any.
    pub allowed: Vec<&'static str>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Its path below the base, with names of parameters in braces.
    pub path: &'static str,
    /// Its name; the same may stand in several resources.
    pub id: &'static str,
    /// The resource it belongs to.
    pub resource: &'static str,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The model it answers with; `void` and `binary` are none.
    pub response: &'static str,
    /// The status of a reply that is no error, with remarks.
    pub ok: &'static str,
    /// The statuses its documentation names as errors.
    pub errors: Vec<u16>,
    /// What it does, in our words.
    pub description: &'static str,
}

/// An answer that is an error.
#[derive(Debug)]
pub struct Problem {
    /// The resource, or `core` for all.
    pub resource: &'static str,
    /// The operation; none: any of the resource.
    pub operation: Option<&'static str>,
    /// The status.
    pub status: u16,
    /// The phrase beside the status.
    pub phrase: &'static str,
    /// The message of the body.
    pub message: &'static str,
}

/// All operations.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        const COLUMNS: [&str; 11] = [
            "method",
            "path",
            "operationId",
            "resource",
            "params",
            "response",
            "ok",
            "errors",
            "since",
            "upgrade",
            "description",
        ];
        let text = include_str!("../data/ari-operations.tsv");
        rows("ari-operations.tsv", text, &COLUMNS)
            .iter()
            .map(read_operation)
            .collect()
    })
}

fn read_operation(row: &Row) -> Operation {
    let parameters = row
        .list(4, "; ")
        .into_iter()
        .map(|text| read_parameter(text).unwrap_or_else(|| row.fail(&format!("no parameter: {text}"))));
    let errors = row.list(7, ",").into_iter().map(|status| {
        status
            .parse()
            .unwrap_or_else(|_| row.fail(&format!("no status: {status}")))
    });
    Operation {
        method: row.column(0),
        path: row.column(1),
        id: row.column(2),
        resource: row.column(3),
        parameters: parameters.collect(),
        response: row.column(5),
        ok: row.column(6),
        errors: errors.collect(),
        description: row.column(10),
    }
}

/// Reads `in:name:type[]!=default{allowed}`.
fn read_parameter(text: &'static str) -> Option<Parameter> {
    let mut parts = text.splitn(3, ':');
    let (place, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (rest, allowed) = match rest.split_once('{') {
        Some((rest, allowed)) => (rest, allowed.strip_suffix('}')?.split('|').collect()),
        None => (rest, Vec::new()),
    };
    let (rest, default) = match rest.split_once('=') {
        Some((rest, default)) => (rest, Some(default)),
        None => (rest, None),
    };
    let (rest, is_required) = rest.strip_suffix('!').map_or((rest, false), |rest| (rest, true));
    let (of, is_many) = rest.strip_suffix("[]").map_or((rest, false), |rest| (rest, true));
    let is_word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_word(place) && is_word(name) && is_word(of)).then_some(Parameter {
        place,
        name,
        of,
        is_many,
        is_required,
        default,
        allowed,
    })
}

/// The models by name.
pub fn models() -> &'static BTreeMap<&'static str, Shape> {
    static MODELS: OnceLock<BTreeMap<&'static str, Shape>> = OnceLock::new();
    MODELS.get_or_init(|| {
        const COLUMNS: [&str; 6] = ["model", "field", "type", "required", "allowed", "note"];
        let rows = rows("ari-models.tsv", include_str!("../data/ari-models.tsv"), &COLUMNS);
        shapes(&rows, Some(4))
    })
}

/// The events by name, with the fields they inherit; `Message` and `Event` are what the others build upon.
pub fn events() -> &'static BTreeMap<&'static str, Shape> {
    static EVENTS: OnceLock<BTreeMap<&'static str, Shape>> = OnceLock::new();
    EVENTS.get_or_init(|| {
        const COLUMNS: [&str; 5] = ["event", "field", "type", "required", "inherited_from"];
        let rows = rows("ari-events.tsv", include_str!("../data/ari-events.tsv"), &COLUMNS);
        shapes(&rows, None)
    })
}

fn shapes(rows: &[Row], allowed: Option<usize>) -> BTreeMap<&'static str, Shape> {
    let mut shapes: BTreeMap<&'static str, Shape> = BTreeMap::new();
    for row in rows {
        let shape = shapes.entry(row.column(0)).or_default();
        if row.column(1).is_empty() {
            continue;
        }
        let values = allowed.map_or("", |at| row.column(at));
        let values = values.trim_start_matches('{').trim_end_matches('}');
        shape.fields.push(Field {
            name: row.column(1),
            of: Type::parse(row.column(2)),
            is_required: match row.column(3) {
                "yes" => true,
                "no" => false,
                other => row.fail(&format!("neither yes nor no: {other}")),
            },
            allowed: values.split('|').filter(|value| !value.is_empty()).collect(),
        });
    }
    shapes
}

/// All errors.
pub fn problems() -> &'static [Problem] {
    static PROBLEMS: OnceLock<Vec<Problem>> = OnceLock::new();
    PROBLEMS.get_or_init(|| {
        const COLUMNS: [&str; 5] = ["resource", "operation", "status", "reason_phrase", "message"];
        let rows = rows("ari-errors.tsv", include_str!("../data/ari-errors.tsv"), &COLUMNS);
        let problems = rows.iter().map(|row| Problem {
            resource: row.column(0),
            operation: Some(row.column(1)).filter(|operation| !operation.is_empty()),
            status: row.column(2).parse().unwrap_or_else(|_| row.fail("no status")),
            phrase: row.column(3),
            message: row.column(4),
        });
        problems.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_known(of: &Type) -> bool {
        match of {
            Type::Model(name) => models().contains_key(name),
            Type::List(inner) => is_known(inner),
            Type::Text | Type::Date | Type::Int | Type::Double | Type::Boolean | Type::Object => true,
        }
    }

    #[test]
    fn every_operation_is_read_with_the_parameters_of_its_path() {
        assert_eq!(operations().len(), 109);
        for operation in operations() {
            let in_path: Vec<_> = operation
                .parameters
                .iter()
                .filter(|p| p.place == "path")
                .collect();
            assert_eq!(
                in_path.len(),
                operation.path.matches('{').count(),
                "{}",
                operation.path
            );
            for parameter in in_path {
                assert!(
                    operation.path.contains(&format!("{{{}}}", parameter.name)),
                    "{}",
                    operation.path
                );
            }
            let bare = operation
                .response
                .trim_start_matches("List[")
                .trim_end_matches(']');
            let is_bodiless = ["void", "binary", "Message"].contains(&bare);
            assert!(
                is_bodiless || models().contains_key(bare),
                "{}",
                operation.response
            );
        }
    }

    #[test]
    fn parameters_carry_what_they_may_be() {
        let found = read_parameter("query:only:string[]!=a{a|b}").expect("a parameter");
        assert_eq!((found.place, found.name, found.of), ("query", "only", "string"));
        assert!(found.is_many && found.is_required);
        assert_eq!((found.default, found.allowed), (Some("a"), vec!["a", "b"]));
        for text in ["query:only", "query::string", "query:a:string{a"] {
            assert!(read_parameter(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_type_of_a_field_is_known() {
        assert_eq!((models().len(), events().len()), (37, 48));
        let fields = models()
            .values()
            .chain(events().values())
            .flat_map(|shape| &shape.fields);
        for field in fields {
            assert!(is_known(&field.of), "{}: {:?}", field.name, field.of);
        }
        assert!(models()["Dialed"].fields.is_empty());
    }

    #[test]
    fn every_event_says_what_it_is() {
        for (name, shape) in events() {
            let kind = shape.fields.iter().find(|field| field.name == "type");
            assert!(kind.is_some_and(|field| field.is_required), "{name}");
        }
    }

    #[test]
    fn every_error_belongs_to_an_operation() {
        assert_eq!(problems().len(), 290);
        for problem in problems() {
            assert!((400..600).contains(&problem.status), "{problem:?}");
            assert!(!problem.phrase.is_empty(), "{problem:?}");
            let Some(name) = problem.operation else {
                continue;
            };
            let of_resource = operations().iter().any(|operation| {
                operation
                    .resource
                    .eq_ignore_ascii_case(&problem.resource.replace('_', ""))
            });
            assert!(of_resource, "{problem:?}: {name}");
        }
    }
}
