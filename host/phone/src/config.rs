//! What is a soft phone told at its start? Who it is, whom it talks to, and what it does with calls.

use std::net::SocketAddr;
use std::time::Duration;

use ucx_media::Codec;
use ucx_sip::TransportKind;
use ucx_sip::digest::{Credentials, Secret};

/// Calls one phone may have at once when nothing else is said; more are refused with 486.
pub const DEFAULT_MAX_CALLS: usize = 8;

/// A name in the host's directory, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user of From, Contact and the address of record.
    pub user: String,
    /// Shown beside the number.
    pub display: Option<String>,
    /// Answers challenges; without it they are refusals.
    pub password: Option<String>,
}

impl Identity {
    /// A user without display name and password.
    pub fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            display: None,
            password: None,
        }
    }

    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let password = self.password.clone()?;
        Some(Credentials {
            username: self.user.clone(),
            secret: Secret::Plain(password),
        })
    }
}

/// What a phone does with an incoming call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Answers after ringing so long; at once and without ringing when it is zero.
    Answer {
        /// From the INVITE to the 200.
        after: Duration,
    },
    /// Refuses with 486.
    Busy,
    /// Rings until somebody answers it.
    #[default]
    Ring,
    /// Refuses with a status.
    Reject {
        /// 300 to 699.
        status: u16,
    },
}

/// Where the addresses for RTP come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// The driver is asked for each stream ([`crate::Need::Ports`]).
    Ask,
    /// Pairs counted up from this address, each used again once its call is over.
    From(SocketAddr),
}

/// The audio a phone offers and takes, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formats(pub Vec<Codec>);

impl Default for Formats {
    fn default() -> Self {
        Self(vec![Codec::Pcmu, Codec::Pcma])
    }
}

/// What a phone is made of.
#[derive(Clone, Debug)]
pub struct PhoneConfig {
    /// Every tag, branch, source and sequence number is drawn from it.
    pub seed: [u8; 32],
    /// Who it is.
    pub identity: Identity,
    /// The host, or another phone: where requests go to.
    pub server: SocketAddr,
    /// The domain in its own addresses; the server's address when there is none.
    pub domain: Option<String>,
    /// What carries SIP.
    pub transport: TransportKind,
    /// The bound SIP address, as peers reach it.
    pub sip: SocketAddr,
    /// Where the addresses for RTP come from.
    pub ports: Ports,
    /// What happens with incoming calls.
    pub policy: Policy,
    /// The tone it sends, in Hz; `None` sends silence.
    pub tone_hz: Option<u16>,
    /// The frequencies it tells apart, in Hz, best 100 Hz or more apart.
    pub listen_for_hz: Vec<u16>,
    /// The audio it speaks.
    pub formats: Formats,
    /// Calls at once; more are refused with 486.
    pub max_calls: usize,
}

impl PhoneConfig {
    /// A phone on UDP that rings until it is answered and sends silence.
    pub fn new(seed: [u8; 32], identity: Identity, sip: SocketAddr, server: SocketAddr) -> Self {
        Self {
            seed,
            identity,
            server,
            domain: None,
            transport: TransportKind::Udp,
            sip,
            ports: Ports::Ask,
            policy: Policy::default(),
            tone_hz: None,
            listen_for_hz: DEFAULT_TONES_HZ.to_vec(),
            formats: Formats::default(),
            max_calls: DEFAULT_MAX_CALLS,
        }
    }

    pub(crate) fn domain(&self) -> String {
        self.domain.clone().unwrap_or_else(|| self.server.to_string())
    }
}

/// Tones phones use to know each other by, in Hz.
pub const DEFAULT_TONES_HZ: [u16; 8] = [440, 550, 660, 770, 880, 1000, 1200, 1500];
