//! Rows of the tables about SIP, column by column as the field sets them (capture cli-idle-and-call).

use crate::command::text::clock;
use md5::{Digest, Md5};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, DeviceState, Technology};
use ucx_config::pjsip::{Endpoint, Identify, Match, Pjsip, Protocol};
use ucx_pbx::{ContactView, RegistrationView};

pub const ENDPOINT_TREE_HEAD: &str = concat!(
    " Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>\n",
    "    I/OAuth:  <AuthId/UserName...........................................................>\n",
    "        Aor:  <Aor............................................>  <MaxContact>\n",
    "      Contact:  <Aor/ContactUri..........................> <Hash....> <Status> <RTT(ms)..>\n",
    "  Transport:  <TransportId........>  <Type>  <cos>  <tos>  <BindAddress..................>\n",
    "   Identify:  <Identify/Endpoint.........................................................>\n",
    "        Match:  <criteria.........................>\n",
    "    Channel:  <ChannelId......................................>  <State.....>  <Time.....>\n",
    "        Exten: <DialedExten...........>  CLCID: <ConnectedLineCID.......>\n",
);
pub const ENDPOINT_HEAD: &str =
    " Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>\n";
pub const CONTACT_HEAD: &str =
    "  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>\n";
pub const AOR_HEAD: &str = concat!(
    "      Aor:  <Aor..............................................>  <MaxContact>\n",
    "    Contact:  <Aor/ContactUri............................> <Hash....> <Status> <RTT(ms)..>\n",
);
pub const AUTH_HEAD: &str =
    "  I/OAuth:  <AuthId/UserName.............................................................>\n";
pub const REGISTRATION_HEAD: &str =
    " <Registration/ServerURI..............................>  <Auth....................>  <Status.......>\n";
pub const CHANNEL_HEAD: &str = concat!(
    "  Channel:  <ChannelId........................................>  <State.....>  <Time.....>\n",
    "      Exten: <DialedExten.............>  CLCID: <ConnectedLineCID.......>\n",
);
pub const IDENTIFY_HEAD: &str = concat!(
    " Identify:  <Identify/Endpoint...........................................................>\n",
    "      Match:  <criteria...........................>\n",
);
pub const TRANSPORT_HEAD: &str =
    "Transport:  <TransportId........>  <Type>  <cos>  <tos>  <BindAddress....................>\n";

/// What the tables are made of.
pub struct View {
    pub pjsip: Arc<Pjsip>,
    pub contacts: Vec<ContactView>,
    pub registrations: Vec<RegistrationView>,
    pub channels: Vec<Arc<ChannelSnapshot>>,
    pub devices: Vec<(Arc<str>, DeviceState)>,
    /// Time since the host started.
    pub now: Duration,
}

impl View {
    fn channels_of<'a>(&'a self, endpoint: &'a str) -> impl Iterator<Item = &'a ChannelSnapshot> {
        self.channels
            .iter()
            .map(|channel| &**channel)
            .filter(move |channel| channel.technology == Technology::Pjsip && *channel.endpoint == *endpoint)
    }

    fn contacts_of<'a>(&'a self, aor: &'a str) -> impl Iterator<Item = &'a ContactView> {
        self.contacts.iter().filter(move |contact| *contact.aor == *aor)
    }
}

/// Fills a line up to a column, with a blank at least.
fn at(line: &mut String, column: usize) {
    let length = line.chars().count();
    let blanks = column.saturating_sub(length).max(1);
    line.extend(std::iter::repeat_n(' ', blanks));
}

/// A line that begins with a text, and further texts each at its column.
fn row(begin: &str, rest: &[(usize, &str)]) -> String {
    let mut line = begin.to_owned();
    for (column, text) in rest {
        at(&mut line, *column);
        line.push_str(text);
    }
    line.push('\n');
    line
}

