//! `[rights]` of ucx.toml: what Manager users, Application keys and Gateway programs may reach with the rights they have.

use serde::Deserialize;
use std::collections::BTreeMap;
use ucx_call::{Names, Scope, Scopes};

/// The scopes of each door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopesOfDoors {
    /// `[rights.manager.USER]`.
    pub manager: Scopes,
    /// `[rights.application.KEY]`.
    pub application: Scopes,
    /// `[rights.gateway."REQUEST"]`.
    pub gateway: Scopes,
}

/// Other tables of the file are others' to read.
#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    rights: Doors,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Doors {
    manager: BTreeMap<String, Section>,
    application: BTreeMap<String, Section>,
    gateway: BTreeMap<String, Section>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Section {
    contexts: Option<Vec<String>>,
    dial: Option<Vec<String>>,
    originate: Option<Vec<String>>,
    applications: Option<Vec<String>>,
    calls_per_minute: Option<u32>,
    calls_at_once: Option<u32>,
}

impl ScopesOfDoors {
    /// Reads the table.
    ///
    /// # Errors
    /// A sentence about what is wrong in it. Nobody is to come in with more than was meant, so a host does not start on one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let File { rights } = toml::from_str(text).map_err(|error| error.to_string())?;
        let scopes = |sections: BTreeMap<String, Section>| {
            Scopes::new(
                sections
                    .into_iter()
                    .map(|(name, section)| (name, section.scope())),
            )
        };
        Ok(Self {
            manager: scopes(rights.manager),
            application: scopes(rights.application),
            gateway: scopes(rights.gateway),
        })
    }
}

impl Section {
    fn scope(self) -> Scope {
        Scope {
            contexts: self.contexts.map(Names::new),
            dial: self.dial.map(Names::new),
            originate: self.originate.map(Names::new),
            applications: self.applications.map(Names::new),
            calls_per_minute: self.calls_per_minute,
            calls_at_once: self.calls_at_once,
            within: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_door_has_its_names() {
        let text = "[plugins.x]\ntables = ['a']\n[rights.manager.panel]\ncontexts = ['sales']\noriginate = ['+44', 'PJSIP/*']\ncalls-per-minute = 30\n[rights.gateway.'agi://127.0.0.1/*']\napplications = []\n";
        let scopes = ScopesOfDoors::parse(text).unwrap();
        let panel = scopes.manager.of("panel").unwrap();
        assert!(panel.may_enter("sales") && !panel.may_enter("admin"));
        assert!(panel.may_originate("PJSIP/6001") && panel.may_run("Dial"));
        assert_eq!(panel.calls(), (Some(30), None));
        assert_eq!(scopes.manager.of("other"), None);
        let menu = scopes.gateway.of("agi://127.0.0.1/menu").unwrap();
        assert!(!menu.may_run("Dial") && menu.may_enter("admin"));
        assert_eq!(scopes.gateway.of("agi://10.0.0.1/menu"), None);
        assert_eq!(scopes.application.of("key"), None);
    }

    #[test]
    fn a_mistyped_limit_is_an_error_and_not_no_limit() {
        for text in [
            "[rights.manager.panel]\ncontext = ['sales']\n",
            "[rights.managers.panel]\ncontexts = ['sales']\n",
            "[rights.manager.panel]\ncalls-per-minute = -1\n",
        ] {
            assert!(ScopesOfDoors::parse(text).is_err(), "{text}");
        }
    }
}
