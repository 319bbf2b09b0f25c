//! The modules there are, under the field's names, and what a reload of each reads again.

use std::collections::BTreeSet;
use std::sync::Arc;
use ucx_pbx::Module;

/// A part of the configuration that can be read again while calls go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Dialplan,
    Pjsip,
    Logger,
    Manager,
    Http,
    Application,
    Music,
    /// The chains of routers in ucx.toml.
    Routing,
}

impl Part {
    /// In the order they are read when everything is.
    pub const ALL: [Self; 8] = [
        Self::Logger,
        Self::Music,
        Self::Pjsip,
        Self::Dialplan,
        Self::Http,
        Self::Manager,
        Self::Application,
        Self::Routing,
    ];
}

/// Parts that have no module of their own and are reloaded by this name.
const BUILT_IN: &[(&str, Part)] = &[
    ("http", Part::Http),
    ("logger", Part::Logger),
    ("manager", Part::Manager),
    ("routing", Part::Routing),
];

/// Names the field has for parts that read nothing here: to read nothing again is no mistake.
const NOTHING_TO_READ: &[&str] = &[
    "acl",
    "cdr",
    "cel",
    "dnsmgr",
    "dsp",
    "enum",
    "extconfig",
    "features",
    "indications",
    "plc",
    "udptl",
];

type Row = (&'static str, &'static str, Option<Part>);

const MODULES: &[Row] = &[
    ("app_channelredirect.so", "Sending channels elsewhere", None),
    ("app_controlplayback.so", "Sounds that callers can wind", None),
    ("app_db.so", "Deleting from the database", None),
    ("app_dial.so", "Calling others", None),
    ("app_echo.so", "Hearing oneself", None),
    ("app_exec.so", "Applications by name", None),
    ("app_originate.so", "Calls the host makes", None),
    ("app_playback.so", "Sounds", None),
    ("app_playtones.so", "Tones", None),
    ("app_read.so", "Digits into a variable", None),
    ("app_record.so", "Recording a caller", None),
    ("app_senddtmf.so", "Sending digits", None),
    ("app_sendtext.so", "Texts within calls", None),
    ("app_softhangup.so", "Ending channels by name", None),
    ("app_stack.so", "Subroutines", None),
    (
        "app_stasis.so",
        "Handing channels to Application clients",
        Some(Part::Application),
    ),
    ("app_system.so", "Commands of the system", None),
    ("app_talkdetect.so", "Sounds until a caller talks", None),
    ("app_userevent.so", "Events of the dialplan", None),
    ("app_verbose.so", "Lines for the log", None),
    ("app_waituntil.so", "Waiting for a time", None),
    ("app_while.so", "Loops", None),
    ("bridge_holding.so", "Bridges whose members wait", None),
    ("bridge_simple.so", "Bridges of two", None),
    ("bridge_softmix.so", "Bridges of many", None),
    ("chan_pjsip.so", "Calls over SIP", None),
    ("codec_alaw.so", "G.711 A-law", None),
    ("codec_ulaw.so", "G.711 mu-law", None),
    ("format_pcm.so", "Raw files in G.711", None),
    ("format_sln.so", "Raw files in signed linear", None),
    ("format_wav.so", "WAV files", None),
    ("func_callerid.so", "Who calls", None),
    ("func_channel.so", "What a channel is", None),
    ("func_cut.so", "Parts of a text", None),
    ("func_db.so", "The database", None),
    ("func_devstate.so", "How devices are used", None),
    ("func_dialplan.so", "What the dialplan has", None),
    ("func_env.so", "The system's variables and files", None),
    ("func_extstate.so", "How extensions are used", None),
    ("func_global.so", "Global variables", None),
    ("func_hangupcause.so", "Why calls ended", None),
    ("func_logic.so", "Conditions", None),
    ("func_presencestate.so", "Presence", None),
    ("func_rand.so", "Numbers by lot", None),
    ("func_shell.so", "What commands of the system say", None),
    ("func_strings.so", "Texts", None),
    ("func_timeout.so", "Time limits", None),
    (
        "pbx_config.so",
        "The dialplan of extensions.conf",
        Some(Part::Dialplan),
    ),
    ("pbx_spool.so", "Calls that files ask for", None),
    ("res_agi.so", "Gateway programs", None),
    (
        "res_ari.so",
        "Requests of Application clients",
        Some(Part::Application),
    ),
    (
        "res_ari_applications.so",
        "Application clients: their subscriptions",
        None,
    ),
    ("res_ari_asterisk.so", "Application clients: the host", None),
    ("res_ari_bridges.so", "Application clients: bridges", None),
    ("res_ari_channels.so", "Application clients: channels", None),
    (
        "res_ari_device_states.so",
        "Application clients: device states",
        None,
    ),
    ("res_ari_endpoints.so", "Application clients: endpoints", None),
    ("res_ari_events.so", "Application clients: events", None),
    ("res_ari_playbacks.so", "Application clients: playbacks", None),
    ("res_ari_recordings.so", "Application clients: recordings", None),
    ("res_ari_sounds.so", "Application clients: sounds", None),
    ("res_http_websocket.so", "WebSockets", None),
    ("res_indications.so", "Tones of countries", None),
    (
        "res_musiconhold.so",
        "Music for those who wait",
        Some(Part::Music),
    ),
    ("res_pjsip.so", "SIP", Some(Part::Pjsip)),
    (
        "res_pjsip_authenticator_digest.so",
        "SIP: digests of callers",
        None,
    ),
    (
        "res_pjsip_endpoint_identifier_ip.so",
        "SIP: endpoints by address",
        None,
    ),
    (
        "res_pjsip_endpoint_identifier_user.so",
        "SIP: endpoints by name",
        None,
    ),
    (
        "res_pjsip_outbound_authenticator_digest.so",
        "SIP: our own digests",
        None,
    ),
    (
        "res_pjsip_outbound_registration.so",
        "SIP: our own registrations",
        Some(Part::Pjsip),
    ),
    ("res_pjsip_registrar.so", "SIP: registrations of endpoints", None),
    ("res_pjsip_sdp_rtp.so", "SIP: offers and answers", None),
    ("res_pjsip_session.so", "SIP: sessions", None),
    ("res_rtp_asterisk.so", "RTP", None),
    (
        "res_stasis.so",
        "Channels and bridges of Application clients",
        None,
    ),
];

