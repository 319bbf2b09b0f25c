//! Lines on their way to files: formed where they are said, written by a thread of their own.

use super::{Log, LogLevel, LogPlan, Order};
use jiff::Zoned;
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::Receiver;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Files that were put aside are kept up to this number each.
const ASIDE_MAX: usize = 10_000;

/// Hands lines to the thread that writes.
pub struct Channels {
    log: Log,
}

impl Channels {
    pub fn new(log: Log) -> Self {
        Self { log }
    }
}

impl<S: Subscriber> Layer<S> for Channels {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            Level::INFO => LogLevel::Notice,
            _ => LogLevel::Debug,
        };
        if level == LogLevel::Debug && self.log.debug() == 0 {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.log.line(
            level,
            format!("{}: {}{}", metadata.target(), fields.message, fields.others),
        );
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value}"),
            name => write!(self.others, " {name}={value}"),
        };
    }
}

struct Channel {
    file: Option<File>,
    is_terminal: bool,
    levels: Vec<LogLevel>,
}

/// Writes until nobody says anything more.
pub fn write(plan: &LogPlan, inbox: &Receiver<Order>) {
    let mut plan = plan.clone();
    let mut channels = open(&plan);
    while let Ok(order) = inbox.recv() {
        match order {
            Order::Line(level, text) => {
                let line = line(&plan.date_format, level, &text);
                for channel in channels
                    .iter_mut()
                    .filter(|channel| channel.levels.contains(&level))
                {
                    channel.write(&line);
                }
            }
            Order::Use(other) => {
                channels = open(&other);
                plan = other;
            }
            Order::Rotate(only) => {
                let files = plan.channels.iter().filter_map(|channel| channel.file.as_ref());
                for file in files.filter(|file| only.as_ref().is_none_or(|only| only == *file)) {
                    put_aside(file);
                }
                channels = open(&plan);
            }
        }
    }
}

impl Channel {
    fn write(&mut self, line: &str) {
        if self.is_terminal {
            crate::say_error(line.trim_end());
        }
        if let Some(file) = &mut self.file {
            // There is nowhere to say that the log cannot be written.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

fn line(date_format: &str, level: LogLevel, text: &str) -> String {
    let time = stamp(date_format, &Zoned::now());
    // One entry, one line: what a peer said cannot look like another entry.
    let text = text.replace(['\r', '\n'], " ");
    format!("[{time}] {}[{}] {text}\n", level.as_str(), std::process::id())
}

/// A time in the letters of `strftime`, with the field's `%q`, `%1q` … for fractions of a second.
fn stamp(date_format: &str, now: &Zoned) -> String {
    let milliseconds = now.subsec_nanosecond() / 1_000_000;
    let format = date_format
        .replace("%3q", &format!("{milliseconds:03}"))
        .replace("%2q", &format!("{:02}", milliseconds / 10))
        .replace("%1q", &(milliseconds / 100).to_string())
        .replace("%q", &format!("{milliseconds:03}"));
    jiff::fmt::strtime::format(&format, now).unwrap_or_default()
}

fn open(plan: &LogPlan) -> Vec<Channel> {
    plan.channels
        .iter()
        .map(|channel| Channel {
            file: channel.file.as_deref().and_then(append_to),
            is_terminal: channel.file.is_none(),
            levels: channel.levels.clone(),
        })
        .collect()
}

fn append_to(path: &Path) -> Option<File> {
    if let Some(folder) = path.parent() {
        // The file says so if this failed.
        let _ = std::fs::create_dir_all(folder);
    }
    match OpenOptions::new().create(true).append(true).open(path) {
        Ok(file) => Some(file),
        Err(error) => {
            crate::say_error(&format!("the log {}: {error}", path.display()));
            None
        }
    }
}

/// Renames a file to the first free `FILE.0`, `FILE.1` and so on.
fn put_aside(path: &Path) {
    let free = (0..ASIDE_MAX).find_map(|number| {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{number}"));
        (!Path::new(&aside).exists()).then_some(aside)
    });
    // A file that is not there has nothing to put aside.
    if let Some(aside) = free {
        let _ = std::fs::rename(path, aside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogChannel;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn lines_go_to_the_files_that_want_their_level_and_are_put_aside() {
        let folder = std::env::temp_dir().join(format!("ucx-log-{}", std::process::id()));
        let full = folder.join("full");
        let plan = LogPlan {
            channels: vec![LogChannel {
                file: Some(full.clone()),
                levels: vec![LogLevel::Error],
            }],
            date_format: "%Y".to_owned(),
        };
        let (orders, inbox) = sync_channel(8);
        orders
            .send(Order::Line(LogLevel::Error, "one\r\nERROR[1] two".to_owned()))
            .unwrap();
        orders
            .send(Order::Line(LogLevel::Notice, "unwanted".to_owned()))
            .unwrap();
        orders.send(Order::Rotate(Some(folder.join("other")))).unwrap();
        orders.send(Order::Rotate(None)).unwrap();
        orders
            .send(Order::Line(LogLevel::Error, "three".to_owned()))
            .unwrap();
        drop(orders);
        write(&plan, &inbox);
        let aside = std::fs::read_to_string(folder.join("full.0")).unwrap();
        assert!(aside.ends_with("one  ERROR[1] two\n"), "{aside}");
        assert_eq!(aside.lines().count(), 1);
        assert!(std::fs::read_to_string(full).unwrap().ends_with("three\n"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
