//! `wasi:logging/logging`: lines for the operator, cut and counted.

use crate::bindings::wasi::logging::logging::{Host, Level};
use crate::log::{LogLevel, LogLine};
use crate::state::{GuestState, PluginDesk};

/// Lines of one turn; further ones are dropped and counted.
const LINES_PER_TURN: u32 = 64;
/// The longest line in bytes; the rest is cut off.
const LINE_MAX: usize = 1024;
/// The longest context in bytes.
const CONTEXT_MAX: usize = 64;

/// The lines a turn has left.
#[derive(Debug)]
pub(crate) struct LogQuota(u32);

impl Default for LogQuota {
    fn default() -> Self {
        Self(LINES_PER_TURN)
    }
}

impl Host for GuestState {
    fn log(&mut self, level: Level, context: String, message: String) -> wasmtime::Result<()> {
        let Some(left) = self.log_quota.0.checked_sub(1) else {
            self.desk.log.drop_one();
            return Ok(());
        };
        self.log_quota.0 = left;
        put(&self.plugin, &self.desk, level, context, message);
        Ok(())
    }
}

/// Puts a line into the plugin's log and the host's.
pub(super) fn put(plugin: &str, desk: &PluginDesk, level: Level, context: String, message: String) {
    let (context, text) = (cut(context, CONTEXT_MAX), cut(message, LINE_MAX));
    trace(plugin, level, &text);
    desk.log.push(LogLine {
        level: plain(level),
        context,
        text,
    });
}

fn plain(level: Level) -> LogLevel {
    match level {
        Level::Trace => LogLevel::Trace,
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
        Level::Critical => LogLevel::Critical,
    }
}

fn trace(plugin: &str, level: Level, text: &str) {
    match level {
        Level::Trace => tracing::trace!(plugin, text),
        Level::Debug => tracing::debug!(plugin, text),
        Level::Info => tracing::info!(plugin, text),
        Level::Warn => tracing::warn!(plugin, text),
        Level::Error | Level::Critical => tracing::error!(plugin, text),
    }
}

/// At most so many bytes, without control characters that could forge a line of a log.
fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = (0..=max)
            .rev()
            .find(|&end| text.is_char_boundary(end))
            .unwrap_or(0);
        text.truncate(end);
    }
    if text.contains(|letter: char| letter.is_control() && letter != '\n' && letter != '\t') {
        text.retain(|letter| !letter.is_control() || letter == '\n' || letter == '\t');
    }
    if text.contains('\n') {
        text.replace('\n', " / ")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_characters_and_stay_one_line() {
        assert_eq!(cut("äöü".to_owned(), 3), "ä");
        assert_eq!(cut("a\nb\x1b[31m\0".to_owned(), 99), "a / b[31m");
    }
}
