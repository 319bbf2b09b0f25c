//! HTTP/1.1 as this interface speaks it. Heads are read by `httparse`; framing and writing are our own, because clients
//! compare status lines, the spelling and order of headers, and a 204 that has a `Content-Length`, which servers in
//! libraries do not let one write.

pub mod base64;
pub mod body;
pub mod connection;
pub mod head;
pub mod html;
pub mod percent;
pub mod response;
