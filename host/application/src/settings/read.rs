//! Reading http.conf and ari.conf.

use super::{Access, Ari, Http, Settings, User};
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_config::acl::AccessRule;
use ucx_config::options::{Known, Reader, Table, honoured, ignored};
use ucx_config::{Config, Diagnostic, Diagnostics, Origin, Section, value};

static HTTP: Table = Table {
    what: "http.conf",
    options: HTTP_OPTIONS,
};

static HTTP_OPTIONS: &[Known] = &[
    honoured("acl", ""),
    honoured("bindaddr", "127.0.0.1"),
    honoured("bindport", "8088"),
    honoured("deny", ""),
    ignored("enable_static", "no"),
    honoured("enable_status", "yes"),
    honoured("enabled", "no"),
    honoured("permit", ""),
    honoured("prefix", ""),
    ignored("redirect", ""),
    honoured("servername", ""),
    honoured("session_inactivity", "30000"),
    honoured("session_keep_alive", "15000"),
    honoured("session_limit", "100"),
    honoured("sessionlimit", "100"),
    ignored("static_mime_type", ""),
    ignored("tlsbindaddr", ""),
    ignored("tlsbindport", "8089"),
    ignored("tlscafile", ""),
    ignored("tlscapath", ""),
    ignored("tlscertfile", ""),
    ignored("tlscipher", ""),
    ignored("tlsdisablev1", "no"),
    ignored("tlsdisablev11", "no"),
    ignored("tlsdisablev12", "no"),
    ignored("tlsenable", "no"),
    ignored("tlsprivatekey", ""),
    ignored("tlsservercipherorder", "yes"),
];

static GENERAL: Table = Table {
    what: "ari.conf",
    options: GENERAL_OPTIONS,
};

static GENERAL_OPTIONS: &[Known] = &[
    honoured("allowed_origins", ""),
    honoured("auth_realm", "Asterisk REST Interface"),
    honoured("channelvars", ""),
    honoured("enabled", "yes"),
    honoured("external_media_hosts", "127.0.0.0/8,::1"),
    honoured("pretty", "no"),
    ignored("type", ""),
    honoured("websocket_write_timeout", "100"),
];

static USER: Table = Table {
    what: "a user of ari.conf",
    options: USER_OPTIONS,
};

static USER_OPTIONS: &[Known] = &[
    honoured("acl", ""),
    honoured("deny", ""),
    honoured("password", ""),
    honoured("password_format", "plain"),
    honoured("permit", ""),
    honoured("read_only", "no"),
    honoured("type", "user"),
];

/// Reads both files, with the lists of acl.conf. What cannot be read keeps its default; a user whose password cannot be
/// read is left out.
pub fn load(
    http: &Config,
    ari: &Config,
    lists: &BTreeMap<String, Vec<AccessRule>>,
) -> (Settings, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let settings = Settings {
        http: read_http(http, lists, &mut diagnostics),
        ari: read_ari(ari, lists, &mut diagnostics),
        lives_dangerously: false,
        scopes: ucx_call::Scopes::default(),
    };
    (settings, diagnostics.into_vec())
}

fn read_http(
    config: &Config,
    lists: &BTreeMap<String, Vec<AccessRule>>,
    diagnostics: &mut Diagnostics,
) -> Http {
    let general = general(config, "http.conf");
    let mut reader = Reader::new(&general, &HTTP, diagnostics);
    let port = reader.number("bindport", 0..=u16::MAX);
    let limit = match general.get("session_limit") {
        Some(_) => reader.number("session_limit", 1..=1_000_000),
        None => reader.number("sessionlimit", 1..=1_000_000),
    };
    Http {
        // A file that is not there means no server.
        is_enabled: config.found() && reader.flag("enabled"),
        address: reader.read("bindaddr", |text| value::address(text, port)),
        prefix: prefix(&reader.text("prefix")),
        server_name: reader.optional("servername"),
        session_limit: limit,
        session_inactivity: reader.milliseconds("session_inactivity"),
        session_keep_alive: reader.milliseconds("session_keep_alive"),
        has_status: reader.flag("enable_status"),
        access: access(&mut reader, lists),
    }
}

