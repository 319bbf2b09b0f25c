//! What may a plugin tell in an event of its own? A name and fields, bounded, as everybody hears them.

use std::sync::Arc;

use super::channels::text;
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::verdict;

/// Fields of an event.
const FIELDS_MAX: usize = 64;
/// Names and values of an event in bytes, together with its own name.
const BYTES_MAX: usize = 16 << 10;

/// An event's fields.
pub(super) type Fields = Vec<(Arc<str>, Arc<str>)>;

/// The fields of an event of that name, if it may be told.
pub(super) fn fields(name: &str, attrs: &[Attr]) -> Result<Fields, Error> {
    if attrs.len() > FIELDS_MAX {
        return Err(Error::Invalid(format!("attrs: at most {FIELDS_MAX}")));
    }
    verdict::line("the event's name", name).map_err(Error::Invalid)?;
    let mut bytes = name.len();
    let mut fields = Vec::with_capacity(attrs.len());
    for attr in attrs {
        verdict::line("a field's name", &attr.name).map_err(Error::Invalid)?;
        let value = text(&attr.value);
        bytes += attr.name.len() + value.len();
        if bytes > BYTES_MAX {
            return Err(Error::Invalid(format!("attrs: at most {BYTES_MAX} bytes")));
        }
        fields.push((Arc::from(&*attr.name), Arc::from(value)));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Value;

    fn attr(name: &str, value: &str) -> Attr {
        Attr {
            name: name.to_owned(),
            value: Value::Text(value.to_owned()),
        }
    }

    #[test]
    fn an_event_has_its_bounds() {
        assert_eq!(fields("x", &[attr("a", "b\r\nc")]).map(|all| all.len()), Ok(1));
        let many = vec![attr("a", ""); FIELDS_MAX + 1];
        let large = attr("a", &"x".repeat(BYTES_MAX));
        for (name, attrs) in [
            ("x", many.as_slice()),
            ("x", &[large]),
            ("x\ny", &[]),
            ("x", &[attr("a\rb", "")]),
        ] {
            assert!(fields(name, attrs).is_err(), "{name:?}");
        }
    }
}