fn contact(indent: usize, contact: &ContactView) -> String {
    let hash: String = Md5::digest(contact.uri.as_bytes())
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let status = match contact.status {
        "NonQualified" => "NonQual",
        "Reachable" => "Avail",
        "Unreachable" => "Unavail",
        other => other,
    };
    let time = contact.round_trip.map_or_else(
        || "nan".to_owned(),
        |time| format!("{:.3}", time.as_secs_f64() * 1e3),
    );
    row(
        &format!("{:indent$}Contact:  {}/{}", "", contact.aor, contact.uri),
        &[(59, &hash), (70, status), (78, &format!("{time:>11}"))],
    )
}

fn aor(view: &View, indent: usize, name: &str, contact_indent: usize) -> String {
    let Some(found) = view.pjsip.aors.get(name) else {
        return String::new();
    };
    let mut text = row(
        &format!("{:indent$}Aor:  {name}", ""),
        &[(65, &found.max_contacts.to_string())],
    );
    view.contacts_of(name)
        .for_each(|found| text.push_str(&contact(contact_indent, found)));
    text
}

/// The field's words for how a device is used.
fn state(view: &View, endpoint: &Endpoint) -> &'static str {
    let device = format!("PJSIP/{}", endpoint.name);
    let found = view.devices.iter().find(|(name, _)| **name == *device);
    match found.map_or(DeviceState::Unknown, |(_, state)| *state) {
        DeviceState::Unknown => "Unknown",
        DeviceState::NotInUse => "Not in use",
        DeviceState::InUse => "In use",
        DeviceState::Busy => "Busy",
        DeviceState::Invalid => "Invalid",
        DeviceState::Unavailable => "Unavailable",
        DeviceState::Ringing => "Ringing",
        DeviceState::RingInUse => "Ring+Inuse",
        DeviceState::OnHold => "On Hold",
    }
}

fn endpoint_line(view: &View, endpoint: &Endpoint) -> String {
    let mut name = endpoint.name.clone();
    if let Some(number) = &endpoint.identity.callerid.number {
        let _ = write!(name, "/{number}");
    }
    let count = view.channels_of(&endpoint.name).count();
    row(
        &format!(" Endpoint:  {name}"),
        &[(65, state(view, endpoint)), (79, &format!("{count} of inf"))],
    )
}

/// One endpoint and what belongs to it.
pub fn endpoint_tree(view: &View, endpoint: &Endpoint) -> String {
    let mut text = endpoint_line(view, endpoint);
    let auths = [
        ("     InAuth:  ", &endpoint.auth),
        ("    OutAuth:  ", &endpoint.outbound_auth),
    ];
    for (begin, names) in auths {
        for name in names {
            let user = view.pjsip.auths.get(name).map(|auth| auth.username.as_str());
            let _ = writeln!(text, "{begin}{name}/{}", user.unwrap_or_default());
        }
    }
    for name in &endpoint.aors {
        text.push_str(&aor(view, 8, name, 6));
    }
    if let Some(transport) = endpoint
        .transport
        .as_ref()
        .and_then(|name| view.pjsip.transports.get(name))
    {
        text.push_str(&transport_line(2, transport));
    }
    for found in view.pjsip.identifies.values() {
        if found.endpoint == endpoint.name {
            text.push_str(&identify(3, 8, found));
        }
    }
    for channel in view.channels_of(&endpoint.name) {
        text.push_str(&channel_lines(view, 4, channel));
    }
    text
}

pub fn endpoints(view: &View) -> (String, usize) {
    let trees = view
        .pjsip
        .endpoints
        .values()
        .map(|endpoint| endpoint_tree(view, endpoint) + "\n")
        .collect();
    (trees, view.pjsip.endpoints.len())
}

pub fn endpoints_short(view: &View) -> (String, usize) {
    let lines = view
        .pjsip
        .endpoints
        .values()
        .map(|endpoint| endpoint_line(view, endpoint))
        .collect();
    (lines, view.pjsip.endpoints.len())
}

pub fn aors(view: &View) -> (String, usize) {
    let rows = view
        .pjsip
        .aors
        .keys()
        .map(|name| aor(view, 6, name, 4) + "\n")
        .collect();
    (rows, view.pjsip.aors.len())
}

