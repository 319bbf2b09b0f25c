//! manager.conf as values: the door itself and who may come through it.

use crate::event::Classes;
use crate::filter::{Filter, Filters};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Right, Rights, Scopes};
use ucx_config::acl::{AccessRule, is_permitted};
use ucx_config::options::{Known, Reader, Settings, Table, honoured, ignored};
use ucx_config::{Config, Diagnostic, Entry, Origin, Section};

/// Users manager.conf may name; further ones are left out.
pub const USERS_MAX: usize = 10_000;

static GENERAL_OPTIONS: &[Known] = &[
    honoured("allowmultiplelogin", "yes"),
    honoured("authlimit", "50"),
    honoured("authtimeout", "30"),
    honoured("bindaddr", ""),
    ignored("block-sockets", "no"),
    honoured("brokeneventsaction", "no"),
    honoured("channelvars", ""),
    ignored("debug", "no"),
    honoured("disabledevents", ""),
    honoured("displayconnects", "yes"),
    honoured("enabled", "no"),
    ignored("httptimeout", "60"),
    honoured("port", "5038"),
    honoured("timestampevents", "no"),
    ignored("tlsbindaddr", ""),
    ignored("tlscafile", ""),
    ignored("tlscapath", ""),
    ignored("tlscertfile", ""),
    ignored("tlscipher", ""),
    ignored("tlsdisablev1", ""),
    ignored("tlsdisablev11", ""),
    ignored("tlsdisablev12", ""),
    ignored("tlsenable", "no"),
    ignored("tlsprivatekey", ""),
    ignored("tlsservercipherorder", ""),
    ignored("webenabled", "no"),
];
static GENERAL: Table = Table {
    what: "[general]",
    options: GENERAL_OPTIONS,
};

static USER_OPTIONS: &[Known] = &[
    honoured("acl", ""),
    honoured("allowmultiplelogin", "yes"),
    honoured("deny", ""),
    honoured("displayconnects", "yes"),
    honoured("eventfilter", ""),
    honoured("permit", ""),
    honoured("read", ""),
    honoured("secret", ""),
    honoured("setvar", ""),
    honoured("write", ""),
    honoured("writetimeout", "100"),
];
static USER: Table = Table {
    what: "user",
    options: USER_OPTIONS,
};

/// Somebody who may log in.
#[derive(Clone)]
pub struct User {
    /// The name of the section.
    pub name: Arc<str>,
    /// The password; empty if none is set, and then nobody gets in by it.
    secret: Box<str>,
    /// Rules for addresses, in order; the last that names an address decides.
    pub rules: Vec<AccessRule>,
    /// Names of lists of acl.conf, all of which must permit.
    pub lists: Vec<Box<str>>,
    /// Events it may see.
    pub read: Classes,
    /// Actions it may do.
    pub write: Classes,
    /// How long a write to it may stand still.
    pub write_timeout: Duration,
    /// Whether its coming and going is logged.
    pub displays_connects: bool,
    /// Whether several sessions may use it at once.
    pub allows_multiple: bool,
    /// Variables of every channel it originates.
    pub variables: Vec<(Arc<str>, Arc<str>)>,
    /// Filters its sessions begin with.
    pub filters: Filters,
}

impl fmt::Debug for User {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl User {
    /// The password, for comparing only.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether a password is set; without one nobody gets in.
    pub fn has_secret(&self) -> bool {
        !self.secret.is_empty()
    }

    /// Whether it may come from there: its own rules and each list it names must permit.
    pub fn is_permitted(&self, lists: &AccessLists, address: IpAddr) -> bool {
        is_permitted(&self.rules, address)
            && self.lists.iter().all(|name| {
                lists
                    .get(&**name)
                    .is_some_and(|rules| is_permitted(rules, address))
            })
    }

