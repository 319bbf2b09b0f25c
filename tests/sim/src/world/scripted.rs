//! What a world does differently that follows a script.

use super::World;
use crate::deeds::Deed;
use crate::judge::{Replies, Reply};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::Holder;
use ucx_plugins::PartRequest;

impl World {
    /// The script begins when everybody is there.
    pub(super) fn begin_script(&mut self, now: Duration) {
        if let Some(judge) = &mut self.host.judge
            && !judge.has_begun()
            && judge.play.script.begins() <= now
        {
            judge.begin(self.started);
        }
    }

    /// What somebody asks of an application.
    pub(super) fn ask_part(&self, now: Duration, deed: &Deed) {
        let Deed::AskPart {
            plugin,
            method,
            path,
            body,
        } = *deed
        else {
            return;
        };
        let (Some(judge), Some(host)) = (&self.host.judge, &self.host.components) else {
            return;
        };
        let request = PartRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..PartRequest::default()
        };
        let (host, replies, stage) = (
            Arc::clone(&host.0),
            Replies::clone(&judge.replies),
            self.stage.clone(),
        );
        let started = self.started;
        tokio::task::spawn_local(async move {
            let answer = host.ask_part(plugin, request).await;
            let reply = Reply {
                path,
                asked_at: now,
                answered_at: started.elapsed(),
                status: answer.status,
                body: String::from_utf8_lossy(&answer.body).into_owned(),
            };
            stage.said.borrow_mut().push(format!("part {plugin} {reply:?}"));
            replies.borrow_mut().push(reply);
            stage.wake.notify_one();
        });
    }

    /// No component holds a lease of a call that it leads no more.
    pub(super) fn check_leases(&self) -> Result<(), String> {
        let Some(judge) = &self.host.judge else {
            return Ok(());
        };
        self.host.pbx.with_switch(|switch| {
            for life in self.ledger.channels.values() {
                if let Some(Holder::Plugin(plugin, _)) = switch.top_holder(life.channel.id)
                    && judge.has_left(life.channel.id)
                {
                    return Err(format!("{plugin} still holds {}", life.channel.name));
                }
            }
            Ok(())
        })
    }

    /// Nobody begins anything more.
    pub(super) fn is_done(&self, now: Duration) -> bool {
        match &self.host.judge {
            Some(judge) => judge.play.script.lasts() <= now,
            None => self.doer.calls_left == 0,
        }
    }
}

/// Of a hundred one is longer.
pub(super) fn p99(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = (times.len() * 99).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default()
}
