//! Conversations of whole endpoints over a simulated network with virtual time.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks the events it is about"
)]

mod branches;
mod calls;
mod floods;
mod guard;
mod mutations;
mod register;
mod reinvite;
mod scripted;
mod soak;
mod tcp;
mod world;
