//! Values as the field writes them: booleans, numbers, durations, lists, addresses.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::line::trim;
use crate::model::Entry;

/// The longest duration a value may name, in seconds: ten years.
const MAX_SECONDS: f64 = 315_360_000.0;

/// What was expected instead, as the end of a sentence.
pub type Expected = String;

/// Reads a boolean: yes/true/y/t/1/on and no/false/n/f/0/off in any case.
pub fn boolean(text: &str) -> Result<bool, Expected> {
    let is_one_of = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["yes", "true", "y", "t", "1", "on"]) {
        return Ok(true);
    }
    if is_one_of(["no", "false", "n", "f", "0", "off"]) {
        return Ok(false);
    }
    Err("yes or no".to_owned())
}

/// Reads a whole number in a range.
pub fn number<T>(text: &str, range: &RangeInclusive<T>) -> Result<T, Expected>
where
    T: FromStr + PartialOrd + Display,
{
    let expected = || format!("a whole number from {} to {}", range.start(), range.end());
    let number = text.parse::<T>().map_err(|_| expected())?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(expected())
    }
}

/// Reads seconds, with a fraction if there is one.
pub fn seconds(text: &str) -> Result<Duration, Expected> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(_) | Err(_) => Err("a number of seconds".to_owned()),
    }
}

/// Reads whole milliseconds.
pub fn milliseconds(text: &str) -> Result<Duration, Expected> {
    let milliseconds = number(text, &(0..=u64::from(u32::MAX)));
    milliseconds
        .map(Duration::from_millis)
        .map_err(|_| "a number of milliseconds".to_owned())
}

/// The elements of a comma list, without blanks around them and without empty ones.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(trim).filter(|element| !element.is_empty())
}

/// Finds a word in a table in any case.
pub fn choice<T: Copy>(text: &str, table: &[(&str, T)]) -> Result<T, Expected> {
    match table.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        Some((_, value)) => Ok(*value),
        None => {
            let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
            Err(format!("one of {}", words.join(", ")))
        }
    }
}

/// Reads an address with or without a port: `192.0.2.1:5060`, `[::1]:5060`, `::1`.
pub fn address(text: &str, default_port: u16) -> Result<SocketAddr, Expected> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, default_port)),
        Err(_) => Err("an IP address with or without a port".to_owned()),
    }
}

/// A host by name or address with an optional port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// The name, or the address without brackets.
    pub host: String,
    /// The port, if one is written.
    pub port: Option<u16>,
}

/// Reads `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address.
pub fn host_port(text: &str) -> Result<HostPort, Expected> {
    let expected = || "a host with or without a port".to_owned();
    if let Ok(ip) = text.parse::<Ipv6Addr>() {
        return Ok(HostPort {
            host: ip.to_string(),
            port: None,
        });
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(expected)?;
            host.parse::<Ipv6Addr>().map_err(|_| expected())?;
            (
                host,
                if rest.is_empty() {
                    None
                } else {
                    Some(rest.strip_prefix(':').ok_or_else(expected)?)
                },
            )
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port
        .map(|port| number(port, &(1..=u16::MAX)))
        .transpose()
        .map_err(|_| expected())?;
    let is_host_char = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(is_host_char) {
        return Err(expected());
    }
    Ok(HostPort {
        host: host.to_owned(),
        port,
    })
}

/// An address block: `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/32` or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The address as written.
    pub address: IpAddr,
    /// The bits that count.
    pub prefix: u8,
}

impl Network {
    /// True when the address lies in the block. An IPv4 address written in IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = |width: u32| width - u32::from(self.prefix);
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) if self.prefix <= 32 => {
                let difference = own.to_bits() ^ other.to_bits();
                difference.checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) if self.prefix <= 128 => {
                let difference = own.to_bits() ^ other.to_bits();
                difference.checked_shr(shift(128)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let expected = || "an IP address or a network such as 192.0.2.0/24".to_owned();
        let (address, mask) = match text.split_once('/') {
            Some((address, mask)) => (trim(address), Some(trim(mask))),
            None => (text, None),
        };
        let address: IpAddr = address.parse::<IpAddr>().map_err(|_| expected())?.to_canonical();
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match mask {
            None => width,
            Some(mask) => match mask.parse::<Ipv4Addr>() {
                Ok(mask)
                    if address.is_ipv4() && mask.to_bits().leading_ones() == mask.to_bits().count_ones() =>
                {
                    mask.to_bits().leading_ones() as u8
                }
                Ok(_) => return Err(expected()),
                Err(_) => number(mask, &(0..=width)).map_err(|_| expected())?,
            },
        };
        Ok(Self { address, prefix })
    }
}

impl Entry {
    /// An error that names the option and what was expected of it.
    pub fn refuse(&self, expected: &str) -> Diagnostic {
        Diagnostic::error(
            &self.origin,
            format!("'{}' must be {expected}, not '{}'", self.key, self.value),
        )
    }

    /// The value as a boolean.
    pub fn boolean(&self) -> Result<bool, Diagnostic> {
        boolean(&self.value).map_err(|expected| self.refuse(&expected))
    }

    /// The value as a whole number in a range.
    pub fn number<T>(&self, range: RangeInclusive<T>) -> Result<T, Diagnostic>
    where
        T: FromStr + PartialOrd + Display,
    {
        number(&self.value, &range).map_err(|expected| self.refuse(&expected))
    }

    /// The value as seconds.
    pub fn seconds(&self) -> Result<Duration, Diagnostic> {
        seconds(&self.value).map_err(|expected| self.refuse(&expected))
    }

    /// The value as milliseconds.
    pub fn milliseconds(&self) -> Result<Duration, Diagnostic> {
        milliseconds(&self.value).map_err(|expected| self.refuse(&expected))
    }

    /// The elements of the value as a comma list.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        list(&self.value)
    }

    /// The value as one of the words of a table.
    pub fn choice<T: Copy>(&self, table: &[(&str, T)]) -> Result<T, Diagnostic> {
        choice(&self.value, table).map_err(|expected| self.refuse(&expected))
    }

    /// The value as an address.
    pub fn address(&self, default_port: u16) -> Result<SocketAddr, Diagnostic> {
        address(&self.value, default_port).map_err(|expected| self.refuse(&expected))
    }

    /// The value as a host.
    pub fn host_port(&self) -> Result<HostPort, Diagnostic> {
        host_port(&self.value).map_err(|expected| self.refuse(&expected))
    }

    /// The value as an address block.
    pub fn network(&self) -> Result<Network, Diagnostic> {
        self.value
            .parse()
            .map_err(|expected: Expected| self.refuse(&expected))
    }
}
