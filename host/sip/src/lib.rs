//! SIP without sockets: messages, SDP, digest authentication, transactions, dialogs and the endpoint that owns them.
//!
//! Nothing in here reads a clock, opens a socket or draws randomness: bytes, instants and seeds come in as arguments.

pub mod digest;
pub mod header;
mod lex;
pub mod message;
pub mod method;
pub mod name;
pub mod name_addr;
pub mod params;
pub mod parse;
pub mod sdp;
pub mod status;
pub mod stream;
pub mod uri;
pub mod via;
mod write;


pub use header::{CSeq, HeaderError, Headers};
pub use message::{Message, Request, Response};
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::{ParseError, ParseErrorKind, parse_datagram};
pub use status::Status;
pub use stream::StreamParser;
pub use uri::{Host, Scheme, Uri};
pub use via::{Transport, Via};
