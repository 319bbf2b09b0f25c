//! What a guest was told, and the records that hold it, as JSON.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Text, bytes, number, of, read_bytes};
use crate::tape::book::{Entry, StepsRecord, TakenStep};
use crate::tape::{ChoiceRecord, DecisionRecord, FlowRecord, Heard, How};
use crate::web::{WebError, WebResponse};

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
            Self::TooLarge => json!(["too-large"]),
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
            "too-large" => Self::TooLarge,
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
            Self::Asked { what, with, answer } => match answer {
                Some(answer) => json!({"asked": what, "with": with, "answer": answer}),
                None => json!({"asked": what, "with": with}),
            },
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
        if let Some(asked) = json.get("asked") {
            return Some(Self::Asked {
                what: String::read(asked)?,
                with: of(json, "with")?,
                answer: json.get("answer").cloned(),
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

impl<Q: Text, A: Text> Text for DecisionRecord<Q, A> {
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

impl Text for FlowRecord {
    fn json(&self) -> Json {
        json!({"plugin": self.plugin, "version": self.version, "digest": self.digest,
               "generation": self.generation, "at": millis(self.at), "took-us": micros(self.took),
               "seed": bytes(&self.seed), "call": self.call, "channel": self.channel,
               "place": self.place.json(), "args": self.args.json(), "readings": self.readings,
               "heard": self.heard.json(), "cut": self.is_cut, "masked": self.is_masked,
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
            call: of(json, "call")?,
            channel: of(json, "channel")?,
            place: of(json, "place")?,
            args: of(json, "args")?,
            readings: of(json, "readings")?,
            heard: of(json, "heard")?,
            is_cut: of(json, "cut")?,
            is_masked: of(json, "masked")?,
            outcome: of(json, "outcome")?,
        })
    }
}

impl Text for TakenStep {
    fn json(&self) -> Json {
        json!([
            millis(self.at),
            self.context,
            self.exten,
            self.priority,
            self.application,
            self.data
        ])
    }

    fn read(json: &Json) -> Option<Self> {
        let word = |place: usize| String::read(json.get(place)?);
        Some(Self {
            at: Duration::from_millis(json.get(0)?.as_u64()?),
            context: word(1)?,
            exten: word(2)?,
            priority: u32::read(json.get(3)?)?,
            application: word(4)?,
            data: word(5)?,
        })
    }
}

impl Text for StepsRecord {
    fn json(&self) -> Json {
        json!({"call": self.call, "channel": self.channel, "steps": self.steps.json(), "further": self.further})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            call: of(json, "call")?,
            channel: of(json, "channel")?,
            steps: of(json, "steps")?,
            further: number(json, "further")?,
        })
    }
}

impl Text for Entry {
    fn json(&self) -> Json {
        match self {
            Self::Decision(decision) => decision.json(),
            Self::Choice(choice) => json!({"selector": choice.json()}),
            Self::Flow(flow) => json!({"flow": flow.json()}),
            Self::Steps(steps) => json!({"dialplan": steps.json()}),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        if let Some(flow) = json.get("flow") {
            return FlowRecord::read(flow).map(|flow| Self::Flow(Box::new(flow)));
        }
        if let Some(choice) = json.get("selector") {
            return ChoiceRecord::read(choice).map(|choice| Self::Choice(Box::new(choice)));
        }
        if let Some(steps) = json.get("dialplan") {
            return StepsRecord::read(steps).map(Self::Steps);
        }
        <DecisionRecord>::read(json).map(|decision| Self::Decision(Box::new(decision)))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
