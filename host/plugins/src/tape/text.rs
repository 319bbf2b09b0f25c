//! How does a decision look in a file? As one line of JSON, which people and scripts can read.
//!
//! Texts are texts, moments are milliseconds, bytes are hexadecimal. What does not read is no record.

mod calls;
mod choices;
mod heard;
mod routing;
#[cfg(test)]
pub(super) mod tests;

use serde_json::{Value as Json, json};

use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::{Error, Fault};
use crate::values::{Attr, Header, Location, Party, Presentation, Value};

/// A thing that goes into JSON and comes back the same.
pub(super) trait Text: Sized {
    fn json(&self) -> Json;
    fn read(json: &Json) -> Option<Self>;
}

impl Text for String {
    fn json(&self) -> Json {
        Json::from(self.as_str())
    }

    fn read(json: &Json) -> Option<Self> {
        json.as_str().map(Self::from)
    }
}

impl Text for bool {
    fn json(&self) -> Json {
        Json::from(*self)
    }

    fn read(json: &Json) -> Option<Self> {
        json.as_bool()
    }
}

impl Text for () {
    fn json(&self) -> Json {
        Json::Null
    }

    fn read(json: &Json) -> Option<Self> {
        json.is_null().then_some(())
    }
}

impl Text for u32 {
    fn json(&self) -> Json {
        Json::from(*self)
    }

    fn read(json: &Json) -> Option<Self> {
        json.as_u64().and_then(|number| Self::try_from(number).ok())
    }
}

impl Text for u64 {
    fn json(&self) -> Json {
        Json::from(*self)
    }

    fn read(json: &Json) -> Option<Self> {
        json.as_u64()
    }
}

impl<T: Text> Text for Option<T> {
    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, Text::json)
    }

    fn read(json: &Json) -> Option<Self> {
        if json.is_null() {
            Some(None)
        } else {
            T::read(json).map(Some)
        }
    }
}

impl<T: Text> Text for Vec<T> {
    fn json(&self) -> Json {
        self.iter().map(Text::json).collect()
    }

    fn read(json: &Json) -> Option<Self> {
        json.as_array()?.iter().map(T::read).collect()
    }
}

impl<T: Text, E: Text> Text for Result<T, E> {
    fn json(&self) -> Json {
        match self {
            Ok(value) => json!({"ok": value.json()}),
            Err(error) => json!({"error": error.json()}),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        match json.get("ok") {
            Some(value) => T::read(value).map(Ok),
            None => E::read(json.get("error")?).map(Err),
        }
    }
}

impl<A: Text, B: Text> Text for (A, B) {
    fn json(&self) -> Json {
        json!([self.0.json(), self.1.json()])
    }

    fn read(json: &Json) -> Option<Self> {
        Some((A::read(json.get(0)?)?, B::read(json.get(1)?)?))
    }
}

fn bytes(bytes: &[u8]) -> Json {
    Json::from(crate::digest::hex(bytes))
}

fn read_bytes(json: &Json) -> Option<Vec<u8>> {
    let text = json.as_str()?;
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

pub(super) fn of<T: Text>(json: &Json, name: &str) -> Option<T> {
    T::read(json.get(name).unwrap_or(&Json::Null))
}

pub(super) fn number<T: TryFrom<u64>>(json: &Json, name: &str) -> Option<T> {
    T::try_from(json.get(name)?.as_u64()?).ok()
}

impl Text for Attr {
    fn json(&self) -> Json {
        let value = match &self.value {
            Value::Text(text) => json!({"text": text}),
            Value::Int(number) => json!({"int": number}),
            // By its bits: JSON has no word for what is no number, and readers round.
            Value::Real(number) => json!({"real": number.to_bits()}),
            Value::Boolean(truth) => json!({"boolean": truth}),
            Value::Bytes(raw) => json!({"bytes": bytes(raw)}),
        };
        json!([self.name, value])
    }

    fn read(json: &Json) -> Option<Self> {
        let (kind, held) = json.get(1)?.as_object()?.iter().next()?;
        let value = match kind.as_str() {
            "text" => Value::Text(String::read(held)?),
            "int" => Value::Int(held.as_i64()?),
            "real" => Value::Real(f64::from_bits(held.as_u64()?)),
            "boolean" => Value::Boolean(held.as_bool()?),
            "bytes" => Value::Bytes(read_bytes(held)?),
            _ => return None,
        };
        Some(Self {
            name: String::read(json.get(0)?)?,
            value,
        })
    }
}

impl Text for Header {
    fn json(&self) -> Json {
        json!([self.name, self.value])
    }

    fn read(json: &Json) -> Option<Self> {
        let (name, value) = <(String, String)>::read(json)?;
        Some(Self { name, value })
    }
}

impl Text for Location {
    fn json(&self) -> Json {
        json!([self.context, self.exten, self.priority])
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            context: String::read(json.get(0)?)?,
            exten: String::read(json.get(1)?)?,
            priority: String::read(json.get(2)?)?,
        })
    }
}

impl Text for Party {
    fn json(&self) -> Json {
        let presentation = match self.presentation {
            Presentation::Allowed => "allowed",
            Presentation::Restricted => "restricted",
            Presentation::Unavailable => "unavailable",
        };
        json!({"number": self.number, "name": self.name, "uri": self.uri, "presentation": presentation,
               "attrs": self.attrs.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            number: of(json, "number")?,
            name: of(json, "name")?,
            uri: of(json, "uri")?,
            presentation: match json.get("presentation")?.as_str()? {
                "allowed" => Presentation::Allowed,
                "restricted" => Presentation::Restricted,
                "unavailable" => Presentation::Unavailable,
                _ => return None,
            },
            attrs: of(json, "attrs")?,
        })
    }
}

impl Text for Row {
    fn json(&self) -> Json {
        json!({"key": self.key, "columns": self.columns.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            key: of(json, "key")?,
            columns: of(json, "columns")?,
        })
    }
}

impl Text for Error {
    fn json(&self) -> Json {
        match self {
            Self::NotFound => json!(["not-found"]),
            Self::Gone => json!(["gone"]),
            Self::Invalid(why) => json!(["invalid", why]),
            Self::Denied(why) => json!(["denied", why]),
            Self::Quota(after) => json!(["quota", after]),
            Self::Conflict(why) => json!(["conflict", why]),
            Self::Timeout => json!(["timeout"]),
            Self::Cancelled => json!(["cancelled"]),
            Self::Unavailable(what) => json!(["unavailable", what]),
            Self::Other(fault) => json!(["other", fault.code, fault.message, fault.retry_after]),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        let word = |place: usize| String::read(json.get(place)?);
        let time = |place: usize| {
            json.get(place)?
                .as_u64()
                .and_then(|time| u32::try_from(time).ok())
        };
        Some(match json.get(0)?.as_str()? {
            "not-found" => Self::NotFound,
            "gone" => Self::Gone,
            "invalid" => Self::Invalid(word(1)?),
            "denied" => Self::Denied(word(1)?),
            "quota" => Self::Quota(time(1)),
            "conflict" => Self::Conflict(word(1)?),
            "timeout" => Self::Timeout,
            "cancelled" => Self::Cancelled,
            "unavailable" => Self::Unavailable(word(1)?),
            "other" => Self::Other(Fault {
                code: word(1)?,
                message: word(2)?,
                retry_after: time(3),
            }),
            _ => return None,
        })
    }
}
