//! Address rules: `permit` and `deny` lines, and the named lists of acl.conf.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Config;
use crate::options::{Known, Reader, Table, honoured};
use crate::value::Network;

static OPTIONS: &[Known] = &[honoured("deny", ""), honoured("permit", "")];
static TABLE: Table = Table {
    what: "acl",
    options: OPTIONS,
};

/// Reads acl.conf. A list with a rule that cannot be read is left out, and a name that is not here
/// must be taken as a list that permits nobody.
pub fn load(config: &Config) -> (BTreeMap<String, Vec<AccessRule>>, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let mut lists = BTreeMap::new();
    for section in config.sections().filter(|section| section.name != "general") {
        let mut reader = Reader::new(section, &TABLE, &mut diagnostics);
        let rules = read_rules(&mut reader);
        if !reader.has_failed() {
            lists
                .entry(section.name.clone())
                .or_insert_with(Vec::new)
                .extend(rules);
        }
    }
    (lists, diagnostics.into_vec())
}

/// One line of `permit` or `deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessRule {
    /// Addresses of the network may.
    Permit(Network),
    /// Addresses of the network may not.
    Deny(Network),
}

/// Goes through rules in order: the last one that names the address decides; none means yes.
pub fn is_permitted(rules: &[AccessRule], address: IpAddr) -> bool {
    let verdict = rules.iter().rev().find_map(|rule| match rule {
        AccessRule::Permit(network) => network.contains(address).then_some(true),
        AccessRule::Deny(network) => network.contains(address).then_some(false),
    });
    verdict.unwrap_or(true)
}

/// The rules of a section in the order written.
pub(crate) fn read_rules(reader: &mut Reader<'_>) -> Vec<AccessRule> {
    let mut rules = Vec::new();
    for entry in &reader.section().entries {
        let rule = if entry.has_key("permit") {
            AccessRule::Permit
        } else if entry.has_key("deny") {
            AccessRule::Deny
        } else {
            continue;
        };
        for element in entry.list() {
            match element.parse() {
                Ok(network) => rules.push(rule(network)),
                Err(_) => reader.fail(entry.refuse("IP addresses or networks such as 192.0.2.0/24")),
            }
        }
    }
    rules
}
