//! What clients can ask for: one file per action, all in one table.

mod absolute_timeout;
mod agi;
mod bridge;
mod bridge_destroy;
mod bridge_info;
mod bridge_kick;
mod bridge_list;
mod bridge_technology_list;
mod challenge;
mod command;
mod config_files;
mod control_playback;
mod core_settings;
mod core_show_channel_map;
mod core_show_channels;
mod core_status;
mod create_config;
mod db_del;
mod db_del_tree;
mod db_get;
mod db_get_tree;
mod db_put;
mod device_state_list;
mod dialplan_extension_add;
mod dialplan_extension_remove;
mod events;
mod extension_state;
mod extension_state_list;
mod filter;
mod forbidden;
mod get_config;
mod get_config_json;
mod getvar;
mod hangup;
mod list_categories;
mod list_commands;
mod local_optimize_away;
mod logger_rotate;
mod login;
mod logoff;
mod message_send;
mod module_check;
mod module_load;
mod modules;
mod mute_audio;
mod objects;
mod originate;
mod ping;
mod pjsip_hangup;
mod pjsip_notify;
mod pjsip_qualify;
mod pjsip_register;
mod pjsip_show_aors;
mod pjsip_show_auths;
mod pjsip_show_contacts;
mod pjsip_show_endpoint;
mod pjsip_show_endpoints;
mod pjsip_show_registration_inbound_contact_statuses;
mod pjsip_show_registrations_inbound;
mod pjsip_show_registrations_outbound;
mod pjsip_show_resource_lists;
mod pjsip_show_subscriptions_inbound;
mod pjsip_unregister;
mod play_dtmf;
mod presence_state;
mod presence_state_list;
mod priority;
mod redirect;
mod reload;
mod send_text;
mod setvar;
mod show_dialplan;
mod sorcery_memory_cache_expire;
mod status;
mod update_config;
mod user_event;
mod wait_event;

#[cfg(test)]
pub(crate) use login::digest;
pub(crate) use mute_audio::Mutes;
pub(crate) use wait_event::{complete as wait_complete, response as wait_response};

use crate::event::{Classes, RenderContext};
use crate::reply::Outcome;
use crate::session::{Session, Step, View};
use crate::{Failure, Request, User};
use ucx_call::Refusal;
use ucx_pbx::{BoxFuture, Desk, Host};

/// A header an action reads.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether the action is refused without it.
    pub is_required: bool,
    /// What it says.
    pub meaning: &'static str,
}

/// A header without which the action is refused.
pub(crate) const fn required(name: &'static str, meaning: &'static str) -> Argument {
    Argument {
        name,
        is_required: true,
        meaning,
    }
}

/// A header that may be left out.
pub(crate) const fn optional(name: &'static str, meaning: &'static str) -> Argument {
    Argument {
        name,
        is_required: false,
        meaning,
    }
}

/// Everything an action works with.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What the client said.
    pub request: &'a Request,
    /// Who it is.
    pub user: &'a User,
    /// The desk, with that user's rights.
    pub desk: &'a Desk,
    /// The desk with the rights that functions have which the user names itself.
    pub functions: &'a Desk,
    /// The host as a whole.
    pub host: &'a dyn Host,
    /// How blocks of channels are written.
    pub context: RenderContext<'a>,
    /// Which channels clients have silenced.
    pub(crate) mutes: &'a Mutes,
}

/// The failure of an action that names a bridge.
fn no_bridge(refusal: Refusal) -> Failure {
    if refusal == Refusal::NoSuchBridge {
        return "Specified BridgeUniqueid not found".into();
    }
    refusal.into()
}

/// An action at work.
pub type Answering<'a> = BoxFuture<'a, Outcome>;

/// Who does the work of an action.
#[derive(Clone, Copy)]
pub enum Work {
    /// The session by itself.
    Session(fn(&mut Session, &Request, &View<'_>) -> Step),
    /// The desk is asked.
    Desk(fn(Call<'_>) -> Answering<'_>),
}

/// One action.
pub struct Action {
    /// Its name as it is shown; looked up in any case.
    pub name: &'static str,
    /// One line: what it does.
    pub synopsis: &'static str,
    /// The headers it reads.
    pub arguments: &'static [Argument],
    /// The user must be allowed to write one of these; nobody is asked if there is none.
    pub classes: &'static [Classes],
    /// Who does it.
    pub work: Work,
}

impl Action {
    /// Its classes as one set.
    pub fn classes(&self) -> Classes {
        self.classes.iter().fold(Classes::NONE, |all, class| all | *class)
    }
}

/// All actions, by name without regard to case.
pub static ACTIONS: &[&Action] = &[
    &absolute_timeout::ACTION,
    &agi::ACTION,
    &bridge::ACTION,
    &bridge_destroy::ACTION,
    &bridge_info::ACTION,
    &bridge_kick::ACTION,
    &bridge_list::ACTION,
    &bridge_technology_list::ACTION,
    &challenge::ACTION,
    &command::ACTION,
    &control_playback::ACTION,
    &core_settings::ACTION,
    &core_show_channel_map::ACTION,
    &core_show_channels::ACTION,
    &core_status::ACTION,
    &create_config::ACTION,
    &db_del::ACTION,
    &db_del_tree::ACTION,
    &db_get::ACTION,
    &db_get_tree::ACTION,
    &db_put::ACTION,
    &device_state_list::ACTION,
    &dialplan_extension_add::ACTION,
    &dialplan_extension_remove::ACTION,
    &events::ACTION,
    &extension_state::ACTION,
    &extension_state_list::ACTION,
    &filter::ACTION,
    &get_config::ACTION,
    &get_config_json::ACTION,
    &getvar::ACTION,
    &hangup::ACTION,
    &list_categories::ACTION,
    &list_commands::ACTION,
    &local_optimize_away::ACTION,
    &logger_rotate::ACTION,
    &login::ACTION,
    &logoff::ACTION,
    &message_send::ACTION,
    &module_check::ACTION,
    &module_load::ACTION,
    &mute_audio::ACTION,
    &originate::ACTION,
    &ping::ACTION,
    &pjsip_hangup::ACTION,
    &pjsip_notify::ACTION,
    &pjsip_qualify::ACTION,
    &pjsip_register::ACTION,
    &pjsip_show_aors::ACTION,
    &pjsip_show_auths::ACTION,
    &pjsip_show_contacts::ACTION,
    &pjsip_show_endpoint::ACTION,
    &pjsip_show_endpoints::ACTION,
    &pjsip_show_registration_inbound_contact_statuses::ACTION,
    &pjsip_show_registrations_inbound::ACTION,
    &pjsip_show_registrations_outbound::ACTION,
    &pjsip_show_resource_lists::ACTION,
    &pjsip_show_subscriptions_inbound::ACTION,
    &pjsip_unregister::ACTION,
    &play_dtmf::ACTION,
    &presence_state::ACTION,
    &presence_state_list::ACTION,
    &redirect::ACTION,
    &reload::ACTION,
    &send_text::ACTION,
    &setvar::ACTION,
    &show_dialplan::ACTION,
    &sorcery_memory_cache_expire::ACTION,
    &status::ACTION,
    &update_config::ACTION,
    &user_event::ACTION,
    &wait_event::ACTION,
];

/// The action of that name, in any case.
pub fn find(name: &str) -> Option<&'static Action> {
    let wanted = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    let own = |action: &&Action| action.name.to_ascii_lowercase();
    let found = ACTIONS.binary_search_by(|action| own(action).bytes().cmp(wanted()));
    found.ok().map(|at| ACTIONS[at])
}
