//! Whether a value is what its model says: fields, types, moments, words.

use crate::ami::is_moment;
use serde_json::Value;
use ucx_facts::{Field, Shape, Type, models};

/// Fields that are missing in the table: model, field, and the capture that shows it.
const FIELDS: &[(&str, &str, &str)] = &[
    ("RTPstat", "txmes", "ari/channel_media_ops"),
    ("RTPstat", "rxmes", "ari/channel_media_ops"),
    ("RTPstat", "local_minmes", "ari/channel_media_ops"),
    ("RTPstat", "local_maxmes", "ari/channel_media_ops"),
    ("RTPstat", "local_normdevmes", "ari/channel_media_ops"),
    ("RTPstat", "local_stdevmes", "ari/channel_media_ops"),
    ("RTPstat", "remote_minmes", "ari/channel_media_ops"),
    ("RTPstat", "remote_maxmes", "ari/channel_media_ops"),
    ("RTPstat", "remote_normdevmes", "ari/channel_media_ops"),
    ("RTPstat", "remote_stdevmes", "ari/channel_media_ops"),
];

/// Words of a field that are missing in the table: model, field, word, and the reason.
const WORDS: &[(&str, &str, &str, &str)] = &[(
    "Channel",
    "state",
    "Rsrvd",
    "what is sent; the documentation spells it otherwise",
)];

/// Fields that may be null although the table requires them: model, field, and the reason.
const NULLS: &[(&str, &str, &str)] = &[(
    "DialplanCEP",
    "priority",
    "a channel that is at no place of the dialplan",
)];

/// What is wrong with an object of a model or an event; `at` is where it stands.
pub(crate) fn faults(at: &str, model: &str, shape: &Shape, value: &Value, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        found.push(format!("{at} is no object"));
        return;
    };
    if shape.fields.is_empty() {
        return;
    }
    for field in &shape.fields {
        match object.get(field.name) {
            Some(Value::Null) if may_be_null(model, field.name) => {}
            Some(value) => {
                let at = format!("{at}.{}", field.name);
                field_faults(&at, model, field, value, found);
            }
            None if field.is_required => {
                found.push(format!("{at} has no {}", field.name));
            }
            None => {}
        }
    }
    for name in object.keys() {
        let is_known = shape.fields.iter().any(|field| field.name == name);
        if !is_known && !FIELDS.iter().any(|row| (row.0, row.1) == (model, name)) {
            found.push(format!("{at} ({model}) has a field {name}"));
        }
    }
}

fn may_be_null(model: &str, field: &str) -> bool {
    NULLS.iter().any(|row| (row.0, row.1) == (model, field))
}

fn field_faults(at: &str, model: &str, field: &Field, value: &Value, found: &mut Vec<String>) {
    type_faults(at, &field.of, value, found);
    let Some(word) = value.as_str().filter(|_| !field.allowed.is_empty()) else {
        return;
    };
    let is_missing = WORDS
        .iter()
        .any(|row| (row.0, row.1, row.2) == (model, field.name, word));
    if !field.allowed.contains(&word) && !is_missing {
        found.push(format!("{at} is {word}"));
    }
}

/// What is wrong with a value of a type.
pub(crate) fn type_faults(at: &str, of: &Type, value: &Value, found: &mut Vec<String>) {
    let is_right = match of {
        Type::Text => value.is_string(),
        Type::Date => value.as_str().is_some_and(is_moment),
        Type::Int => value.is_i64() || value.is_u64(),
        Type::Double => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Object => value.is_object(),
        Type::Model(name) => {
            if let Some(shape) = models().get(name) {
                faults(at, name, shape, value, found);
            }
            true
        }
        Type::List(inner) => {
            if let Some(values) = value.as_array() {
                for (number, value) in values.iter().enumerate() {
                    type_faults(&format!("{at}[{number}]"), inner, value, found);
                }
            }
            value.is_array()
        }
    };
    if !is_right {
        found.push(format!("{at} is {value}, which is no {of:?}"));
    }
}
