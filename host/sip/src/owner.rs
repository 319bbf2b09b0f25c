//! Who waits for the outcome of a transaction?

use crate::registration::RegistrationId;
use crate::session::SessionId;

/// The one who is told about replies and time-outs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody: the transaction only runs to its end.
    Nobody,
    /// The first INVITE of a session.
    Invite(SessionId),
    /// A request inside the dialog of a session.
    InDialog(SessionId, Purpose),
    Registration(RegistrationId),
    /// An OPTIONS of ours, with the caller's number for it.
    Ping(u64),
}

/// Why a request was sent inside a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Bye,
    Reinvite,
    Info,
    Refer,
}
