//! Where plugins meet calls: the dialplan application `Wasm`, and the event stream as subscribers see it.

mod feed;
mod legs;
mod question;
mod story;
mod wasm;

pub use feed::feed;
pub use wasm::Wasm;
