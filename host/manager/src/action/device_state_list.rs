//! DeviceStateList: how all devices are used.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::event::state::device_body;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "DeviceStateList",
    synopsis: "List how the devices are used.",
    arguments: &[],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let devices = call.desk.device_states().await?;
    let mut list = List::begin(call.request, IdAt::Front, "Device State Changes will follow");
    for (device, state) in &devices {
        list.item("DeviceStateChange", |text| device_body(text, device, *state));
    }
    Ok(list.complete("DeviceStateListComplete"))
}
