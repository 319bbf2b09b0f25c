//! What does the endpoint tell its owner?
//!
//! Every session ends with exactly one of [`Event::Failed`], [`Event::Cancelled`] and [`Event::Ended`], also when the owner
//! ended it; what the protocol still has to do afterwards is done without further events.

use bytes::Bytes;

use crate::accounts::AccountId;
use crate::flow::Flow;
use crate::registration::RegistrationId;
use crate::session::SessionId;
use crate::{Headers, NameAddr, Status, Uri};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A new call came in; it waits for `trying`, `ring`, `progress`, `answer` or `reject`.
    Incoming {
        session: SessionId,
        call: Box<IncomingCall>,
    },
    /// A call of ours reached the next hop (100).
    Trying { session: SessionId },
    /// A call of ours rings (180, 181, 182).
    Ringing {
        session: SessionId,
        status: Status,
        sdp: Option<Bytes>,
    },
    /// A call of ours has progress (183 and other 1xx).
    Progress {
        session: SessionId,
        status: Status,
        sdp: Option<Bytes>,
    },
    /// A call of ours was answered. Without an offer in our INVITE, `sdp` is the offer and waits for `acknowledge`.
    Answered {
        session: SessionId,
        sdp: Option<Bytes>,
        headers: Headers,
    },
    /// The peer acknowledged our 2xx; `sdp` is its answer when the 2xx carried the offer.
    Acknowledged { session: SessionId, sdp: Option<Bytes> },
    /// A call of ours was refused or never answered.
    Failed {
        session: SessionId,
        failure: Box<Failure>,
    },
    /// The caller gave up before our final reply.
    Cancelled { session: SessionId, q850: Option<u16> },
    /// A call is over.
    Ended { session: SessionId, ending: Ending },
    /// The peer wants to change the session; it waits for `answer_reinvite` or `reject_reinvite`. Without `sdp` it wants an offer.
    Reinvite { session: SessionId, sdp: Option<Bytes> },
    /// Our re-INVITE was accepted.
    ReinviteAnswered { session: SessionId, sdp: Option<Bytes> },
    /// Our re-INVITE was refused; the session goes on as it was.
    ReinviteFailed { session: SessionId, status: Status },
    /// The peer sent an INFO we accepted.
    Info {
        session: SessionId,
        content_type: String,
        body: Bytes,
    },
    /// The peer sent a text within the call, as MESSAGE.
    Text { session: SessionId, body: Bytes },
    /// Our REFER got its reply; 408 when there was none.
    ReferAnswered { session: SessionId, status: Status },
    /// The peer tells how far it came with our REFER: the status of the call it made instead.
    Referred { session: SessionId, status: Status },
    /// Our INFO or MESSAGE got its reply; 408 when there was none.
    InfoAnswered { session: SessionId, status: Status },
    /// A peer registered a contact, or refreshed it.
    Registered(Box<Registered>),
    /// A contact is gone.
    Unregistered {
        aor: String,
        contact: String,
        reason: UnregisterReason,
    },
    /// A registrar accepted a registration of ours; `expires_s` is 0 after `unregister`.
    RegistrationOk {
        registration: RegistrationId,
        expires_s: u32,
    },
    /// A registrar refused a registration of ours, or was silent (408); it is tried again when the spec says so.
    RegistrationFailed {
        registration: RegistrationId,
        status: Status,
    },
    /// Something the operator's guard should know.
    Security(Security),
    /// A ping of ours was answered, or was not.
    OptionsReply { ping: u64, status: Option<Status> },
    /// The driver should close this TCP connection.
    Close { connection: u64 },
}

/// An incoming call.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingCall {
    pub uri: Uri,
    pub from: NameAddr,
    pub to: NameAddr,
    pub contact: Option<Uri>,
    /// Who calls, after identification and authentication.
    pub account: AccountId,
    pub flow: Flow,
    /// The offer; without one, `answer` carries ours.
    pub sdp: Option<Bytes>,
    pub call_id: String,
    pub headers: Headers,
}

/// Why a call of ours came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// 408 also stands for silence, 503 for a broken connection.
    pub status: Status,
    pub phrase: String,
    /// The cause of a `Reason: Q.850` header.
    pub q850: Option<u16>,
    /// Where a 3xx points to, in its order.
    pub contacts: Vec<Uri>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    pub by: EndedBy,
    /// The cause of the peer's `Reason: Q.850` header.
    pub q850: Option<u16>,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The owner: `hangup` or `reject`.
    Us,
    /// The peer: BYE.
    Peer,
    /// Our 2xx was never acknowledged.
    AckMissing,
    /// The dialog is gone on the other side: 481 or silence inside it.
    Lost,
}

/// A contact in the registrar.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    pub aor: String,
    pub account: AccountId,
    pub contact: String,
    /// Seconds granted.
    pub expires_s: u32,
    pub user_agent: String,
    pub call_id: String,
    pub flow: Flow,
    pub refresh: Refresh,
}

/// Whether a binding is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    New,
    Again,
}

/// Why a contact is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnregisterReason {
    /// The peer asked for it.
    Asked,
    Expired,
    /// A newer contact took its place.
    Replaced,
    /// Its TCP connection closed.
    ConnectionClosed,
    /// Its address of record is no longer configured.
    Removed,
}

/// An event for the operator's guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    pub kind: SecurityKind,
    /// The account's name as the peer wrote it; `<unknown>` when an unknown one is challenged.
    pub account: String,
    /// How it reached us.
    pub flow: Flow,
    pub call_id: String,
}

/// What the guard should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityKind {
    /// A wrong response to a challenge.
    BadPassword {
        /// The nonce it answers.
        challenge: String,
        response: String,
    },
    /// Nobody of that name, and no anonymous account.
    UnknownAccount,
    /// A REGISTER for somebody else's address of record, or for one that is not there.
    ForeignAor,
    /// More contacts than allowed.
    TooManyContacts,
    /// A challenge was sent.
    ChallengeSent,
    /// A challenge was answered rightly.
    Authenticated,
    /// Not SIP, or SIP that cannot be read.
    Malformed,
    /// A table is full and the request was shed.
    Overload,
}