pub fn contacts(view: &View) -> (String, usize) {
    let rows = view.contacts.iter().map(|found| contact(2, found)).collect();
    (rows, view.contacts.len())
}

pub fn auths(view: &View) -> (String, usize) {
    let rows = view
        .pjsip
        .auths
        .iter()
        .map(|(name, auth)| format!("     Auth:  {name}/{}\n", auth.username))
        .collect();
    (rows, view.pjsip.auths.len())
}

fn channel_lines(view: &View, indent: usize, channel: &ChannelSnapshot) -> String {
    let application = channel.step.as_ref().map_or("", |step| &*step.application);
    let age = clock(view.now.saturating_sub(channel.created_at).as_secs());
    let mut text = row(
        &format!("{:indent$}Channel: {}/{application}", "", channel.name),
        &[(65, channel.state.as_str()), (79, &format!("{age}   "))],
    );
    let (connected, indent) = (&channel.connected, indent + 4);
    let exten = format!("{:indent$}Exten: {}", "", channel.place.exten);
    let party = format!("CLCID: \"{}\" <{}>", connected.name(), connected.number());
    text.push_str(&row(&exten, &[(41, &party)]));
    text
}

pub fn channels(view: &View) -> (String, usize) {
    let ours = view
        .channels
        .iter()
        .filter(|channel| channel.technology == Technology::Pjsip);
    let rows: Vec<String> = ours
        .map(|channel| channel_lines(view, 2, channel) + "\n")
        .collect();
    (rows.concat(), rows.len())
}

fn identify(indent: usize, match_indent: usize, found: &Identify) -> String {
    let mut text = format!("{:indent$}Identify:  {}/{}\n", "", found.name, found.endpoint);
    for rule in &found.matches {
        let _ = match rule {
            Match::Network(network) => writeln!(
                text,
                "{:match_indent$}Match: {}/{}",
                "", network.address, network.prefix
            ),
            Match::Socket(socket) => writeln!(text, "{:match_indent$}Match: {socket}", ""),
            Match::Host(host) => writeln!(text, "{:match_indent$}Match: {host}", ""),
        };
    }
    for header in &found.match_header {
        let _ = writeln!(text, "{:match_indent$}Match: {header}", "");
    }
    text
}

pub fn identifies(view: &View) -> (String, usize) {
    let rows = view
        .pjsip
        .identifies
        .values()
        .map(|found| identify(1, 6, found) + "\n")
        .collect();
    (rows, view.pjsip.identifies.len())
}

pub fn registrations(view: &View) -> (String, usize) {
    let rows = view.registrations.iter().map(|found| {
        let auth = view.pjsip.registrations.get(&*found.name);
        let auth = auth.and_then(|found| found.outbound_auth.first());
        row(
            &format!(" {}/{}", found.name, found.server_uri),
            &[(57, auth.map_or("n/a", String::as_str)), (85, found.status)],
        )
    });
    (rows.collect(), view.registrations.len())
}

fn transport_line(indent: usize, transport: &ucx_config::pjsip::Transport) -> String {
    let kind = match transport.protocol {
        Protocol::Udp => "udp",
        Protocol::Tcp => "tcp",
        Protocol::Tls => "tls",
        Protocol::Ws => "ws",
        Protocol::Wss => "wss",
    };
    let number = |name: &str| match transport.settings.text(name) {
        "" => "0".to_owned(),
        text => text.to_owned(),
    };
    let (cos, tos) = (number("cos"), number("tos"));
    // The type, its marks and the address stand right-aligned in their columns, further right the deeper the line.
    row(
        &format!("{:indent$}Transport:  {}", "", transport.name),
        &[
            (indent + 35, &format!("{kind:>6}")),
            (indent + 43, &format!("{cos:>5}")),
            (indent + 50, &format!("{tos:>5}")),
            (indent + 57, &transport.bind.to_string()),
        ],
    )
}

pub fn transports(view: &View) -> (String, usize) {
    let rows = view
        .pjsip
        .transports
        .values()
        .map(|found| transport_line(0, found))
        .collect();
    (rows, view.pjsip.transports.len())
}
