//! What an operation is given, what it answers, and how it is found by its name in the table.

use crate::ApplicationHandle;
use crate::request::Request;
use bytes::Bytes;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;
use ucx_call::Refusal;
use ucx_pbx::{BoxFuture, Desk, Host};

/// What an operation may use.
#[derive(Clone)]
pub struct Ctx {
    /// The desk, of the key that asks.
    pub desk: Desk,
    /// The host as a whole.
    pub host: Arc<dyn Host>,
    /// Applications, clock and messages.
    pub handle: ApplicationHandle,
}

/// What an operation answers.
pub type Answer = Result<Reply, Failure>;

/// The work of an operation.
pub type Run = for<'a> fn(&'a Ctx, &'a Request) -> BoxFuture<'a, Answer>;

/// An operation that is built. Write it with [`crate::operations!`].
pub struct Operation {
    /// Its resource (`channels`).
    pub resource: &'static str,
    /// Its name there (`originateWithId`), the `operationId` of the table.
    pub name: &'static str,
    /// Its work.
    pub run: Run,
}

/// The list of operations of one resource: `operations!("channels"; "list" => list, "get" => get)`, where each is an
/// `async fn(ctx: &Ctx, request: &Request) -> Answer`.
#[macro_export]
macro_rules! operations {
    ($resource:literal; $($name:literal => $run:path),* $(,)?) => {
        &[$($crate::operation::Operation {
            resource: $resource,
            name: $name,
            run: |ctx, request| ::std::boxed::Box::pin($run(ctx, request)),
        }),*]
    };
}

/// What goes back if all went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status: 200, 201, 202 or 204.
    pub status: u16,
    /// The body's type, if there is one.
    pub content_type: Option<&'static str>,
    /// The body; empty if there is none.
    pub body: Bytes,
    /// Where what was made is, below the prefix of the interface (`/playbacks/ID`).
    pub location: Option<String>,
}

/// The type of all bodies but files.
pub const JSON: &str = "application/json";

impl Reply {
    /// 204, nothing to say.
    pub const NO_CONTENT: Self = Self::empty(204);

    /// 202, it will be done.
    pub const ACCEPTED: Self = Self::empty(202);

    const fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            body: Bytes::new(),
            location: None,
        }
    }

    /// 200 with a model.
    pub fn json(model: &impl Serialize) -> Self {
        Self {
            status: 200,
            content_type: Some(JSON),
            body: to_json(model),
            location: None,
        }
    }

    /// 201 with a model that is found at `location` from now on (`/playbacks/ID`).
    pub fn created(location: String, model: &impl Serialize) -> Self {
        Self {
            status: 201,
            location: Some(location),
            ..Self::json(model)
        }
    }

    /// 200 with a file of that type.
    pub fn file(content_type: &'static str, body: Bytes) -> Self {
        Self {
            status: 200,
            content_type: Some(content_type),
            body,
            location: None,
        }
    }
}

/// The text of a model.
pub(crate) fn to_json(model: &impl Serialize) -> Bytes {
    serde_json::to_vec(model)
        .expect("models have text keys and no failing parts")
        .into()
}

/// Why nothing was done. The texts are those of the field (`ari-errors.tsv`), as clients compare them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub status: u16,
    /// The words beside the status.
    pub reason: &'static str,
    /// Which key the body has: `message`, or `error`.
    pub key: &'static str,
    /// The sentence.
    pub message: Cow<'static, str>,
}

impl Failure {
    /// A failure with the usual words for its status.
    pub fn new(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            reason: reason(status),
            key: "message",
            message: message.into(),
        }
    }

    /// The same with other words beside the status, where the field has them (`404 Variable Not Found`).
    #[must_use]
    pub fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    /// 500 `{"error":"Allocation failed"}`: what the field says when a channel cannot be made.
    pub fn allocation() -> Self {
        Self {
            key: "error",
            ..Self::new(500, "Allocation failed")
        }
    }

    /// 501 for what is known and not built.
    pub fn not_built(what: &str) -> Self {
        Self::new(501, format!("{what} is not built in this host"))
    }

    /// Its body.
    pub fn body(&self) -> Bytes {
        let mut body = serde_json::Map::new();
        body.insert(self.key.to_owned(), self.message.as_ref().into());
        to_json(&body)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchChannel => Self::new(404, "Channel not found"),
            Refusal::NoSuchBridge => Self::new(404, "Bridge not found"),
            Refusal::NotInControl => Self::new(409, "Channel not in Stasis application"),
            Refusal::Denied(_) => Self::new(403, "Write access denied"),
            Refusal::Shutdown => Self::new(503, "The host is going down"),
            Refusal::Full(_) => Self::new(503, refusal.to_string()),
            Refusal::NoSuchDial | Refusal::Conflict(_) | Refusal::Interrupted(_) => {
                Self::new(409, refusal.to_string())
            }
            Refusal::NoSuchExtension | Refusal::Invalid(_) => Self::new(400, refusal.to_string()),
        }
    }
}

/// The usual words beside a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        422 => "Unprocessable Entity",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_bodies_clients_compare() {
        let failure = Failure::new(404, "Channel not found");
        assert_eq!(&failure.body()[..], br#"{"message":"Channel not found"}"#);
        assert_eq!(failure.reason, "Not Found");
        let failure = Failure::new(404, "Provided variable was not found").because("Variable Not Found");
        assert_eq!(failure.reason, "Variable Not Found");
        assert_eq!(
            &Failure::allocation().body()[..],
            br#"{"error":"Allocation failed"}"#
        );
    }
}