fn read_ari(
    config: &Config,
    lists: &BTreeMap<String, Vec<AccessRule>>,
    diagnostics: &mut Diagnostics,
) -> Ari {
    let general = general(config, "ari.conf");
    let mut reader = Reader::new(&general, &GENERAL, diagnostics);
    let mut ari = Ari {
        is_enabled: config.found() && reader.flag("enabled"),
        is_pretty: reader.flag("pretty"),
        realm: printable(&reader.text("auth_realm")),
        origins: reader.list("allowed_origins"),
        write_timeout: reader.milliseconds("websocket_write_timeout"),
        channel_variables: reader
            .list("channelvars")
            .iter()
            .map(|name| Arc::from(name.as_str()))
            .collect(),
        media_hosts: media_hosts(&mut reader),
        users: BTreeMap::new(),
    };
    for section in config.sections().filter(|section| section.name != "general") {
        if let Some(user) = read_user(section, lists, diagnostics) {
            ari.users.insert(section.name.clone(), user);
        }
    }
    ari
}

/// The addresses and networks that are named, and no others.
fn media_hosts(reader: &mut Reader<'_>) -> Vec<AccessRule> {
    let everybody = ["0.0.0.0/0", "::/0"]
        .into_iter()
        .filter_map(|all| all.parse().ok());
    let mut rules: Vec<AccessRule> = everybody.map(AccessRule::Deny).collect();
    for name in reader.list("external_media_hosts") {
        match name.parse() {
            Ok(network) => rules.push(AccessRule::Permit(network)),
            Err(_) => {
                if let Some(entry) = reader.section().get("external_media_hosts") {
                    reader.warn(
                        entry,
                        format!("'{name}' is no address or network: media does not go there"),
                    );
                }
            }
        }
    }
    rules
}

fn read_user(
    section: &Section,
    lists: &BTreeMap<String, Vec<AccessRule>>,
    diagnostics: &mut Diagnostics,
) -> Option<User> {
    let kind = section.text("type").unwrap_or("user");
    if kind != "user" {
        let message = format!(
            "[{}] is of type {kind}, which this host does not honour",
            section.name
        );
        diagnostics.warning(&section.origin, message);
        return None;
    }
    let mut reader = Reader::new(section, &USER, diagnostics);
    let password = reader.text("password");
    if !reader.text("password_format").eq_ignore_ascii_case("plain") {
        let entry = section.get("password_format")?;
        reader.fail(entry.refuse("plain, as this host reads no other passwords"));
    }
    let user = User {
        password,
        is_read_only: reader.flag("read_only"),
        access: access(&mut reader, lists),
    };
    if reader.has_failed() {
        return None;
    }
    if user.password.is_empty() {
        let message = format!("[{}] has no password and cannot be used", section.name);
        diagnostics.error(&section.origin, message);
        return None;
    }
    Some(user)
}

fn access(reader: &mut Reader<'_>, lists: &BTreeMap<String, Vec<AccessRule>>) -> Access {
    let section = reader.section();
    let mut access = Access::default();
    let mut own = Vec::new();
    for entry in &section.entries {
        if entry.has_key("acl") {
            for name in entry.list() {
                match lists.get(name) {
                    Some(list) => access.lists.push(list.clone()),
                    None => {
                        access.is_closed = true;
                        reader.warn(
                            entry,
                            format!("there is no list '{name}' in acl.conf: nobody is let in"),
                        );
                    }
                }
            }
            continue;
        }
        let rule = if entry.has_key("permit") {
            AccessRule::Permit
        } else if entry.has_key("deny") {
            AccessRule::Deny
        } else {
            continue;
        };
        for element in entry.list() {
            match element.parse() {
                Ok(network) => own.push(rule(network)),
                Err(_) => {
                    access.is_closed = true;
                    reader.fail(entry.refuse("IP addresses or networks such as 192.0.2.0/24"));
                }
            }
        }
    }
    access.lists.push(own);
    access
}

fn general(config: &Config, file: &str) -> Section {
    config.merged("general").unwrap_or_else(|| Section {
        name: "general".to_owned(),
        template: false,
        templates: Vec::new(),
        origin: Origin::new(file, 0),
        entries: Vec::new(),
    })
}

fn prefix(text: &str) -> String {
    let text = text.trim_matches('/');
    if text.is_empty() {
        String::new()
    } else {
        format!("/{text}")
    }
}

/// A text that fits between the quotes of a header.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() && *letter != '"')
        .collect()
}
