//! Do records read as they were written?

use std::time::Duration;

use super::*;
use crate::selector::{AgentInfo, AgentState, Choice, QueueInfo, WaitingCaller};
use crate::tape::{
    ChoiceRecord, ChoiceRequest, DecisionRecord, Entry, FlowRecord, Heard, How, StepsRecord, TakenStep,
};
use crate::values::{
    Decision, Direction, FlowTarget, Leg, OtherTarget, Rejection, RouteRequest, Target, TrunkNumber, Verdict,
};
use crate::web::{WebError, WebResponse};

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
    all.extend(web().map(|answer| Heard::Web {
        request: (text(), text(), vec![1]),
        answer,
    }));
    all.extend(asked());
    all
}

fn web() -> impl Iterator<Item = Result<WebResponse, WebError>> {
    let text = || "x".to_owned();
    let response = WebResponse {
        status: 200,
        headers: vec![(text(), text())],
        body: vec![3],
    };
    let errors = [WebError::TimedOut, WebError::TooLarge, WebError::Quota(None)];
    std::iter::once(Ok(response)).chain(errors.map(Err))
}

fn asked() -> impl Iterator<Item = Heard> {
    [None, Some(serde_json::json!({"ok": null}))]
        .into_iter()
        .map(|answer| Heard::Asked {
            what: "channel 0 answer".to_owned(),
            with: String::new(),
            answer,
        })
}

/// A run of a call flow.
pub(in crate::tape) fn run() -> FlowRecord {
    FlowRecord {
        plugin: "p".to_owned(),
        version: "1".to_owned(),
        digest: "00".to_owned(),
        generation: 3,
        at: Duration::from_millis(5),
        took: Duration::from_micros(7),
        seed: [9; 32],
        call: "1.1".to_owned(),
        channel: "PJSIP/alice-00000001".to_owned(),
        place: RouteRequest::new("1", "2").place,
        args: attrs(),
        readings: vec![1, 2],
        heard: heard(),
        is_cut: true,
        is_masked: true,
        outcome: Ok("done".to_owned()),
    }
}

/// A choice of agents.
pub(in crate::tape) fn choice() -> ChoiceRecord {
    let agents = [
        AgentState::Ready,
        AgentState::Ringing,
        AgentState::Talking,
        AgentState::Busy,
        AgentState::WrapUp,
        AgentState::Paused,
        AgentState::Unavailable,
        AgentState::Other,
    ];
    let agents = agents.into_iter().map(|state| AgentInfo {
        id: "PJSIP/a".to_owned(),
        name: "Anna".to_owned(),
        state,
        reason: "lunch".to_owned(),
        since: 1_700_000_000_000,
        last_call: 7,
        calls: 3,
        penalty: 2,
        attrs: attrs(),
    });
    ChoiceRecord {
        plugin: "p".to_owned(),
        version: "1".to_owned(),
        digest: "00".to_owned(),
        generation: 3,
        at: Duration::from_millis(5),
        took: Duration::from_micros(7),
        seed: [9; 32],
        request: ChoiceRequest {
            queue: QueueInfo {
                id: "sales".to_owned(),
                revision: 8,
                waiting: 2,
                longest_wait: 9_000,
                logged_in: 4,
                ready: 1,
                talking: 2,
                answered: 50,
                abandoned: 5,
                service_level: 80,
                attrs: attrs(),
            },
            caller: WaitingCaller {
                channel: "1.2".to_owned(),
                call: "1.1".to_owned(),
                caller: RouteRequest::new("1", "2").caller,
                position: 1,
                waited: 9_000,
                priority: -3,
                attrs: attrs(),
            },
            ready: agents.collect(),
        },
        heard: heard(),
        outcome: Ok(Choice {
            groups: vec![vec!["PJSIP/a".to_owned()], Vec::new()],
            reason: "because".to_owned(),
        }),
    }
}

#[test]
fn a_choice_is_no_verdict_and_reads_as_it_was_written() {
    let entry = Entry::from(choice());
    let text = entry.json().to_string();
    let read = Entry::read(&serde_json::from_str(&text).unwrap()).unwrap();
    assert!(matches!(read, Entry::Choice(_)), "{read:?}");
    assert_eq!((read.call(), read.at()), ("1.1", Duration::from_millis(5)));
    assert_eq!(read.json().to_string(), text);
}

/// A line as hosts wrote it before there were choices of agents.
#[test]
fn a_record_of_before_still_reads() {
    let line = r#"{"plugin":"p","version":"1","digest":"00","generation":3,"at":5,"took-us":7,
        "seed":"0909090909090909090909090909090909090909090909090909090909090909",
        "request":{"call":"1.1","tenant":"","direction":"internal","caller":{"number":"6001","name":null,"uri":null,
        "presentation":"allowed","attrs":[]},"dialled":"100","via":null,"place":["main","100","1"],"at":9,"attempt":0,
        "headers":[],"attrs":[]},"heard":[{"secret":"key","was-there":true}],
        "outcome":{"ok":{"decision":{"pass":true},"reason":"no","set":[],"attrs":[]}}}"#;
    let Some(Entry::Decision(read)) = Entry::read(&serde_json::from_str(line).unwrap()) else {
        panic!("it is a router's decision");
    };
    assert_eq!(
        (&*read.request.call, read.took),
        ("1.1", Duration::from_micros(7))
    );
    assert_eq!(read.outcome.unwrap().decision, Decision::Pass);
}

#[test]
fn runs_and_steps_read_as_they_were_written() {
    let step = TakenStep {
        at: Duration::from_millis(3),
        context: "main".to_owned(),
        exten: "s".to_owned(),
        priority: 2,
        application: "NoOp".to_owned(),
        data: "ä,\n".to_owned(),
    };
    let steps = StepsRecord {
        call: "1.1".to_owned(),
        channel: "PJSIP/alice-00000001".to_owned(),
        steps: vec![step],
        further: 4,
    };
    for entry in [Entry::Flow(Box::new(run())), Entry::Steps(steps)] {
        let text = entry.json().to_string();
        assert!(!text.contains('\n'));
        let read = Entry::read(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(read.json().to_string(), text);
    }
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
        let read = <DecisionRecord>::read(&serde_json::from_str(&text).unwrap()).unwrap();
        // A number that is none is not equal to itself; its text is.
        assert_eq!(read.json().to_string(), text);
    }
}

#[test]
fn what_is_no_record_is_none() {
    for text in ["{}", "[]", "7", r#"{"plugin": 1}"#] {
        assert_eq!(<DecisionRecord>::read(&serde_json::from_str(text).unwrap()), None);
    }
}
