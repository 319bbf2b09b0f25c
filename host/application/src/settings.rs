//! What http.conf and ari.conf say, as values.

mod read;

pub use read::load;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Principal, PrincipalKind, Right, Rights, Scopes};
use ucx_config::acl::{self, AccessRule};

/// Everything the interface is told by its operator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Of http.conf.
    pub http: Http,
    /// Of ari.conf.
    pub ari: Ari,
    /// Whether keys may reach code, files and the shell (`live_dangerously` of asterisk.conf).
    pub lives_dangerously: bool,
    /// What keys may reach, by their names (`[rights.application]` of ucx.toml).
    pub scopes: Scopes,
}

/// What http.conf says.
#[derive(Clone, Debug)]
pub struct Http {
    /// Whether there is a server at all.
    pub is_enabled: bool,
    /// Where it listens.
    pub address: SocketAddr,
    /// What every path begins with; empty, or with a slash before it.
    pub prefix: String,
    /// What it calls itself; none for the name with the version clients look for.
    pub server_name: Option<String>,
    /// Connections at once; a further one is closed.
    pub session_limit: usize,
    /// How long a request may take to come, and a reply to go.
    pub session_inactivity: Duration,
    /// How long a connection waits for another request; zero for not at all.
    pub session_keep_alive: Duration,
    /// Whether there is a page about the server.
    pub has_status: bool,
    /// Who may connect.
    pub access: Access,
}

/// What ari.conf says.
#[derive(Clone, Debug)]
pub struct Ari {
    /// Whether there is an interface.
    pub is_enabled: bool,
    /// Whether bodies are indented.
    pub is_pretty: bool,
    /// What clients are asked to prove themselves for.
    pub realm: String,
    /// Origins of web pages that may use it; `*` for all.
    pub origins: Vec<String>,
    /// How long a client may leave its socket full.
    pub write_timeout: Duration,
    /// Variables to show with channels.
    pub channel_variables: Vec<Arc<str>>,
    /// To which addresses clients may have media sent.
    pub media_hosts: Vec<AccessRule>,
    /// Who may use it, by name.
    pub users: BTreeMap<String, User>,
}

/// One who may use it.
#[derive(Clone, Debug)]
pub struct User {
    /// The password.
    pub password: String,
    /// Whether they may only look.
    pub is_read_only: bool,
    /// From where.
    pub access: Access,
}

/// From which addresses something is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Rules of its own, then those of named lists, each of which must permit.
    lists: Vec<Vec<AccessRule>>,
    /// A list that is named and not there permits nobody.
    is_closed: bool,
}

impl Access {
    /// Whether the address is allowed.
    pub fn permits(&self, address: IpAddr) -> bool {
        !self.is_closed && self.lists.iter().all(|rules| acl::is_permitted(rules, address))
    }
}

impl Settings {
    /// Who asks, with the rights of that user.
    pub fn principal(&self, name: &str, user: &User) -> Principal {
        let rights = match (user.is_read_only, self.lives_dangerously) {
            (true, _) => Rights::NONE.with(Right::Look),
            (false, false) => Rights::ALL,
            (false, true) => Rights::ALL.with(Right::System),
        };
        Principal::new(PrincipalKind::ApplicationKey(Arc::from(name)), rights).within(self.scopes.of(name))
    }
}

#[cfg(test)]
mod tests;
