//! Mailboxes that other programs keep: this host has no module that lets them, which clients are told as the field tells it.

use crate::operation::{Answer, Ctx, Failure, Operation};
use crate::request::Request;
use std::future::{Ready, ready};

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("mailboxes";
    "list" => absent,
    "get" => absent,
    "update" => absent,
    "delete" => absent,
);

fn absent(_: &Ctx, _: &Request) -> Ready<Answer> {
    ready(Err(Failure::new(404, "Resource not found")))
}
