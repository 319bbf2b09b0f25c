//! Variables of channels and of the whole host, and their inheritance by dialled legs.

use crate::Switch;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeId, ChannelId, EventKind, Refusal};

impl Switch {
    /// Sets a channel variable. A name that begins with `_` is inherited by the channels this one dials, with `__` by
    /// theirs as well.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] for an empty name; [`Refusal::Full`] past the limit of variables.
    pub fn set_variable(
        &mut self,
        now: Duration,
        id: ChannelId,
        name: &str,
        value: &str,
    ) -> Result<(), Refusal> {
        let limits = self.config.limits;
        let channel = self.channels.get_mut(&id).ok_or(Refusal::NoSuchChannel)?;
        let bare = name.trim_start_matches('_');
        if bare.is_empty() {
            return Err(Refusal::Invalid("a variable needs a name".into()));
        }
        for form in [bare.to_owned(), format!("_{bare}"), format!("__{bare}")] {
            if form != name {
                channel.variables.remove(form.as_str());
            }
        }
        if channel.variables.len() >= limits.variables && !channel.variables.contains_key(name) {
            return Err(Refusal::Full("variables of the channel"));
        }
        let (name, value): (Arc<str>, Arc<str>) =
            (Arc::from(name), Arc::from(cut(value, limits.value_bytes)));
        channel.variables.insert(name.clone(), value.clone());
        let channel = Some(channel.snapshot.clone());
        self.emit(now, EventKind::VariableSet { channel, name, value });
        Ok(())
    }

    /// Sets a variable of a bridge, which is shown with it from now on if asked for.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Invalid`] for an empty name; [`Refusal::Full`] past the limit of variables.
    pub fn set_bridge_variable(
        &mut self,
        id: BridgeId,
        name: &str,
        value: &str,
        is_shown: bool,
    ) -> Result<(), Refusal> {
        let limits = self.config.limits;
        let bridge = self.bridges.get_mut(&id).ok_or(Refusal::NoSuchBridge)?;
        if name.is_empty() {
            return Err(Refusal::Invalid("a variable needs a name".into()));
        }
        if bridge.variables.len() >= limits.variables && !bridge.variables.contains_key(name) {
            return Err(Refusal::Full("variables of the bridge"));
        }
        let (name, value): (Arc<str>, Arc<str>) =
            (Arc::from(name), Arc::from(cut(value, limits.value_bytes)));
        bridge.variables.insert(name.clone(), value.clone());
        let mut shown = bridge.snapshot.variables.to_vec();
        match shown.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None if is_shown => shown.push((name, value)),
            None => return Ok(()),
        }
        Arc::make_mut(&mut bridge.snapshot).variables = shown.into();
        Ok(())
    }

    /// A variable of a bridge.
    pub fn bridge_variable(&self, id: BridgeId, name: &str) -> Option<Arc<str>> {
        self.bridges.get(&id)?.variables.get(name).cloned()
    }

    /// Sets a variable of the switch's own making; a channel that is gone or full is passed over.
    pub(crate) fn note_variable(&mut self, now: Duration, id: ChannelId, name: &str, value: &str) {
        // Only a full table refuses here, and then the call matters more than the variable.
        let _ = self.set_variable(now, id, name, value);
    }

    /// A channel variable, by its name without leading underscores.
    pub fn variable(&self, id: ChannelId, name: &str) -> Option<Arc<str>> {
        let variables = &self.channels.get(&id)?.variables;
        if let Some(value) = variables.get(name) {
            return Some(value.clone());
        }
        let inherited = [format!("_{name}"), format!("__{name}")];
        inherited
            .iter()
            .find_map(|name| variables.get(name.as_str()).cloned())
    }

    /// All variables of a channel, sorted by name as they were set.
    pub fn variables(&self, id: ChannelId) -> Vec<(Arc<str>, Arc<str>)> {
        self.channels.get(&id).map_or_else(Vec::new, |channel| {
            channel
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        })
    }

    /// Sets a global variable.
    pub fn set_global(&mut self, now: Duration, name: &str, value: &str) {
        let (name, value): (Arc<str>, Arc<str>) = (Arc::from(name), Arc::from(value));
        self.globals.insert(name.clone(), value.clone());
        self.emit(
            now,
            EventKind::VariableSet {
                channel: None,
                name,
                value,
            },
        );
    }

    /// A global variable.
    pub fn global(&self, name: &str) -> Option<Arc<str>> {
        self.globals.get(name).cloned()
    }

    /// All global variables, sorted by name.
    pub fn globals(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.globals.iter()
    }

    /// Gives a dialled leg what its caller lets it inherit.
    pub(crate) fn inherit(&mut self, now: Duration, from: ChannelId, to: ChannelId) {
        let Some(parent) = self.channels.get(&from) else {
            return;
        };
        let inherited: Vec<_> = parent
            .variables
            .iter()
            .filter(|(name, _)| name.starts_with('_'))
            .map(|(name, value)| {
                let kept: &str = if name.starts_with("__") { name } else { &name[1..] };
                (kept.to_owned(), value.clone())
            })
            .collect();
        for (name, value) in inherited {
            self.note_variable(now, to, &name, &value);
        }
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
