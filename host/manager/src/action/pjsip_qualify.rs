//! PJSIPQualify: asks an endpoint's contacts whether they are there.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "PJSIPQualify",
    synopsis: "Ask an endpoint's contacts whether they are there.",
    arguments: &[required("Endpoint", "The endpoint's name.")],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call
        .request
        .filled("Endpoint")
        .ok_or("Endpoint parameter missing.")?;
    let pjsip = call.desk.pjsip().await?;
    let endpoint = pjsip.endpoints.get(name).ok_or("Unable to retrieve endpoint")?;
    if endpoint.aors.is_empty() {
        return Err("No AoRs configured for endpoint".into());
    }
    call.desk.qualify(name).await?;
    Ok(Reply::done(call.request, "Endpoint found, will qualify"))
}
