//! What people say of their presence.

use crate::SET_STATES_MAX;
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_call::Refusal;

/// The words a presence may be set to.
pub const PRESENCE_STATUSES: [&str; 7] = ["not_set", "unavailable", "available", "away", "xa", "chat", "dnd"];

/// The provider whose presences are set by name.
const PROVIDER: &str = "CustomPresence:";

/// What somebody says of their presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who: `CustomPresence:alice`.
    pub presentity: Arc<str>,
    /// A word of [`PRESENCE_STATUSES`].
    pub status: Arc<str>,
    /// What kind of that status; may be empty.
    pub subtype: Arc<str>,
    /// In their own words; may be empty.
    pub message: Arc<str>,
}

#[derive(Default)]
pub(crate) struct People(BTreeMap<Arc<str>, PersonView>);

fn is_provided(name: &str) -> bool {
    name.len() > PROVIDER.len() && name.starts_with(PROVIDER)
}

impl People {
    pub fn set(
        &mut self,
        name: &str,
        status: &str,
        subtype: &str,
        message: &str,
    ) -> Result<PersonView, Refusal> {
        if !is_provided(name) {
            return Err(Refusal::Conflict("only CustomPresence: can be set"));
        }
        let Some(status) = PRESENCE_STATUSES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(status))
        else {
            return Err(Refusal::Invalid(format!("{status} is no presence")));
        };
        if self.0.len() >= SET_STATES_MAX && !self.0.contains_key(name) {
            return Err(Refusal::Full("presences that were set"));
        }
        let view = PersonView {
            presentity: Arc::from(name),
            status: Arc::from(*status),
            subtype: Arc::from(subtype),
            message: Arc::from(message),
        };
        self.0.insert(view.presentity.clone(), view.clone());
        Ok(view)
    }

    pub fn view(&self, name: &str) -> Option<PersonView> {
        if let Some(view) = self.0.get(name) {
            return Some(view.clone());
        }
        is_provided(name).then(|| PersonView {
            presentity: Arc::from(name),
            status: Arc::from(PRESENCE_STATUSES[0]),
            subtype: Arc::default(),
            message: Arc::default(),
        })
    }

    pub fn views(&self) -> impl Iterator<Item = &PersonView> {
        self.0.values()
    }
}
