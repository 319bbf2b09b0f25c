//! Priorities of clients: numbers or labels.

use super::Call;
use crate::clock::Moment;
use crate::manager::wall;
use ucx_call::Refusal;
use ucx_dialplan::Query;

/// The number of a priority given by number or label; none if it is neither.
pub(super) async fn find(
    call: &Call<'_>,
    (context, exten): (&str, &str),
    text: &str,
    caller_id: &str,
) -> Result<Option<u32>, Refusal> {
    if let Ok(number) = text.trim().parse::<u32>() {
        return Ok((number > 0).then_some(number));
    }
    let plan = call.desk.dialplan().await?;
    let calendar = Moment(wall());
    let query = Query {
        context,
        exten,
        caller_id,
        calendar: &calendar,
    };
    Ok(plan.priority_by_label(&query, text.trim()))
}

/// Whether a place is there.
pub(super) async fn exists(
    call: &Call<'_>,
    (context, exten): (&str, &str),
    priority: u32,
    caller_id: &str,
) -> Result<bool, Refusal> {
    let plan = call.desk.dialplan().await?;
    let calendar = Moment(wall());
    let query = Query {
        context,
        exten,
        caller_id,
        calendar: &calendar,
    };
    Ok(plan.exists(&query, priority))
}
