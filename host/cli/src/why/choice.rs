//! Whom a selector had a queue ring, and what that rested on.

use super::{attrs, head, told};
use ucx_plugins::{Choice, ChoiceRecord};

/// Agents that are named; of more their number is told.
const NAMED_MAX: usize = 12;

/// A choice of agents in lines for people.
pub fn story(choice: &ChoiceRecord) -> Vec<String> {
    let mut lines = vec![head(choice), format!("  asked about {}", question(choice))];
    lines.extend(choice.heard.iter().map(|heard| format!("  {}", told(heard))));
    match &choice.outcome {
        Ok(chosen) => {
            lines.push(format!("  chose: {}", words(chosen)));
            if !chosen.reason.is_empty() {
                lines.push(format!("  because: {}", chosen.reason));
            }
        }
        Err(why) => lines.push(format!("  gave no choice: {why}; the next selector was asked")),
    }
    lines
}

fn question(choice: &ChoiceRecord) -> String {
    let (queue, caller) = (&choice.request.queue, &choice.request.caller);
    let ready = choice.request.ready.iter().map(|agent| agent.id.as_str());
    let mut words = format!(
        "{} in queue {}, place {}, waiting for {:.1} s; ready: {}",
        caller.caller.number,
        queue.id,
        caller.position,
        f64::from(caller.waited) / 1000.0,
        named(ready)
    );
    if caller.priority != 0 {
        words.push_str(&format!("; priority {}", caller.priority));
    }
    if !caller.attrs.is_empty() {
        words.push_str(&format!("; {}", attrs(&caller.attrs)));
    }
    words
}

fn named<'a>(agents: impl Iterator<Item = &'a str>) -> String {
    let agents: Vec<&str> = agents.collect();
    match agents.as_slice() {
        [] => "nobody".to_owned(),
        few if few.len() <= NAMED_MAX => few.join(" "),
        many => format!(
            "{} and {} more",
            many[..NAMED_MAX].join(" "),
            many.len() - NAMED_MAX
        ),
    }
}

/// A choice in words.
pub fn words(choice: &Choice) -> String {
    let group = |group: &Vec<String>| group.join(" and ");
    let groups: Vec<String> = choice.groups.iter().map(group).collect();
    if groups.is_empty() {
        "wait".to_owned()
    } else {
        format!("ring {}", groups.join(", then "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use ucx_plugins::{AgentInfo, AgentState, ChoiceRequest, QueueInfo, RouteRequest, WaitingCaller};

    fn agent(id: &str) -> AgentInfo {
        AgentInfo {
            id: id.to_owned(),
            name: String::new(),
            state: AgentState::Ready,
            reason: String::new(),
            since: 0,
            last_call: 0,
            calls: 0,
            penalty: 0,
            attrs: Vec::new(),
        }
    }

    fn record(outcome: Result<Choice, String>) -> ChoiceRecord {
        let mut caller = RouteRequest::new("1.1", "").caller;
        caller.number = "6001".to_owned();
        ChoiceRecord {
            plugin: "longest-idle".to_owned(),
            version: "0.1.0".to_owned(),
            digest: "0123456789abcdef".to_owned(),
            generation: 2,
            at: Duration::ZERO,
            took: Duration::from_micros(41),
            seed: [0; 32],
            request: ChoiceRequest {
                queue: QueueInfo {
                    id: "sales".to_owned(),
                    revision: 1,
                    waiting: 1,
                    longest_wait: 1_500,
                    logged_in: 2,
                    ready: 2,
                    talking: 0,
                    answered: 0,
                    abandoned: 0,
                    service_level: 100,
                    attrs: Vec::new(),
                },
                caller: WaitingCaller {
                    channel: "1.1".to_owned(),
                    call: "1.1".to_owned(),
                    caller,
                    position: 1,
                    waited: 1_500,
                    priority: -2,
                    attrs: Vec::new(),
                },
                ready: vec![agent("PJSIP/a"), agent("PJSIP/b")],
            },
            heard: Vec::new(),
            outcome,
        }
    }

    #[test]
    fn a_choice_reads_as_a_story() {
        let lines = story(&record(Ok(Choice {
            groups: vec![vec!["PJSIP/b".to_owned(), "PJSIP/a".to_owned()]],
            reason: "PJSIP/b has been idle longest".to_owned(),
        })));
        assert!(lines[0].ends_with("longest-idle 0.1.0, generation 2 (0123456789ab), took 0.041 ms"));
        assert_eq!(
            lines[1..],
            [
                "  asked about 6001 in queue sales, place 1, waiting for 1.5 s; ready: PJSIP/a PJSIP/b; priority -2",
                "  chose: ring PJSIP/b and PJSIP/a",
                "  because: PJSIP/b has been idle longest"
            ]
        );
        let failed = story(&record(Err("trapped".to_owned())));
        assert_eq!(
            failed.last().unwrap(),
            "  gave no choice: trapped; the next selector was asked"
        );
        let agents: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert!(named(agents.iter().map(String::as_str)).ends_with("11 and 8 more"));
    }
}