/// What a name stands for when a reload asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// A module that reads nothing.
    Fixed,
    /// A part that has nothing to read here.
    Empty,
    Part(Part),
}

/// What a reload of that name reads; with or without the ending.
pub fn find(name: &str) -> Found {
    if let Some((_, part)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
        return Found::Part(*part);
    }
    if NOTHING_TO_READ.contains(&name) {
        return Found::Empty;
    }
    match by_name(name) {
        None => Found::Nothing,
        Some((_, _, None)) => Found::Fixed,
        Some((_, _, Some(part))) => Found::Part(*part),
    }
}

fn by_name(name: &str) -> Option<&'static Row> {
    let bare = name.strip_suffix(".so").unwrap_or(name);
    MODULES
        .iter()
        .find(|(known, _, _)| known.strip_suffix(".so") == Some(bare))
}

/// The name of a module as it is listed, with or without the ending.
pub fn full_name(name: &str) -> Option<&'static str> {
    by_name(name).map(|(known, _, _)| *known)
}

/// All of them, by name, those without what was unloaded.
pub fn list(unloaded: &BTreeSet<&'static str>) -> Vec<Module> {
    MODULES
        .iter()
        .map(|(name, description, _)| Module {
            name,
            description,
            is_running: !unloaded.contains(name),
        })
        .collect()
}

/// The name an event of a reload carries.
pub fn event_name(module: Option<&str>) -> Arc<str> {
    Arc::from(module.unwrap_or("All"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_and_without_their_ending() {
        assert_eq!(find("pbx_config"), Found::Part(Part::Dialplan));
        assert_eq!(find("pbx_config.so"), Found::Part(Part::Dialplan));
        assert_eq!(find("logger"), Found::Part(Part::Logger));
        assert_eq!(find("routing"), Found::Part(Part::Routing));
        assert_eq!(find("app_echo"), Found::Fixed);
        assert_eq!(find("dialplan"), Found::Nothing);
        assert_eq!(find("logger.so"), Found::Nothing);
        assert_eq!(find("features"), Found::Empty);
    }

    #[test]
    fn the_table_is_sorted_and_says_what_each_is() {
        assert!(MODULES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(
            MODULES
                .iter()
                .all(|(name, what, _)| name.ends_with(".so") && !what.is_empty())
        );
    }
}
