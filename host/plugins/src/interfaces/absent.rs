//! `ucx:call/conferences`, `parking` and `ucx:queue/queues`: linked, so that every component of the world loads,
//! and honest that this host has none of it.

use wasmtime::component::Resource;

use crate::bindings::calls::ucx::call::{conferences, parking};
use crate::bindings::calls::ucx::queue::queues;
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::flow::Leg;
use crate::state::GuestState;

type Absent<T> = wasmtime::Result<Result<T, Error>>;

#[allow(clippy::unnecessary_wraps)] // what the interfaces' functions answer
fn absent<T>(what: &str) -> Absent<T> {
    Ok(Err(Error::Unavailable(format!(
        "{what} are not built into this host"
    ))))
}

const CONFERENCES: &str = "conferences";
const PARKING: &str = "parking lots";
const QUEUES: &str = "queues";

impl conferences::Host for GuestState {
    fn join(&mut self, _: Resource<Leg>, _: conferences::JoinSpec) -> Absent<conferences::Joined> {
        absent(CONFERENCES)
    }

    fn list_participants(&mut self, _: String) -> Absent<Vec<conferences::Participant>> {
        absent(CONFERENCES)
    }

    fn kick(&mut self, _: String, _: String) -> Absent<()> {
        absent(CONFERENCES)
    }

    fn mute_participant(&mut self, _: String, _: String, _: bool) -> Absent<()> {
        absent(CONFERENCES)
    }

    fn lock(&mut self, _: String, _: bool) -> Absent<()> {
        absent(CONFERENCES)
    }

    fn set_recording(&mut self, _: String, _: bool, _: String) -> Absent<String> {
        absent(CONFERENCES)
    }
}

impl parking::Host for GuestState {
    fn park(&mut self, _: Resource<Leg>, _: String, _: String, _: Vec<Attr>) -> Absent<parking::Parked> {
        absent(PARKING)
    }

    fn retrieve(&mut self, _: String, _: String) -> Absent<Resource<Leg>> {
        absent(PARKING)
    }

    fn list_parked(&mut self, _: String) -> Absent<Vec<parking::Parked>> {
        absent(PARKING)
    }
}

impl queues::Host for GuestState {
    fn get_queue(&mut self, _: String) -> Absent<queues::QueueInfo> {
        absent(QUEUES)
    }

    fn list_queues(&mut self) -> Absent<Vec<queues::QueueInfo>> {
        absent(QUEUES)
    }

    fn list_waiting(&mut self, _: String) -> Absent<Vec<queues::WaitingCaller>> {
        absent(QUEUES)
    }

    fn list_agents(&mut self, _: String) -> Absent<Vec<queues::AgentInfo>> {
        absent(QUEUES)
    }

    fn add_agent(&mut self, _: String, _: String, _: u32, _: Vec<Attr>) -> Absent<()> {
        absent(QUEUES)
    }

    fn remove_agent(&mut self, _: String, _: String) -> Absent<()> {
        absent(QUEUES)
    }

    fn pause_agent(&mut self, _: Option<String>, _: String, _: bool, _: String) -> Absent<()> {
        absent(QUEUES)
    }

    fn prioritise(&mut self, _: String, _: String, _: i32) -> Absent<()> {
        absent(QUEUES)
    }

    fn dismiss(&mut self, _: String, _: String, _: String) -> Absent<()> {
        absent(QUEUES)
    }
}
