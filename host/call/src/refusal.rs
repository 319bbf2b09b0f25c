//! Why a request was not carried out.

use crate::{Interruption, Right};
use std::error::Error;
use std::fmt;

/// A request that was not carried out, and why, in words the asker can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such channel, or it is over.
    NoSuchChannel,
    /// There is no such bridge, or it is over.
    NoSuchBridge,
    /// There is no such dial, or it is decided.
    NoSuchDial,
    /// There is no such extension at that place.
    NoSuchExtension,
    /// The lease is not on top of the channel's control stack any more.
    NotInControl,
    /// The controller has been told to let go of the channel.
    Interrupted(Interruption),
    /// An argument is wrong; the text says which one and why.
    Invalid(String),
    /// The channel is in the wrong state for it; the text says what stands in the way.
    Conflict(&'static str),
    /// A table is full; the text says which.
    Full(&'static str),
    /// The principal lacks that right.
    Denied(Right),
    /// The host is going down.
    Shutdown,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchChannel => f.write_str("there is no such channel"),
            Self::NoSuchBridge => f.write_str("there is no such bridge"),
            Self::NoSuchDial => f.write_str("there is no such dial"),
            Self::NoSuchExtension => f.write_str("there is no such extension"),
            Self::NotInControl => f.write_str("somebody else controls the channel"),
            Self::Interrupted(by) => write!(f, "the channel was interrupted ({by:?})"),
            Self::Invalid(what) => f.write_str(what),
            Self::Conflict(what) => f.write_str(what),
            Self::Full(what) => write!(f, "no room: {what}"),
            Self::Denied(right) => write!(f, "the right {right:?} is missing"),
            Self::Shutdown => f.write_str("the host is going down"),
        }
    }
}

impl Error for Refusal {}
