//! How does a decision look in a file? As one line of JSON, which people and scripts can read.
//!
//! Texts are texts, moments are milliseconds, bytes are hexadecimal. What does not read is no record.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{DecisionRecord, Heard, How};
use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::{Error, Fault};
use crate::values::{
    Attr, Decision, Direction, FlowTarget, Header, Leg, Location, OtherTarget, Party, Presentation,
    Rejection, RouteRequest, Target, TrunkNumber, Value, Verdict,
};
use crate::web::{WebError, WebResponse};

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

fn of<T: Text>(json: &Json, name: &str) -> Option<T> {
    T::read(json.get(name).unwrap_or(&Json::Null))
}

fn number<T: TryFrom<u64>>(json: &Json, name: &str) -> Option<T> {
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

impl Text for RouteRequest {
    fn json(&self) -> Json {
        let direction = match self.direction {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
            Direction::Internal => "internal",
        };
        json!({"call": self.call, "tenant": self.tenant, "direction": direction, "caller": self.caller.json(),
               "dialled": self.dialled, "via": self.via, "place": self.place.json(), "at": self.at,
               "attempt": self.attempt, "headers": self.headers.json(), "attrs": self.attrs.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            call: of(json, "call")?,
            tenant: of(json, "tenant")?,
            direction: match json.get("direction")?.as_str()? {
                "inbound" => Direction::Inbound,
                "outbound" => Direction::Outbound,
                "internal" => Direction::Internal,
                _ => return None,
            },
            caller: of(json, "caller")?,
            dialled: of(json, "dialled")?,
            via: of(json, "via")?,
            place: of(json, "place")?,
            at: number(json, "at")?,
            attempt: number(json, "attempt")?,
            headers: of(json, "headers")?,
            attrs: of(json, "attrs")?,
        })
    }
}

impl Text for Target {
    fn json(&self) -> Json {
        match self {
            Self::Endpoint(name) => json!({"endpoint": name}),
            Self::Trunk(to) => json!({"trunk": [to.trunk, to.number]}),
            Self::Uri(uri) => json!({"uri": uri}),
            Self::DialString(dial) => json!({"dial-string": dial}),
            Self::Queue(name) => json!({"queue": name}),
            Self::Conference(name) => json!({"conference": name}),
            Self::Voicemail(name) => json!({"voicemail": name}),
            Self::Location(place) => json!({"location": place.json()}),
            Self::Flow(flow) => json!({"flow": flow.flow, "args": flow.args.json()}),
            Self::Other(other) => {
                json!({"other": other.kind, "name": other.name, "attrs": other.attrs.json()})
            }
        }
    }

    fn read(json: &Json) -> Option<Self> {
        if let Some(flow) = json.get("flow") {
            return Some(Self::Flow(FlowTarget {
                flow: String::read(flow)?,
                args: of(json, "args")?,
            }));
        }
        if let Some(kind) = json.get("other") {
            return Some(Self::Other(OtherTarget {
                kind: String::read(kind)?,
                name: of(json, "name")?,
                attrs: of(json, "attrs")?,
            }));
        }
        let (kind, held) = json.as_object()?.iter().next()?;
        Some(match kind.as_str() {
            "endpoint" => Self::Endpoint(String::read(held)?),
            "trunk" => {
                let (trunk, number) = <(String, String)>::read(held)?;
                Self::Trunk(TrunkNumber { trunk, number })
            }
            "uri" => Self::Uri(String::read(held)?),
            "dial-string" => Self::DialString(String::read(held)?),
            "queue" => Self::Queue(String::read(held)?),
            "conference" => Self::Conference(String::read(held)?),
            "voicemail" => Self::Voicemail(String::read(held)?),
            "location" => Self::Location(Location::read(held)?),
            _ => return None,
        })
    }
}

impl Text for Leg {
    fn json(&self) -> Json {
        json!({"to": self.to.json(), "ring": self.ring, "caller": self.caller.json(),
               "headers": self.headers.json(), "attrs": self.attrs.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            to: of(json, "to")?,
            ring: number(json, "ring")?,
            caller: of(json, "caller")?,
            headers: of(json, "headers")?,
            attrs: of(json, "attrs")?,
        })
    }
}

impl Text for Decision {
    fn json(&self) -> Json {
        match self {
            Self::Connect(groups) => json!({"connect": groups.json()}),
            Self::ContinueAt(place) => json!({"continue-at": place.json()}),
            Self::Reject(why) => json!({"reject": [why.cause, why.sip_code, why.reason]}),
            Self::Pass => json!({"pass": true}),
            Self::Other(other) => json!({"other": other.json()}),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        let (kind, held) = json.as_object()?.iter().next()?;
        Some(match kind.as_str() {
            "connect" => Self::Connect(Text::read(held)?),
            "continue-at" => Self::ContinueAt(Text::read(held)?),
            "reject" => Self::Reject(Rejection {
                cause: u16::try_from(held.get(0)?.as_u64()?).ok()?,
                sip_code: u16::try_from(held.get(1)?.as_u64()?).ok()?,
                reason: String::read(held.get(2)?)?,
            }),
            "pass" => Self::Pass,
            "other" => Self::Other(Text::read(held)?),
            _ => return None,
        })
    }
}

impl Text for Verdict {
    fn json(&self) -> Json {
        json!({"decision": self.decision.json(), "reason": self.reason, "set": self.set.json(),
               "attrs": self.attrs.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            decision: of(json, "decision")?,
            reason: of(json, "reason")?,
            set: of(json, "set")?,
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

impl Text for WebResponse {
    fn json(&self) -> Json {
        json!({"status": self.status, "headers": self.headers.json(), "body": bytes(&self.body)})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            status: number(json, "status")?,
            headers: of(json, "headers")?,
            body: read_bytes(json.get("body")?)?,
        })
    }
}

impl Text for WebError {
    fn json(&self) -> Json {
        match self {
            Self::Invalid(why) => json!(["invalid", why]),
            Self::Denied(why) => json!(["denied", why]),
            Self::Quota(after) => json!(["quota", after.map(crate::turns::millis)]),
            Self::TimedOut => json!(["timed-out"]),
            Self::Unavailable(why) => json!(["unavailable", why]),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        let word = || String::read(json.get(1)?);
        Some(match json.get(0)?.as_str()? {
            "invalid" => Self::Invalid(word()?),
            "denied" => Self::Denied(word()?),
            "quota" => Self::Quota(json.get(1)?.as_u64().map(Duration::from_millis)),
            "timed-out" => Self::TimedOut,
            "unavailable" => Self::Unavailable(word()?),
            _ => return None,
        })
    }
}

impl Text for How {
    fn json(&self) -> Json {
        Json::from(match self {
            Self::Find => "find",
            Self::LongestPrefix => "longest-prefix",
            Self::FindMany => "find-many",
        })
    }

    fn read(json: &Json) -> Option<Self> {
        Some(match json.as_str()? {
            "find" => Self::Find,
            "longest-prefix" => Self::LongestPrefix,
            "find-many" => Self::FindMany,
            _ => return None,
        })
    }
}

impl Text for Heard {
    fn json(&self) -> Json {
        match self {
            Self::Rows {
                table,
                how,
                keys,
                answer,
            } => json!({"table": table, "how": how.json(), "keys": keys, "answer": answer.json()}),
            Self::Settings { name, answer } => json!({"setting": name, "answer": answer.json()}),
            Self::Secret { name, was_there } => json!({"secret": name, "was-there": was_there}),
            Self::Open { schedule, at, answer } => {
                json!({"schedule": schedule, "at": at, "answer": answer.json()})
            }
            Self::Stored { bucket, key, answer } => {
                json!({"bucket": bucket, "key": key, "answer": answer.as_deref().map(bytes)})
            }
            Self::Web { request, answer } => {
                json!({"web": [request.0, request.1, bytes(&request.2)], "answer": answer.json()})
            }
        }
    }

    fn read(json: &Json) -> Option<Self> {
        if json.get("table").is_some() {
            return Some(Self::Rows {
                table: of(json, "table")?,
                how: of(json, "how")?,
                keys: of(json, "keys")?,
                answer: of(json, "answer")?,
            });
        }
        if let Some(secret) = json.get("secret") {
            return Some(Self::Secret {
                name: String::read(secret)?,
                was_there: of(json, "was-there")?,
            });
        }
        if let Some(schedule) = json.get("schedule") {
            return Some(Self::Open {
                schedule: String::read(schedule)?,
                at: number(json, "at")?,
                answer: of(json, "answer")?,
            });
        }
        if let Some(bucket) = json.get("bucket") {
            let answer = json.get("answer").filter(|answer| !answer.is_null());
            return Some(Self::Stored {
                bucket: String::read(bucket)?,
                key: of(json, "key")?,
                answer: match answer {
                    Some(answer) => Some(read_bytes(answer)?),
                    None => None,
                },
            });
        }
        if let Some(web) = json.get("web") {
            let request = (
                String::read(web.get(0)?)?,
                String::read(web.get(1)?)?,
                read_bytes(web.get(2)?)?,
            );
            return Some(Self::Web {
                request,
                answer: of(json, "answer")?,
            });
        }
        Some(Self::Settings {
            name: of(json, "setting")?,
            answer: of(json, "answer")?,
        })
    }
}

impl Text for DecisionRecord {
    fn json(&self) -> Json {
        json!({"plugin": self.plugin, "version": self.version, "digest": self.digest,
               "generation": self.generation, "at": millis(self.at), "took-us": micros(self.took),
               "seed": bytes(&self.seed), "request": self.request.json(), "heard": self.heard.json(),
               "outcome": self.outcome.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            plugin: of(json, "plugin")?,
            version: of(json, "version")?,
            digest: of(json, "digest")?,
            generation: number(json, "generation")?,
            at: Duration::from_millis(number(json, "at")?),
            took: Duration::from_micros(number(json, "took-us")?),
            seed: read_bytes(json.get("seed")?)?.try_into().ok()?,
            request: of(json, "request")?,
            heard: of(json, "heard")?,
            outcome: of(json, "outcome")?,
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attrs() -> Vec<Attr> {
        [
            Value::Text("ä\n\"".to_owned()),
            Value::Int(-7),
            Value::Real(f64::NAN),
            Value::Boolean(true),
            Value::Bytes(vec![0, 255]),
        ]
        .into_iter()
        .map(|value| Attr {
            name: "n".to_owned(),
            value,
        })
        .collect()
    }

    fn legs() -> Vec<Leg> {
        let text = || "x".to_owned();
        let place = Location {
            context: text(),
            exten: String::new(),
            priority: text(),
        };
        let trunk = TrunkNumber {
            trunk: text(),
            number: text(),
        };
        let flow = FlowTarget {
            flow: text(),
            args: attrs(),
        };
        let other = OtherTarget {
            kind: text(),
            name: text(),
            attrs: attrs(),
        };
        [
            Target::Endpoint(text()),
            Target::Trunk(trunk),
            Target::Uri(text()),
            Target::DialString(text()),
            Target::Queue(text()),
            Target::Conference(text()),
            Target::Voicemail(text()),
            Target::Location(place),
            Target::Flow(flow),
            Target::Other(other),
        ]
        .into_iter()
        .map(|to| Leg {
            to,
            ring: 7,
            caller: Some(RouteRequest::new("1", "2").caller),
            headers: vec![Header {
                name: text(),
                value: text(),
            }],
            attrs: attrs(),
        })
        .collect()
    }

    fn heard() -> Vec<Heard> {
        let text = || "x".to_owned();
        let row = Row {
            key: text(),
            columns: attrs(),
        };
        let errors = [
            Error::NotFound,
            Error::Gone,
            Error::Invalid(text()),
            Error::Denied(text()),
            Error::Quota(Some(1)),
            Error::Quota(None),
            Error::Conflict(text()),
            Error::Timeout,
            Error::Cancelled,
            Error::Unavailable(text()),
            Error::Other(Fault {
                code: text(),
                message: text(),
                retry_after: Some(2),
            }),
        ];
        let mut all: Vec<Heard> = errors
            .into_iter()
            .map(|error| Heard::Rows {
                table: text(),
                how: How::Find,
                keys: vec![text()],
                answer: Err(error),
            })
            .collect();
        all.push(Heard::Rows {
            table: text(),
            how: How::FindMany,
            keys: Vec::new(),
            answer: Ok(vec![Some(row), None]),
        });
        all.push(Heard::Settings {
            name: None,
            answer: vec![(text(), text())],
        });
        all.push(Heard::Secret {
            name: text(),
            was_there: true,
        });
        all.push(Heard::Open {
            schedule: text(),
            at: 9,
            answer: Ok(true),
        });
        for answer in [None, Some(vec![1])] {
            all.push(Heard::Stored {
                bucket: text(),
                key: text(),
                answer,
            });
        }
        let response = WebResponse {
            status: 200,
            headers: vec![(text(), text())],
            body: vec![3],
        };
        for answer in [Ok(response), Err(WebError::TimedOut), Err(WebError::Quota(None))] {
            all.push(Heard::Web {
                request: (text(), text(), vec![1]),
                answer,
            });
        }
        all
    }

    #[test]
    fn a_record_reads_as_it_was_written() {
        let decisions = [
            Decision::Connect(vec![legs(), Vec::new()]),
            Decision::Pass,
            Decision::Other(attrs()),
            Decision::Reject(Rejection {
                cause: 21,
                sip_code: 603,
                reason: "no".to_owned(),
            }),
            Decision::ContinueAt(RouteRequest::new("1", "2").place),
        ];
        let verdicts = decisions.into_iter().map(|decision| {
            Ok(Verdict {
                decision,
                reason: "because".to_owned(),
                set: attrs(),
                attrs: Vec::new(),
            })
        });
        for outcome in verdicts.chain([Err("trapped".to_owned())]) {
            let mut request = RouteRequest::new("1", "2");
            request.attrs = attrs();
            request.direction = Direction::Inbound;
            let record = DecisionRecord {
                plugin: "p".to_owned(),
                version: "1".to_owned(),
                digest: "00".to_owned(),
                generation: 3,
                at: Duration::from_millis(5),
                took: Duration::from_micros(7),
                seed: [9; 32],
                request,
                heard: heard(),
                outcome,
            };
            let text = record.json().to_string();
            assert!(!text.contains('\n'));
            let read = DecisionRecord::read(&serde_json::from_str(&text).unwrap()).unwrap();
            // A number that is none is not equal to itself; its text is.
            assert_eq!(read.json().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        for text in ["{}", "[]", "7", r#"{"plugin": 1}"#] {
            assert_eq!(DecisionRecord::read(&serde_json::from_str(text).unwrap()), None);
        }
    }
}
