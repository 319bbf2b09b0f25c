//! Processes of the demonstration: each tells what happens as one JSON object a line, and ends when its input does.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a process tells, line by line; other lines are passed over.
pub fn told(output: ChildStdout) -> Receiver<Value> {
    let (sender, told) = channel();
    // Ends with the process's output, which ends with the process.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(value) = serde_json::from_str(&line)
                && sender.send(value).is_err()
            {
                return;
            }
        }
    });
    told
}

/// Gives a process that was told to end a second for it, then ends it.
pub fn end(child: &mut Child) {
    for _ in 0..100 {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // It may have ended this moment.
    let _ = child.kill();
    let _ = child.wait();
}
