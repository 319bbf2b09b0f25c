//! Who may call and register here? Accounts as data, replaced as a whole at run time.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::dialog::Reach;
use crate::digest::Credentials;

/// The owner's number for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u32);

/// One configured peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// What it must prove; `None` trusts whoever is identified as it.
    pub auth: Option<Credentials>,
    /// Replaces the endpoint's realm in challenges.
    pub realm: Option<String>,
    /// Addresses of record it may register.
    pub aors: Vec<String>,
    /// Whether the user of From identifies it.
    pub is_known_by_user: bool,
    /// Source addresses that identify it.
    pub addresses: Vec<AddressMatch>,
    pub reach: Reach,
}

impl Account {
    /// An account known by the user of From, with an address of record of the same name.
    pub fn of_user(id: AccountId, name: &str, auth: Option<Credentials>) -> Self {
        Self {
            id,
            auth,
            realm: None,
            aors: vec![name.to_owned()],
            is_known_by_user: true,
            addresses: Vec::new(),
            reach: Reach::Contact,
        }
    }
}

/// A range of source addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressMatch {
    pub address: IpAddr,
    /// Leading bits that count: 32 or 128 for one address.
    pub prefix_bits: u8,
    /// The only port that counts; any if none.
    pub port: Option<u16>,
}

impl AddressMatch {
    /// Whether a request from there is meant.
    pub fn covers(&self, source: SocketAddr) -> bool {
        self.port.is_none_or(|port| port == source.port()) && self.contains(source.ip())
    }

    /// Whether an address lies in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.prefix_bits.min(32));
                u32::from(own).checked_shr(shift) == u32::from(other).checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.prefix_bits.min(128));
                u128::from(own).checked_shr(shift) == u128::from(other).checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// How an address of record takes contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AorSettings {
    /// Contacts that may be registered; 0 refuses every registration.
    pub max_contacts: usize,
    /// Seconds; shorter wishes are raised to it.
    pub minimum_expiration_s: u32,
    /// Seconds when the peer wishes for nothing.
    pub default_expiration_s: u32,
    /// Seconds; longer wishes are lowered to it.
    pub maximum_expiration_s: u32,
    /// Whether a contact too many replaces the one that expires soonest, instead of being refused.
    pub removes_existing: bool,
    /// Contact URIs that are always there.
    pub static_contacts: Vec<String>,
}

impl Default for AorSettings {
    fn default() -> Self {
        Self {
            max_contacts: 1,
            minimum_expiration_s: 60,
            default_expiration_s: 3600,
            maximum_expiration_s: 7200,
            removes_existing: false,
            static_contacts: Vec::new(),
        }
    }
}

/// All accounts and addresses of record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    pub by_name: BTreeMap<String, Account>,
    pub aors: BTreeMap<String, AorSettings>,
    /// The account of callers nobody else is identified as; without one they are challenged in vain.
    pub anonymous: Option<String>,
}

impl Accounts {
    /// Adds an account known by its user, with one address of record of the same name.
    pub fn add_user(&mut self, account: Account, name: &str, aor: AorSettings) {
        self.by_name.insert(name.to_owned(), account);
        self.aors.insert(name.to_owned(), aor);
    }
}

/// The accounts with what identification needs.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) accounts: Accounts,
    by_address: Vec<(AddressMatch, String)>,
}

impl Directory {
    pub(crate) fn new(accounts: Accounts) -> Self {
        let mut by_address = Vec::new();
        for (name, account) in &accounts.by_name {
            by_address.extend(account.addresses.iter().map(|range| (*range, name.clone())));
        }
        // The narrowest range decides.
        by_address.sort_by_key(|(range, _)| std::cmp::Reverse((range.prefix_bits, range.port.is_some())));
        Self { accounts, by_address }
    }

    /// Finds who sends: by address first, then by the user of From, then the anonymous account.
    pub(crate) fn identify(&self, source: SocketAddr, user: &str) -> Option<&Account> {
        let by_address = self.by_address.iter().find(|(range, _)| range.covers(source));
        if let Some(account) = by_address.and_then(|(_, name)| self.accounts.by_name.get(name)) {
            return Some(account);
        }
        let by_user = self
            .accounts
            .by_name
            .get(user)
            .filter(|account| account.is_known_by_user);
        by_user.or_else(|| self.accounts.by_name.get(self.accounts.anonymous.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, prefix_bits: u8) -> AddressMatch {
        AddressMatch {
            address: text.parse().expect("address"),
            prefix_bits,
            port: None,
        }
    }

    #[test]
    fn a_range_holds_its_own_addresses_only() {
        assert!(range("192.0.2.0", 24).contains("192.0.2.77".parse().expect("address")));
        assert!(!range("192.0.2.0", 24).contains("192.0.3.77".parse().expect("address")));
        assert!(range("0.0.0.0", 0).contains("203.0.113.9".parse().expect("address")));
        assert!(range("2001:db8::", 32).contains("2001:db8::1".parse().expect("address")));
        assert!(!range("0.0.0.0", 0).contains("::1".parse().expect("address")));
    }

    #[test]
    fn a_port_tells_neighbours_at_one_address_apart() {
        let mut accounts = Accounts::default();
        for (number, name) in ["alice", "bob"].into_iter().enumerate() {
            let mut account = Account::of_user(AccountId(number as u32), name, None);
            account.addresses = vec![AddressMatch {
                port: Some(5061 + number as u16),
                ..range("192.0.2.1", 32)
            }];
            accounts.add_user(account, name, AorSettings::default());
        }
        let directory = Directory::new(accounts);
        let who = |source: &str| {
            let source = source.parse().expect("address and port");
            directory.identify(source, "x").map(|account| account.id.0)
        };
        assert_eq!(who("192.0.2.1:5061"), Some(0));
        assert_eq!(who("192.0.2.1:5062"), Some(1));
        assert_eq!(who("192.0.2.1:5063"), None);
    }

    #[test]
    fn the_narrowest_address_wins_then_the_user_then_anonymous() {
        let mut accounts = Accounts::default();
        for (number, name) in ["wide", "narrow", "bob", "guest"].into_iter().enumerate() {
            let account = Account::of_user(AccountId(number as u32), name, None);
            accounts.add_user(account, name, AorSettings::default());
        }
        let set = |accounts: &mut Accounts, name: &str, range| {
            if let Some(account) = accounts.by_name.get_mut(name) {
                account.addresses = vec![range];
            }
        };
        set(&mut accounts, "wide", range("10.0.0.0", 8));
        set(&mut accounts, "narrow", range("10.1.0.0", 16));
        accounts.anonymous = Some("guest".into());
        let directory = Directory::new(accounts);
        let who = |source: &str, user: &str| {
            let source = SocketAddr::new(source.parse().expect("address"), 5060);
            directory.identify(source, user).map(|account| account.id.0)
        };
        assert_eq!(who("10.1.2.3", "bob"), Some(1));
        assert_eq!(who("10.2.2.3", "bob"), Some(0));
        assert_eq!(who("192.0.2.1", "bob"), Some(2));
        assert_eq!(who("192.0.2.1", "nobody"), Some(3));
    }
}
