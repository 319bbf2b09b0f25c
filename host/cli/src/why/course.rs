//! What else is known of a call: how a component led it, and the way its legs took through the dialplan.

use super::{attrs, excerpt, moment, told};
use ucx_plugins::{FlowRecord, StepsRecord};

/// The longest arguments of a question that are shown, in characters.
const WITH_MAX: usize = 160;

/// A run of a call flow in lines for people.
pub fn run(flow: &FlowRecord) -> Vec<String> {
    let digest = flow.digest.get(..12).unwrap_or(&flow.digest);
    let mut lines = vec![format!(
        "{}  {} {}, generation {} ({digest}), led {} for {:.3} s",
        moment(flow.at),
        flow.plugin,
        flow.version,
        flow.generation,
        flow.channel,
        flow.took.as_secs_f64()
    )];
    let place = &flow.place;
    let mut began = format!("  began at {},{},{}", place.context, place.exten, place.priority);
    if !flow.args.is_empty() {
        began.push_str(&format!("; {}", attrs(&flow.args)));
    }
    lines.push(began);
    lines.extend(flow.heard.iter().map(|heard| format!("  {}", told(heard))));
    if flow.is_cut {
        lines.push("  … and more, which is not kept".to_owned());
    }
    match &flow.outcome {
        Ok(words) => lines.push(format!("  ended: {words}")),
        Err(why) => lines.push(format!("  came to no end of its own: {why}")),
    }
    if flow.is_masked {
        lines.push(
            "  (digits that were pressed are crossed out; the grant record-digits keeps them)".to_owned(),
        );
    }
    lines
}

/// What was asked of a call and answered, in a line.
pub fn asked(what: &str, with: &str, answer: Option<&serde_json::Value>) -> String {
    let with = match with {
        "" => String::new(),
        with => format!(" {}", cut(with)),
    };
    let answer = match answer {
        None => "no answer came any more".to_owned(),
        Some(answer) => said(answer),
    };
    format!("{what}{with}: {answer}")
}

fn said(answer: &serde_json::Value) -> String {
    if let Some(value) = answer.get("ok") {
        return if value.is_null() {
            "ok".to_owned()
        } else {
            excerpt(value.to_string().as_bytes())
        };
    }
    let failed = answer
        .get("error")
        .or_else(|| answer.get("trap"))
        .unwrap_or(answer);
    let Some(words) = failed.as_array() else {
        return excerpt(failed.to_string().as_bytes());
    };
    let words: Vec<String> = words
        .iter()
        .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned))
        .collect();
    excerpt(words.join(": ").as_bytes())
}

fn cut(text: &str) -> String {
    if text.chars().count() > WITH_MAX {
        let shown: String = text.chars().take(WITH_MAX).collect();
        format!("{shown}…")
    } else {
        text.to_owned()
    }
}

/// The way of a leg in lines for people.
pub fn way(steps: &StepsRecord) -> Vec<String> {
    let mut lines = vec![format!("{} in the dialplan", steps.channel)];
    lines.extend(steps.steps.iter().map(|step| {
        format!(
            "  {}  {},{},{}  {}({})",
            moment(step.at),
            step.context,
            step.exten,
            step.priority,
            step.application,
            excerpt(step.data.as_bytes())
        )
    }));
    if steps.further > 0 {
        lines.push(format!("  … and {} more, which are not kept", steps.further));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;
    use ucx_plugins::{Heard, Location, TakenStep};

    #[test]
    fn a_run_reads_as_a_story() {
        let heard = |what: &str, with: &str, answer| Heard::Asked {
            what: what.to_owned(),
            with: with.to_owned(),
            answer,
        };
        let flow = FlowRecord {
            plugin: "ivr-menu".to_owned(),
            version: "0.1.0".to_owned(),
            digest: "0123456789abcdef".to_owned(),
            generation: 2,
            at: Duration::ZERO,
            took: Duration::from_millis(1500),
            seed: [0; 32],
            call: "1.1".to_owned(),
            channel: "PJSIP/alice-00000001".to_owned(),
            place: Location {
                context: "main".to_owned(),
                exten: "100".to_owned(),
                priority: "1".to_owned(),
            },
            args: Vec::new(),
            readings: Vec::new(),
            heard: vec![
                heard("channel 0 answer", "", Some(json!({"ok": null}))),
                heard(
                    "channel 0 hold",
                    "true \"\"",
                    Some(json!({"error": ["conflict", "no"]})),
                ),
                heard("channel 0 gather", "", None),
            ],
            is_cut: false,
            is_masked: false,
            outcome: Err("was stopped by the operator".to_owned()),
        };
        let lines = run(&flow);
        assert!(
            lines[0].ends_with(
                "ivr-menu 0.1.0, generation 2 (0123456789ab), led PJSIP/alice-00000001 for 1.500 s"
            )
        );
        assert_eq!(
            lines[1..],
            [
                "  began at main,100,1",
                "  channel 0 answer: ok",
                "  channel 0 hold true \"\": conflict: no",
                "  channel 0 gather: no answer came any more",
                "  came to no end of its own: was stopped by the operator"
            ]
        );
    }

    #[test]
    fn a_way_names_each_step_and_counts_the_rest() {
        let steps = StepsRecord {
            call: "1.1".to_owned(),
            channel: "PJSIP/alice-00000001".to_owned(),
            steps: vec![TakenStep {
                at: Duration::ZERO,
                context: "main".to_owned(),
                exten: "100".to_owned(),
                priority: 1,
                application: "Wasm".to_owned(),
                data: "prefix-router".to_owned(),
            }],
            further: 3,
        };
        let lines = way(&steps);
        assert_eq!(lines[0], "PJSIP/alice-00000001 in the dialplan");
        assert!(
            lines[1].ends_with("  main,100,1  Wasm(prefix-router)"),
            "{}",
            lines[1]
        );
        assert_eq!(lines[2], "  … and 3 more, which are not kept");
    }
}
