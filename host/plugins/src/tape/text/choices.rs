//! What a selector is asked and answers, as JSON.

use serde_json::{Value as Json, json};

use super::calls::{fields, words};
use super::{Text, number, of};
use crate::selector::{AgentInfo, AgentState, Choice, QueueInfo, WaitingCaller};
use crate::tape::ChoiceRequest;

words!(AgentState {
    Ready = "ready",
    Ringing = "ringing",
    Talking = "talking",
    Busy = "busy",
    WrapUp = "wrap-up",
    Paused = "paused",
    Unavailable = "unavailable",
    Other = "other",
});
fields!(QueueInfo {
    id = "id",
    attrs = "attrs",
} numbers {
    revision = "revision",
    waiting = "waiting",
    longest_wait = "longest-wait",
    logged_in = "logged-in",
    ready = "ready",
    talking = "talking",
    answered = "answered",
    abandoned = "abandoned",
    service_level = "service-level",
});
fields!(AgentInfo {
    id = "id",
    name = "name",
    state = "state",
    reason = "reason",
    attrs = "attrs",
} numbers {
    since = "since",
    last_call = "last-call",
    calls = "calls",
    penalty = "penalty",
});

impl Text for WaitingCaller {
    fn json(&self) -> Json {
        json!({"channel": self.channel, "call": self.call, "caller": self.caller.json(), "position": self.position,
               "waited": self.waited, "priority": self.priority, "attrs": self.attrs.json()})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            channel: of(json, "channel")?,
            call: of(json, "call")?,
            caller: of(json, "caller")?,
            position: number(json, "position")?,
            waited: number(json, "waited")?,
            // The one figure that may be below nothing.
            priority: json.get("priority")?.as_i64()?.try_into().ok()?,
            attrs: of(json, "attrs")?,
        })
    }
}

fields!(ChoiceRequest {
    queue = "queue",
    caller = "caller",
    ready = "ready",
} numbers {});
fields!(Choice {
    groups = "groups",
    reason = "reason",
} numbers {});
