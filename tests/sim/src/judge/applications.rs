//! What an application owes beside the calls it leads: to come back after a failure, and to answer what it is asked.

use super::{BEGINS_WITHIN, COUNTED_AT, FIRST, Judge, PAUSE, Reply, SECOND};
use crate::script::Script;
use crate::seen::lock;

impl Judge {
    /// One instance of an application after another, with a pause after a failure.
    pub(super) fn check_instances(&self) -> Result<(), String> {
        let begun: Vec<_> = lock(&self.seen).begun.clone();
        let begun: Vec<_> = begun.iter().map(|(at, on)| (*at - self.zero, *on)).collect();
        if let Some(swapped) = self.swapped_at() {
            return match begun[..] {
                [(at, FIRST)] if at >= swapped => Ok(()),
                _ => Err(format!("after a swap these instances began: {begun:?}")),
            };
        }
        let Some((at, _)) = self.killed_at() else {
            return match begun[..] {
                [] => Ok(()),
                _ => Err(format!(
                    "these instances began, though none had failed: {begun:?}"
                )),
            };
        };
        let due = at + PAUSE..=at + PAUSE + BEGINS_WITHIN;
        match begun[..] {
            [(back, SECOND)] if due.contains(&back) => Ok(()),
            _ => Err(format!(
                "killed at {at:?}, these instances began: {begun:?}; one is due at {due:?}"
            )),
        }
    }

    /// Applications answer what they are asked, and know what the instance before knew.
    pub(super) fn check_replies(&self) -> Result<(), String> {
        let killed = self.killed_at().map(|(at, _)| at);
        let is_foreman = self.play.script == Script::Foreman;
        for reply in self.replies.borrow().iter() {
            let is_own = is_foreman != reply.path.starts_with("/calls");
            let concerned = killed.filter(|_| is_own);
            let is_cut_off = concerned
                .is_some_and(|at| reply.asked_at <= at + PAUSE + BEGINS_WITHIN && at <= reply.answered_at);
            let has_forgotten = concerned.is_some_and(|at| at <= reply.answered_at);
            let is_right = match reply.status {
                // Killed in the very moment, it may have answered before.
                200 if concerned == Some(reply.answered_at) => {
                    self.is_known(reply, true, is_own) || self.is_known(reply, false, is_own)
                }
                200 => self.is_known(reply, has_forgotten, is_own),
                202 => reply.path == "/calls",
                404 => has_forgotten && reply.path == "/calls/1",
                502 | 503 => is_cut_off,
                _ => false,
            };
            if !is_right {
                return Err(format!("an application answered {reply:?}"));
            }
        }
        Ok(())
    }

    /// What an instance knows of the time before it.
    fn is_known(&self, reply: &Reply, has_forgotten: bool, is_own: bool) -> bool {
        match reply.path {
            // Both generations have served before the script began, so it was handed over once.
            "/lives" => {
                let was_swapped = is_own && self.swapped_at().is_some_and(|at| at < COUNTED_AT);
                let lives = if has_forgotten {
                    0
                } else {
                    1 + u32::from(was_swapped)
                };
                reply.body == lives.to_string()
            }
            "/calls/1" => reply.body.contains("ended"),
            _ => true,
        }
    }
}
