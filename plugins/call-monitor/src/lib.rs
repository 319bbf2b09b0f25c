//! What happened to each call? One line when it is over, from what was heard of it on the way.

use std::collections::BTreeMap;

use ucx::prelude::*;

/// Calls remembered at once; beyond that the oldest is forgotten, and its line has fewer words.
const CALLS_MAX: usize = 10_000;

/// What is known of a call that is still going on.
#[derive(Default)]
struct Call {
    caller: String,
    dialled: String,
    begun: u64,
}

/// Remembers calls from start to end.
#[derive(Default)]
struct Monitor {
    calls: BTreeMap<String, Call>,
    order: std::collections::VecDeque<String>,
}

ucx::subscriber!(Monitor);

impl Subscriber for Monitor {
    fn on_event(&mut self, event: &Event) -> Result<(), Nack> {
        let Some(id) = &event.call else { return Ok(()) };
        match event.kind.as_str() {
            "call.started" => self.begin(id, event),
            "call.ended" => log::info(&self.end(id, event)),
            _ => {}
        }
        Ok(())
    }

    fn on_gap(&mut self, gap: &Gap) {
        log::warn(&format!(
            "missed events {} to {}: {}",
            gap.first, gap.last, gap.reason
        ));
    }
}

impl Monitor {
    fn begin(&mut self, id: &str, event: &Event) {
        while self.calls.len() >= CALLS_MAX {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.calls.remove(&oldest);
        }
        let word = |name: &str| event.text(name).unwrap_or("").to_owned();
        let call = Call {
            caller: word("caller"),
            dialled: word("dialled"),
            begun: event.at,
        };
        if self.calls.insert(id.to_owned(), call).is_none() {
            self.order.push_back(id.to_owned());
        }
    }

    fn end(&mut self, id: &str, event: &Event) -> String {
        let call = self.calls.remove(id);
        self.order.retain(|known| known != id);
        let parties = match &call {
            Some(call) if !call.caller.is_empty() => format!("{} to {}", call.caller, call.dialled),
            _ => "parties unknown".to_owned(),
        };
        let lasted = event
            .int("duration")
            .and_then(|length| u64::try_from(length).ok());
        let lasted = lasted
            .or_else(|| call.map(|call| event.at.saturating_sub(call.begun)))
            .unwrap_or(0);
        let outcome = event
            .text("disposition")
            .or(event.text("cause-text"))
            .unwrap_or("ended");
        format!(
            "call {id}: {parties}, {}.{} s, {outcome}",
            lasted / 1000,
            lasted % 1000 / 100
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::testing;

    fn started(call: &str) -> Event {
        let mut event = testing::event(1, "call.started");
        event.call = Some(call.to_owned());
        event.at = 1_000;
        event.attrs = vec![attr("caller", "6001"), attr("dialled", "6002")];
        event
    }

    fn ended(call: &str) -> Event {
        let mut event = testing::event(2, "call.ended");
        event.call = Some(call.to_owned());
        event.at = 4_250;
        event.attrs = vec![attr("disposition", "ANSWERED")];
        event
    }

    fn lines() -> Vec<String> {
        testing::log_lines().into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn a_finished_call_is_one_line() {
        let mut monitor = Monitor::default();
        monitor.on_event(&started("7")).unwrap();
        assert!(lines().is_empty());
        monitor.on_event(&ended("7")).unwrap();
        assert_eq!(lines(), ["call 7: 6001 to 6002, 3.2 s, ANSWERED"]);
    }

    #[test]
    fn a_call_whose_start_was_missed_still_gets_its_line() {
        let mut monitor = Monitor::default();
        monitor.on_event(&ended("8")).unwrap();
        assert_eq!(lines(), ["call 8: parties unknown, 0.0 s, ANSWERED"]);
    }

    #[test]
    fn a_gap_is_reported() {
        let mut monitor = Monitor::default();
        monitor.on_gap(&Gap {
            first: 3,
            last: 9,
            reason: "too slow".to_owned(),
        });
        assert_eq!(lines(), ["missed events 3 to 9: too slow"]);
    }

    #[test]
    fn the_memory_of_calls_is_bounded() {
        let mut monitor = Monitor::default();
        for call in 0..CALLS_MAX + 5 {
            monitor.on_event(&started(&call.to_string())).unwrap();
        }
        assert_eq!(monitor.calls.len(), CALLS_MAX);
        assert!(!monitor.calls.contains_key("0"));
    }
}
