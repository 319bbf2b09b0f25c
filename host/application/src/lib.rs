//! The Application interface (ARI): HTTP, WebSocket, Stasis; one file per resource, one per model.
//!
//! One table ([`table`]) holds every operation; routing, the discovery documents and the answers of operations that are
//! not built come from it. [`applications`] is the state of who listens to what, [`event`] turns the host's stream into
//! messages, [`handle`] is what everything shares.

pub mod applications;
pub mod clock;
pub mod dispatch;
pub mod docs;
pub mod event;
mod fault;
pub mod handle;
pub mod http;
pub mod model;
pub mod operation;
mod pretty;
pub mod request;
pub mod resource;
pub mod router;
mod server;
pub mod settings;
pub mod stasis;
pub mod table;
mod websocket;

pub use fault::Fault;
pub use handle::ApplicationHandle;
pub use server::Application;
pub use settings::Settings;
