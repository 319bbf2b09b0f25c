//! What is an endpoint given at its start? Sockets, a seed, timers, bounds, and what it says of itself.

use std::time::Duration;

use crate::Method;
use crate::flow::LocalTransport;

/// What an endpoint is made of.
#[derive(Debug, Clone)]
pub struct EndpointConfig {
    /// Every tag, branch, Call-ID and nonce is drawn from it; a secret outside of tests.
    pub seed: [u8; 32],
    /// Written as User-Agent in requests and as Server in replies; empty for neither.
    pub user_agent: String,
    pub local: Vec<LocalTransport>,
    pub timers: Timers,
    pub limits: Limits,
    /// The methods of the Allow header; others get 405, or 501 when their name is not known at all.
    pub allow: Vec<Method>,
    /// Extensions of the Supported header; a `Require` with another one gets 420.
    pub supported: Vec<String>,
    /// The user of our Contact in incoming calls; empty for an address alone.
    pub contact_user: String,
    /// The realm of challenges.
    pub realm: String,
    /// Seconds between 1970 and the start of the host, for the Date header; without it there is none.
    pub started_at_unix_s: Option<u64>,
}

impl EndpointConfig {
    /// A configuration with the RFC's timers and ordinary bounds.
    pub fn new(seed: [u8; 32], local: Vec<LocalTransport>) -> Self {
        Self {
            seed,
            user_agent: "ucx".to_owned(),
            local,
            timers: Timers::default(),
            limits: Limits::default(),
            allow: vec![
                Method::Options,
                Method::Register,
                Method::Invite,
                Method::Ack,
                Method::Bye,
                Method::Cancel,
                Method::Info,
                Method::Message,
            ],
            supported: Vec::new(),
            contact_user: String::new(),
            realm: "asterisk".to_owned(),
            started_at_unix_s: None,
        }
    }

    /// The Allow header's value.
    pub(crate) fn allow_value(&self) -> String {
        self.allow
            .iter()
            .map(Method::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The timers of RFC 3261, table 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// Round trip estimate.
    pub t1: Duration,
    /// Longest interval between repetitions.
    pub t2: Duration,
    /// Longest life of a message in the network.
    pub t4: Duration,
    /// How long a refused INVITE waits for repetitions of the refusal on UDP (at least 32 s by the RFC).
    pub timer_d: Duration,
    /// After this without a reply an INVITE is answered by 100 (section 17.2.1).
    pub trying_after: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            timer_d: Duration::from_secs(32),
            trying_after: Duration::from_millis(200),
        }
    }
}

impl Timers {
    /// 64*T1: timers B, F, H, J, L and M.
    pub(crate) fn timeout(&self) -> Duration {
        self.t1 * 64
    }
}

/// Bounds of the tables; what is above them is refused with 503 and Retry-After, calls in progress go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sessions, from the first INVITE to the reply to BYE.
    pub sessions: usize,
    /// Transactions; a quarter more is kept free for requests inside calls.
    pub transactions: usize,
    /// Bindings of all addresses of record together.
    pub bindings: usize,
    /// TCP connections.
    pub connections: usize,
    /// Registrations of ours with other registrars.
    pub registrations: usize,
    /// Largest datagram that is read, in bytes.
    pub datagram: usize,
    /// Told to a peer with a 503, in seconds.
    pub retry_after_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 20_000,
            // An answered call leaves two behind for 32 s on either side: enough for 3,000 calls a second.
            transactions: 400_000,
            bindings: 100_000,
            connections: 20_000,
            registrations: 1_000,
            datagram: 65_535,
            retry_after_s: 5,
        }
    }
}
