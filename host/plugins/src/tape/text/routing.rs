//! What a router is asked and answers, as JSON.

use serde_json::{Value as Json, json};

use super::{Text, number, of};
use crate::values::{
    Decision, Direction, FlowTarget, Leg, Location, OtherTarget, Rejection, RouteRequest, Target,
    TrunkNumber, Verdict,
};

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
