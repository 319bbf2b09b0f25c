//! CoreStatus: since when the host runs, and how much is going on.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::{Outcome, Reply, clock};

pub(super) static ACTION: Action = Action {
    name: "CoreStatus",
    synopsis: "Show since when the host runs and how much is going on.",
    arguments: &[],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let counts = call.desk.counts().await?;
    let context = &call.context;
    let (start_date, start_time) = clock::date_and_time(context.epoch);
    let (reload_date, reload_time) = clock::date_and_time(context.epoch + context.reloaded_at);
    let reply = Reply::success(call.request)
        .line("CoreStartupDate", &start_date)
        .line("CoreStartupTime", &start_time)
        .line("CoreReloadDate", &reload_date)
        .line("CoreReloadTime", &reload_time)
        .with(|text| {
            text.number("", "CoreCurrentCalls", counts.calls as u64);
            text.number("", "CoreProcessedCalls", counts.processed);
        });
    Ok(reply.end())
}
