//! Devices that clients make up (`Stasis:lamp`), and how any device is used.

use crate::model::DeviceState;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("deviceStates";
    "list" => list,
    "get" => get,
    "update" => update,
    "delete" => delete,
);

/// How the names of devices begin that clients make up.
const OWN: &str = "Stasis:";

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    let states = ctx.desk.device_states().await?;
    let own = states.iter().filter(|(device, _)| device.starts_with(OWN));
    let models: Vec<_> = own
        .map(|(device, state)| DeviceState::new(device, *state))
        .collect();
    Ok(Reply::json(&models))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let device = request.path("deviceName");
    let state = ctx.desk.device_state(device).await?;
    Ok(Reply::json(&DeviceState::new(device, state)))
}

async fn update(ctx: &Ctx, request: &Request) -> Answer {
    let device = own(request)?;
    let unknown = || Failure::new(500, "Unknown device");
    let state: ucx_call::DeviceState = request
        .text("deviceState")
        .and_then(|word| word.parse().ok())
        .ok_or_else(unknown)?;
    if state == ucx_call::DeviceState::Unknown {
        return Err(unknown());
    }
    ctx.desk.set_device_state(device, state).await?;
    Ok(Reply::NO_CONTENT)
}

async fn delete(ctx: &Ctx, request: &Request) -> Answer {
    ctx.desk.delete_device_state(own(request)?).await?;
    Ok(Reply::NO_CONTENT)
}

/// The device, if clients may say how it is used.
fn own(request: &Request) -> Result<&str, Failure> {
    let device = request.path("deviceName");
    if device.is_empty() {
        return Err(Failure::new(404, "Device name is missing"));
    }
    if !device.starts_with(OWN) {
        return Err(Failure::new(409, "Uncontrolled device specified"));
    }
    Ok(device)
}
