//! `ucx:host/metrics`: numbers for the operator's dashboards.

use crate::bindings::ucx::host::metrics::Host;
use crate::bindings::ucx::types::common::{Attr, Value};
use crate::metrics::Metric;
use crate::state::GuestState;

impl Host for GuestState {
    fn count(&mut self, name: String, n: u64, labels: Vec<Attr>) -> wasmtime::Result<()> {
        self.desk
            .metrics
            .update(series(name, &labels), Metric::Counter(0), |metric| match metric {
                Metric::Counter(count) => {
                    *count = count.saturating_add(n);
                    true
                }
                Metric::Gauge(_) | Metric::Histogram { .. } => false,
            });
        Ok(())
    }

    fn observe(&mut self, name: String, value: f64, labels: Vec<Attr>) -> wasmtime::Result<()> {
        let first = Metric::Histogram { count: 0, sum: 0.0 };
        self.desk
            .metrics
            .update(series(name, &labels), first, |metric| match metric {
                Metric::Histogram { count, sum } if value.is_finite() => {
                    *count = count.saturating_add(1);
                    *sum += value;
                    true
                }
                Metric::Histogram { .. } | Metric::Counter(_) | Metric::Gauge(_) => false,
            });
        Ok(())
    }

    fn gauge(&mut self, name: String, value: f64, labels: Vec<Attr>) -> wasmtime::Result<()> {
        self.desk.metrics.update(
            series(name, &labels),
            Metric::Gauge(value),
            |metric| match metric {
                Metric::Gauge(last) => {
                    *last = value;
                    true
                }
                Metric::Counter(_) | Metric::Histogram { .. } => false,
            },
        );
        Ok(())
    }
}

/// `name{label="value",…}` with the characters a metric's name may have.
fn series(name: String, labels: &[Attr]) -> String {
    let mut series = words(&name);
    if labels.is_empty() {
        return series;
    }
    let labels: Vec<String> = labels
        .iter()
        .map(|label| format!("{}={:?}", words(&label.name), text(&label.value)))
        .collect();
    series.push_str(&format!("{{{}}}", labels.join(",")));
    series
}

fn words(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Bytes(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_cannot_break_out_of_the_text_format() {
        let label = Attr {
            name: "a b".to_owned(),
            value: Value::Text("x\"} 1\n".to_owned()),
        };
        assert_eq!(
            series("calls.total".to_owned(), &[label]),
            "calls_total{a_b=\"x\\\"} 1\\n\"}"
        );
    }
}
