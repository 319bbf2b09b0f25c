//! The whole dialplan: contexts, globals and settings. Immutable while shared; a change makes another one.

use crate::context::{AddError, Context, NewRow};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `[general]` of extensions.conf sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether running out of priorities ends the call instead of waiting for another extension.
    pub autofallthrough: bool,
    /// Whether a reload drops the globals that were set at run time.
    pub clearglobalvars: bool,
    /// Where the extensions of users.conf would go.
    pub userscontext: String,
    /// Whether the file may be written back by the console.
    pub writeprotect: bool,
    pub is_static: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            autofallthrough: true,
            clearglobalvars: false,
            userscontext: "default".to_owned(),
            writeprotect: false,
            is_static: false,
        }
    }
}

/// extensions.conf as data. A clone shares the contexts, so changing one context copies only that one.
#[derive(Clone, Debug, Default)]
pub struct Dialplan {
    pub(crate) contexts: BTreeMap<Arc<str>, Arc<Context>>,
    pub(crate) globals: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) settings: Settings,
}

impl Dialplan {
    /// The contexts by name.
    pub fn contexts(&self) -> impl Iterator<Item = &Context> {
        self.contexts.values().map(|context| &**context)
    }

    /// One context.
    pub fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.get(name).map(|context| &**context)
    }

    /// The global variables the file sets, substituted, in the file's order; a later one of a name wins.
    pub fn globals(&self) -> impl Iterator<Item = (&str, &str)> {
        self.globals.iter().map(|(name, value)| (&**name, &**value))
    }

    /// What `[general]` sets.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Adds one priority or hint; a context not yet there is created.
    pub fn add(&mut self, context: &str, new: &NewRow<'_>) -> Result<(), AddError> {
        self.context_mut(context, new.registrar).add(new)
    }

    /// Removes one priority of an extension, or the extension whole. False if there was nothing to remove.
    pub fn remove(
        &mut self,
        context: &str,
        exten: &str,
        caller_id: Option<&str>,
        priority: Option<u32>,
    ) -> bool {
        let Some(context) = self.contexts.get_mut(context) else {
            return false;
        };
        Arc::make_mut(context).remove(exten, caller_id, priority)
    }

    pub(crate) fn context_mut(&mut self, name: &str, registrar: &str) -> &mut Context {
        if !self.contexts.contains_key(name) {
            self.contexts
                .insert(name.into(), Arc::new(Context::new(name, registrar)));
        }
        Arc::make_mut(self.contexts.get_mut(name).expect("it was put there just above"))
    }
}
