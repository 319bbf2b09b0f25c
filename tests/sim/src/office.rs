//! The host as a whole, as far as clients of the Application interface can ask of it in a world.

use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Principal, Refusal};
use ucx_pbx::{BoxFuture, CommandOutput, Directories, Host, Identity, Module, Reloaded};

/// It says who it is, and does nothing else.
pub(crate) struct Office {
    identity: Identity,
    directories: Directories,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self {
            identity: Identity {
                version: Arc::from("22.5.0"),
                manager_version: Arc::from("11.0.0"),
                own: Arc::from("ucx"),
                system_name: Arc::default(),
                entity_id: Arc::from("02:00:00:00:00:01"),
            },
            directories: Directories::default(),
        }
    }
}

const NOTHING: Refusal = Refusal::Conflict("worlds have nothing of that kind");

impl Host for Office {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn directories(&self) -> &Directories {
        &self.directories
    }

    fn times(&self) -> (Duration, Duration) {
        (Duration::ZERO, Duration::ZERO)
    }

    fn is_booted(&self) -> bool {
        true
    }

    fn execute<'a>(&'a self, _: &'a Principal, _: &'a str) -> BoxFuture<'a, CommandOutput> {
        Box::pin(std::future::ready(CommandOutput {
            text: String::new(),
            is_success: false,
        }))
    }

    fn modules(&self) -> Vec<Module> {
        Vec::new()
    }

    fn reload<'a>(
        &'a self,
        _: &'a Principal,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Reloaded, Refusal>> {
        Box::pin(std::future::ready(Err(NOTHING)))
    }

    fn set_module<'a>(&'a self, _: &'a Principal, _: &'a str, _: bool) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Err(NOTHING)))
    }

    fn rotate_logs<'a>(&'a self, _: &'a Principal) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Err(NOTHING)))
    }
}
