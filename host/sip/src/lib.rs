//! SIP without sockets: messages, SDP, digest authentication, transactions, dialogs and the endpoint that owns them.
//!
//! Nothing in here reads a clock, opens a socket or draws randomness: bytes, instants and seeds come in as arguments.

pub mod accounts;
mod arena;
mod compose;
pub mod config;
mod connections;
mod dialog;
pub mod digest;
pub mod endpoint;
pub mod event;
mod fault;
pub mod flow;
pub mod header;
mod ident;
mod lex;
pub mod message;
pub mod method;
pub mod name;
pub mod name_addr;
mod outbox;
mod owner;
pub mod params;
pub mod parse;
mod registrar;
mod registration;
pub mod sdp;
mod session;
pub mod spec;
pub mod status;
pub mod stream;
mod timer;
mod transaction;
pub mod uri;
pub mod via;
mod write;

#[cfg(test)]
mod tests;

pub use accounts::{Account, AccountId, Accounts, AddressMatch, AorSettings};
pub use config::{EndpointConfig, Limits, Timers};
pub use dialog::Reach;
pub use endpoint::{Description, Endpoint, Load};
pub use event::Event;
pub use fault::Fault;
pub use flow::{Flow, LocalTransport, Transmit, TransportId, TransportKind};
pub use header::{CSeq, HeaderError, Headers};
pub use message::{Message, Request, Response};
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::{ParseError, ParseErrorKind, parse_datagram};
pub use registrar::Binding;
pub use registration::RegistrationId;
pub use session::{SessionId, status_for_cause};
pub use spec::{InviteError, InviteSpec, NotifySpec, Party, PingSpec, Refusal, RegisterSpec};
pub use status::Status;
pub use stream::StreamParser;
pub use uri::{Host, Scheme, Uri};
pub use via::{Transport, Via};
