//! Whom does a queue ring next? The agent a caller asked for, then by penalty and by how long each has been idle.

use ucx::prelude::*;
use ucx::selector::{agents, wait};

ucx::agent_selector!(choose);

fn choose(_: &QueueInfo, caller: &WaitingCaller, ready: &[AgentInfo]) -> Result<Choice, Failure> {
    if ready.is_empty() {
        return Ok(wait("nobody is ready"));
    }
    let together = match config("together")? {
        Some(text) => match text.parse::<usize>() {
            Ok(count) if count > 0 => count,
            Ok(_) | Err(_) => return Err(Failure::new(format!("together: {text:?} is no number above 0"))),
        },
        None => 1,
    };
    let mut order: Vec<&AgentInfo> = ready.iter().collect();
    let wanted = caller.attrs.text("agent").unwrap_or_default();
    order.sort_by_key(|agent| {
        (
            agent.id != wanted,
            agent.penalty,
            agent.last_call,
            agent.id.as_str(),
        )
    });
    let first = order[0];
    let reason = if first.id == wanted {
        format!("{} was asked for", first.id)
    } else {
        format!("{} has been idle longest", first.id)
    };
    Ok(agents(
        order
            .chunks(together)
            .map(|group| group.iter().map(|agent| agent.id.clone())),
        reason,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::bindings::types::AgentState;

    fn agent(id: &str, penalty: u32, last_call: u64) -> AgentInfo {
        AgentInfo {
            id: id.to_owned(),
            name: String::new(),
            state: AgentState::Ready,
            reason: String::new(),
            since: 0,
            last_call,
            calls: 0,
            penalty,
            attrs: Vec::new(),
        }
    }

    fn chosen(asked: &str) -> Vec<Vec<String>> {
        let queue = QueueInfo {
            id: "sales".to_owned(),
            revision: 1,
            waiting: 1,
            longest_wait: 0,
            logged_in: 3,
            ready: 3,
            talking: 0,
            answered: 0,
            abandoned: 0,
            service_level: 100,
            attrs: Vec::new(),
        };
        let caller = WaitingCaller {
            channel: "1.1".to_owned(),
            call: "1.1".to_owned(),
            caller: Party::number("6001"),
            position: 1,
            waited: 0,
            priority: 0,
            attrs: vec![attr("agent", asked)],
        };
        let ready = [agent("a", 1, 5), agent("b", 0, 9), agent("c", 0, 7)];
        choose(&queue, &caller, &ready).unwrap().groups
    }

    #[test]
    fn penalty_comes_before_idleness_and_a_wish_before_both() {
        assert_eq!(chosen(""), [["c"], ["b"], ["a"]]);
        assert_eq!(chosen("a"), [["a"], ["c"], ["b"]]);
    }

    #[test]
    fn several_ring_together_if_the_operator_says_so() {
        ucx::testing::config("together", "2");
        assert_eq!(chosen(""), [vec!["c", "b"], vec!["a"]]);
        ucx::testing::config("together", "many");
        assert!(std::panic::catch_unwind(|| chosen("")).is_err());
    }
}
