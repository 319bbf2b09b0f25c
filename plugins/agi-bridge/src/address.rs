//! Where is the server, and which of its scripts is meant? `agi://host[:port][/script]`.

use ucx::prelude::*;

/// The port that need not be named.
const USUAL_PORT: u16 = 4573;

/// A server and a script of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What follows the slash, a query included; empty if nothing does.
    pub script: String,
}

impl Address {
    /// Reads an address.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || Failure::new(format!("{url:?} is no server; write agi://host:port/script"));
        let rest = url.strip_prefix("agi://").ok_or_else(wrong)?;
        let (place, script) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match place.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']').ok_or_else(wrong)?;
                (host, after.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port {
            None => USUAL_PORT,
            Some(port) => port.parse().map_err(|_| wrong())?,
        };
        if host.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            script: script.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_in_several_ways() {
        for (url, host, port, script) in [
            ("agi://agi.example", "agi.example", 4573, ""),
            ("agi://127.0.0.1:4000/a/b?c=d", "127.0.0.1", 4000, "a/b?c=d"),
            ("agi://[::1]:4000/x", "::1", 4000, "x"),
            ("agi://[::1]/", "::1", 4573, ""),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(
                (address.host.as_str(), address.port, address.script.as_str()),
                (host, port, script)
            );
        }
        for url in [
            "script.py",
            "agi://",
            "agi://:4573/x",
            "agi://host:port",
            "agi:async",
            "http://host",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
