//! `ucx:host/calendar`: local time, and the operator's schedules.

use crate::bindings::ucx::host::calendar::{Host, LocalTime};
use crate::bindings::ucx::types::common::Error;
use crate::calendar;
use crate::state::GuestState;

impl Host for GuestState {
    fn local(&mut self, at: u64, zone: String) -> wasmtime::Result<Result<LocalTime, Error>> {
        let Some(local) = calendar::local(at, &zone) else {
            return Ok(Err(Error::Invalid(format!(
                "no such zone or moment: {zone:.64} {at}"
            ))));
        };
        let unsigned = |number: i8| u8::try_from(number).unwrap_or(0);
        Ok(Ok(LocalTime {
            year: local.year().into(),
            month: unsigned(local.month()),
            day: unsigned(local.day()),
            hour: unsigned(local.hour()),
            minute: unsigned(local.minute()),
            second: unsigned(local.second()),
            weekday: unsigned(local.weekday().to_monday_one_offset()),
            offset: i16::try_from(local.offset().seconds() / 60).unwrap_or(0),
        }))
    }

    fn is_open(&mut self, schedule: String, at: u64) -> wasmtime::Result<Result<bool, Error>> {
        if !self.rights.asks.schedules.contains(&schedule) {
            return Ok(Err(Error::Denied(format!("schedules = [{schedule:?}]"))));
        }
        let Self { host, tape, .. } = self;
        Ok(tape.open(&schedule, at, || {
            host.schedules.is_open(&schedule, at).ok_or(Error::NotFound)
        }))
    }
}
