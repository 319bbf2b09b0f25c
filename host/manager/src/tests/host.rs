//! A host that answers what a test told it to.

use std::sync::Mutex;
use std::time::Duration;
use ucx_call::{Principal, Refusal};
use ucx_pbx::{BoxFuture, CommandOutput, Directories, Host, Identity, Module, Reloaded};

pub struct ScriptedHost {
    pub identity: Identity,
    pub directories: Directories,
    pub up: Duration,
    /// What was asked of it.
    pub asked: Mutex<Vec<String>>,
    /// Modules that are unloaded.
    unloaded: Mutex<Vec<String>>,
}

impl Default for ScriptedHost {
    fn default() -> Self {
        Self {
            identity: Identity {
                version: "22.5.0".into(),
                manager_version: "11.0.0".into(),
                own: "UCX 0.1.0".into(),
                system_name: "".into(),
                entity_id: "02:00:00:00:00:01".into(),
            },
            directories: Directories::default(),
            up: Duration::from_secs(204),
            asked: Mutex::default(),
            unloaded: Mutex::default(),
        }
    }
}

impl ScriptedHost {
    fn note(&self, text: String) {
        self.asked.lock().unwrap().push(text);
    }
}

const MODULES: [&str; 3] = ["app_echo.so", "pbx_config.so", "res_pjsip.so"];

impl Host for ScriptedHost {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn directories(&self) -> &Directories {
        &self.directories
    }

    fn times(&self) -> (Duration, Duration) {
        (self.up, self.up)
    }

    fn is_booted(&self) -> bool {
        true
    }

    fn execute<'a>(&'a self, by: &'a Principal, line: &'a str) -> BoxFuture<'a, CommandOutput> {
        self.note(format!("{by}: {line}"));
        let (text, is_success) = match line {
            "core show uptime" => (
                "System uptime: 3 minutes\n\nLast reload: \u{1b}[1;32m1 minute\u{1b}[0m\r\n",
                true,
            ),
            "nothing" => ("", true),
            _ => ("No such command\n", false),
        };
        Box::pin(async move {
            CommandOutput {
                text: text.to_owned(),
                is_success,
            }
        })
    }

    fn modules(&self) -> Vec<Module> {
        let unloaded = self.unloaded.lock().unwrap();
        let module = |name: &&'static str| Module {
            name,
            description: "",
            is_running: !unloaded.iter().any(|other| other == name),
        };
        MODULES.iter().map(module).collect()
    }

    fn reload<'a>(
        &'a self,
        by: &'a Principal,
        module: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Reloaded, Refusal>> {
        self.note(format!("{by}: reload {module:?}"));
        let done = match module {
            None | Some("pbx_config" | "pbx_config.so" | "manager") => Reloaded::Done,
            Some("app_echo" | "app_echo.so") => Reloaded::Unsupported,
            Some("broken") => Reloaded::Failed,
            Some(_) => Reloaded::NotFound,
        };
        Box::pin(async move { Ok(done) })
    }

    fn set_module<'a>(
        &'a self,
        by: &'a Principal,
        module: &'a str,
        is_loaded: bool,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        self.note(format!("{by}: {module} {is_loaded}"));
        let mut unloaded = self.unloaded.lock().unwrap();
        let is_there = MODULES.contains(&module) && !unloaded.iter().any(|other| other == module);
        let result = match (MODULES.contains(&module), is_there == is_loaded) {
            (false, _) => Err(Refusal::Invalid("there is no such module".to_owned())),
            (true, true) => Err(Refusal::Conflict("it is so already")),
            (true, false) => {
                if is_loaded {
                    unloaded.retain(|other| other != module);
                } else {
                    unloaded.push(module.to_owned());
                }
                Ok(())
            }
        };
        Box::pin(async move { result })
    }

    fn rotate_logs<'a>(&'a self, by: &'a Principal) -> BoxFuture<'a, Result<(), Refusal>> {
        self.note(format!("{by}: rotate"));
        Box::pin(async { Ok(()) })
    }
}