    /// What its requests may have done at the desk, by what it may write.
    pub fn rights(&self) -> Rights {
        rights(self.write)
    }
}

/// What a set of classes may have done at the desk. Everybody who logged in may look.
fn rights(write: Classes) -> Rights {
    /// Rights a class brings.
    const TABLE: &[(Classes, &[Right])] = &[
        (
            Classes::SYSTEM,
            &[Right::System, Right::Administer, Right::Control, Right::Variables],
        ),
        (Classes::CALL, &[Right::Control, Right::Variables]),
        (Classes::AGI, &[Right::Control]),
        (Classes::COMMAND, &[Right::Administer]),
        (Classes::CONFIG, &[Right::Administer]),
        (Classes::USER, &[Right::UserEvents]),
        (Classes::ORIGINATE, &[Right::Originate]),
        (Classes::MESSAGE, &[Right::Control]),
    ];
    let rows = TABLE.iter().filter(|(class, _)| write.intersects(*class));
    rows.flat_map(|(_, rights)| rights.iter())
        .fold(Rights::NONE.with(Right::Look), |rights, right| {
            rights.with(*right)
        })
}

/// The lists of acl.conf by name.
pub type AccessLists = BTreeMap<String, Vec<AccessRule>>;

/// manager.conf as values.
#[derive(Clone, Debug)]
pub struct ManagerConfig {
    /// Whether the door is open at all.
    pub is_enabled: bool,
    /// Where it listens: loopback, if the file names no address.
    pub address: SocketAddr,
    /// Whether events carry a time.
    pub has_timestamps: bool,
    /// Whether the action Events answers nothing when it switches all events on.
    pub has_broken_events: bool,
    /// Names of variables every block of a channel shows.
    pub channel_variables: Vec<Arc<str>>,
    /// How long a session may take to log in.
    pub auth_timeout: Duration,
    /// Sessions that may be about to log in at once.
    pub auth_limit: usize,
    /// Names of events nobody gets.
    pub disabled_events: BTreeSet<Box<str>>,
    /// Users by name.
    pub users: BTreeMap<Box<str>, Arc<User>>,
    /// The lists of acl.conf the users name.
    pub lists: AccessLists,
    /// Whether functions that reach files, hosts or the shell may be used by those who have the class system. This stands in
    /// asterisk.conf, so whoever reads that one says it.
    pub lives_dangerously: bool,
    /// What users may reach, by their names. This stands in ucx.toml, so whoever reads that one says it.
    pub scopes: Scopes,
    /// The options of `[general]` as text, for `manager show settings`.
    pub settings: Settings,
}

impl Default for ManagerConfig {
    /// What an empty file means.
    fn default() -> Self {
        load(&ucx_config::parse_text("manager.conf", "").0, &AccessLists::new()).0
    }
}

/// Reads manager.conf. A user with an option that cannot be read is left out, so that a mistyped restriction never opens
/// what it should close.
pub fn load(config: &Config, lists: &AccessLists) -> (ManagerConfig, Vec<Diagnostic>) {
    let mut diagnostics = ucx_config::Diagnostics::default();
    let general = config.merged("general").unwrap_or_else(empty);
    let mut reader = Reader::new(&general, &GENERAL, &mut diagnostics);
    let port = reader.number("port", 0..=u16::MAX);
    let bind = reader.maybe("bindaddr", |text| ucx_config::value::address(text, port));
    let general_multiple = general.text("allowmultiplelogin").map_or("yes", |text| text);
    let mut whole = ManagerConfig {
        is_enabled: reader.flag("enabled"),
        address: bind.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        has_timestamps: reader.flag("timestampevents"),
        has_broken_events: reader.flag("brokeneventsaction"),
        channel_variables: reader
            .list("channelvars")
            .iter()
            .map(|name| Arc::from(&**name))
            .collect(),
        auth_timeout: Duration::from_secs(reader.number("authtimeout", 1..=86_400)),
        auth_limit: reader.number("authlimit", 1..=1_000_000),
        disabled_events: reader
            .list("disabledevents")
            .iter()
            .map(|name| Box::from(&**name))
            .collect(),
        users: BTreeMap::new(),
        lists: lists.clone(),
        lives_dangerously: false,
        scopes: Scopes::default(),
        settings: reader.settings(),
    };
    if reader.has_failed() {
        // A door whose own settings cannot be read might stand where it should not.
        whole.is_enabled = false;
    }
    for section in config.sections().filter(|section| section.name != "general") {
        if whole.users.len() >= USERS_MAX {
            diagnostics.error(&section.origin, format!("there are more than {USERS_MAX} users"));
            break;
        }
        if let Some(user) = user(section, general_multiple, &mut diagnostics) {
            whole.users.insert(section.name.as_str().into(), Arc::new(user));
        }
    }
    (whole, diagnostics.into_vec())
}

fn user(section: &Section, multiple: &str, diagnostics: &mut ucx_config::Diagnostics) -> Option<User> {
    let mut filters = Filters::default();
    let mut plain = section.clone();
    plain.entries.clear();
    let mut has_failed = false;
    for entry in &section.entries {
        // `eventfilter(criteria)` is a key of its own that no table of names can hold.
        match Filter::from_option(&entry.key, &entry.value) {
            None => plain.entries.push(entry.clone()),
            Some(filter) => {
                if let Err(fault) = filter.and_then(|filter| filters.add(filter)) {
                    has_failed = true;
                    diagnostics.error(&entry.origin, fault.text().trim_end_matches('.'));
                }
            }
        }
    }
    let mut reader = Reader::new(&plain, &USER, diagnostics);
    let rules = rules(&plain, &mut reader);
    let timeout: u64 = reader.number("writetimeout", 0..=86_400_000);
    let multiple = plain.text("allowmultiplelogin").unwrap_or(multiple).to_owned();
    let user = User {
        name: Arc::from(&*section.name),
        secret: reader.text("secret").into(),
        rules,
        lists: plain
            .get_all("acl")
            .flat_map(Entry::list)
            .map(Box::from)
            .collect(),
        read: classes(&mut reader, "read"),
        write: classes(&mut reader, "write"),
        write_timeout: Duration::from_millis(timeout.max(100)),
        displays_connects: reader.flag("displayconnects"),
        allows_multiple: crate::request::is_true(&multiple),
        variables: plain.get_all("setvar").filter_map(variable).collect(),
        filters,
    };
    if has_failed || reader.has_failed() {
        let message = format!("user [{}] is left out because of its errors", section.name);
        diagnostics.error(&section.origin, message);
        return None;
    }
    Some(user)
}

fn rules(section: &Section, reader: &mut Reader<'_>) -> Vec<AccessRule> {
    let mut rules = Vec::new();
    for entry in &section.entries {
        let rule = match (entry.has_key("permit"), entry.has_key("deny")) {
            (true, _) => AccessRule::Permit,
            (_, true) => AccessRule::Deny,
            (false, false) => continue,
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

/// The classes of all lines of an option together; a word that is none only warns.
fn classes(reader: &mut Reader<'_>, name: &str) -> Classes {
    let section = reader.section();
    let mut classes = Classes::NONE;
    for entry in section.get_all(name) {
        for label in entry.list() {
            match Classes::by_label(label) {
                Some(class) => classes = classes | class,
                None if label.eq_ignore_ascii_case("none") => {}
                None => reader.warn(entry, format!("'{label}' is no class of events and actions")),
            }
        }
    }
    classes
}

fn variable(entry: &Entry) -> Option<(Arc<str>, Arc<str>)> {
    let (name, value) = entry.value.split_once('=')?;
    Some((Arc::from(name.trim()), Arc::from(value.trim())))
}

fn empty() -> Section {
    Section {
        name: "general".to_owned(),
        template: false,
        templates: Vec::new(),
        origin: Origin::new("manager.conf", 0),
        entries: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (ManagerConfig, Vec<String>) {
        let (config, faults) = ucx_config::parse_text("manager.conf", text);
        assert!(faults.is_empty(), "{faults:?}");
        let lists = ucx_config::acl::load(
            &ucx_config::parse_text("acl.conf", "[office]\ndeny=0.0.0.0/0\npermit=10.0.0.0/8\n").0,
        )
        .0;
        let (config, faults) = load(&config, &lists);
        (config, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_written_means_a_closed_door_on_loopback() {
        let config = ManagerConfig::default();
        assert!(!config.is_enabled);
        assert_eq!(config.address, "127.0.0.1:5038".parse().unwrap());
        assert_eq!(config.auth_timeout, Duration::from_secs(30));
        assert_eq!(config.auth_limit, 50);
    }

    #[test]
    fn the_door_and_its_users_are_read() {
        let (config, faults) = read(
            "[general]\nenabled = yes\nbindaddr = 127.0.0.3\nport = 5039\ntimestampevents = yes\n\
             channelvars = A, CHANNEL(state)\ndisabledevents = RTCPSent,RTCPReceived\nallowmultiplelogin = no\n\
             [base](!)\nread = system,call\nwrite = call , originate\n[ann](base)\nsecret = s3;not a comment\n\
             deny = 0.0.0.0/0\npermit = 127.0.0.1/255.255.255.255\nsetvar = A=1\nwritetimeout = 20\n\
             eventfilter(action(exclude),name(VarSet),header(Variable),method(starts_with)) = RTP\neventfilter = !Event: Hangup\n\
             [root]\nsecret = r\nread = all\nwrite = all\nallowmultiplelogin = yes\nacl = office\n",
        );
        assert_eq!(faults, Vec::<String>::new());
        assert!(config.is_enabled && config.has_timestamps);
        assert_eq!(config.address, "127.0.0.3:5039".parse().unwrap());
        assert_eq!(config.channel_variables.len(), 2);
        assert!(config.disabled_events.contains("RTCPReceived"));
        let ann = &config.users["ann"];
        assert_eq!(ann.read, Classes::SYSTEM | Classes::CALL);
        assert_eq!(ann.write, Classes::CALL | Classes::ORIGINATE);
        assert_eq!(ann.write_timeout, Duration::from_millis(100));
        assert!(!ann.allows_multiple && config.users["root"].allows_multiple);
        assert_eq!(ann.variables, [(Arc::from("A"), Arc::from("1"))]);
        assert!(
            !ann.filters
                .pass("VarSet", b"Event: VarSet\r\nVariable: RTPAUDIO\r\n\r\n")
        );
        assert!(!ann.filters.pass("Hangup", b"Event: Hangup\r\n\r\n"));
        assert!(
            ann.filters
                .pass("VarSet", b"Event: VarSet\r\nVariable: X\r\n\r\n")
        );
        let may = |user: &str, address: &str| {
            config.users[user].is_permitted(&config.lists, address.parse().unwrap())
        };
        assert!(may("ann", "127.0.0.1") && !may("ann", "10.0.0.1"));
        assert!(may("root", "10.0.0.1") && !may("root", "127.0.0.1"));
    }

    #[test]
    fn a_user_with_a_rule_that_cannot_be_read_is_left_out() {
        for line in ["permit = 10.0.0.0/99", "eventfilter = (", "writetimeout = soon"] {
            let (config, faults) = read(&format!("[ann]\nsecret = s\n{line}\n[bob]\nsecret = t\n"));
            assert!(!config.users.contains_key("ann"), "{line}");
            assert!(config.users.contains_key("bob"));
            assert!(
                faults.iter().any(|fault| fault.contains("left out")),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn a_list_nobody_wrote_permits_nobody() {
        let (config, _) = read("[ann]\nsecret = s\nacl = nosuch\n");
        let ann = &config.users["ann"];
        assert!(!ann.is_permitted(&config.lists, "127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn classes_bring_rights() {
        assert!(!rights(Classes::CALL).has(Right::System));
        assert!(rights(Classes::CALL).has(Right::Control) && rights(Classes::CALL).has(Right::Look));
        assert!(!rights(Classes::NONE).has(Right::Variables));
        assert!(rights(Classes::ALL).has(Right::System) && rights(Classes::ALL).has(Right::Originate));
        assert!(
            rights(Classes::CONFIG).has(Right::Administer) && !rights(Classes::CONFIG).has(Right::System)
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let (config, _) = read("[ann]\nsecret = hush\n");
        assert!(!format!("{config:?}").contains("hush"));
    }
}
