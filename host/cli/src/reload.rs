//! Reading parts of the configuration again while calls go on: off the control thread, then put in place there.

use crate::chains;
use crate::command::Context;
use crate::config;
use crate::host::doors::{DoorConfig, Doors};
use crate::log::LogPlan;
use crate::modules::Part;
use crate::spec::HostSpec;
use std::rc::Rc;
use std::sync::Arc;
use ucx_application::Settings;
use ucx_config::musiconhold::{self, MusicOnHold};
use ucx_config::pjsip::{self, Pjsip};
use ucx_config::{Diagnostic, Severity, parse};
use ucx_dialplan::Dialplan;
use ucx_manager::ManagerConfig;
use ucx_plugins::Chains;

/// How many of each were found while reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub errors: usize,
    pub warnings: usize,
}

/// What was read, to be put in place.
enum Read {
    Dialplan(Dialplan),
    Pjsip(Box<Pjsip>),
    Logger(LogPlan),
    Manager(ManagerConfig),
    Application(Box<Settings>),
    Music(MusicOnHold),
    Routing(Chains),
}

/// Reads a part again and puts it in place.
pub async fn reload(context: &Rc<Context>, part: Part) -> Findings {
    let spec = context.spec.clone();
    let read = tokio::task::spawn_blocking(move || read(&spec, part)).await;
    let failed = Findings {
        errors: 1,
        warnings: 0,
    };
    let (read, found) = match read {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => {
            tracing::error!("{error:#}; what was in force stays");
            return failed;
        }
        Err(_) => return failed,
    };
    // Each finding stands in the log with its file and line.
    let _ = config::report(&found);
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    let mut opened = 0;
    match read {
        Read::Dialplan(dialplan) => context.pbx.set_dialplan(Arc::new(dialplan)),
        Read::Pjsip(pjsip) => context.set_pjsip(*pjsip),
        Read::Logger(plan) => context.office.log().follow(plan),
        Read::Routing(chains) => context.plugins.set_chains(chains),
        Read::Music(music) => context.sounds.set_music(music),
        Read::Manager(config) => opened += open(context, |doors| doors.reload_manager(config)),
        Read::Application(settings) => opened += open(context, |doors| doors.reload_application(*settings)),
    }
    Findings {
        errors: errors + opened,
        warnings: found.len() - errors,
    }
}

/// Lets the doors follow; 1 if one could not be opened.
fn open(context: &Context, follow: impl FnOnce(&Doors) -> anyhow::Result<()>) -> usize {
    let Some(doors) = context.doors() else { return 0 };
    match follow(&doors) {
        Ok(()) => 0,
        Err(error) => {
            tracing::error!("{error:#}");
            1
        }
    }
}

fn read(spec: &HostSpec, part: Part) -> anyhow::Result<(Read, Vec<Diagnostic>)> {
    let source = &*spec.source;
    let file = |name: &str| {
        let (config, found) = parse(source, name);
        let found = if config.found() { found } else { Vec::new() };
        (config, found)
    };
    Ok(match part {
        Part::Dialplan => {
            let (config, mut found) = parse(source, "extensions.conf");
            let (dialplan, more) = ucx_dialplan::load(&config);
            found.extend(more);
            (Read::Dialplan(dialplan), found)
        }
        Part::Pjsip => {
            let (config, mut found) = file("pjsip.conf");
            let (pjsip, more) = pjsip::load(&config);
            found.extend(more);
            (Read::Pjsip(Box::new(pjsip)), found)
        }
        Part::Music => {
            let (config, mut found) = file("musiconhold.conf");
            let (music, more) = musiconhold::load(&config);
            found.extend(more);
            (Read::Music(music), found)
        }
        Part::Manager => {
            let (doors, found) = DoorConfig::read(spec)?;
            (Read::Manager(doors.manager), found)
        }
        Part::Http | Part::Application => {
            let (doors, found) = DoorConfig::read(spec)?;
            (Read::Application(Box::new(doors.application)), found)
        }
        Part::Routing => {
            let text = source.read("ucx.toml").unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let chains = chains::load(&text, &spec.plugins, Some(&spec.generations));
            let chains = chains.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))?;
            (Read::Routing(chains), Vec::new())
        }
        Part::Logger => {
            let plan = LogPlan::read(source, &spec.directories.log);
            (Read::Logger(plan), Vec::new())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Files, samples};
    use ucx_config::DirSource;

    #[test]
    fn chains_are_read_again_or_refused_with_their_line() {
        let folder = std::env::temp_dir().join(format!("ucx-reload-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut spec = HostSpec::of_asterisk_conf(&folder.join("asterisk.conf")).unwrap();
        spec.source = Arc::new(Files::new(Some(DirSource::new(&folder)), samples()));
        let read_of = |text: &str| {
            std::fs::write(folder.join("ucx.toml"), text).unwrap();
            let read = read(&spec, Part::Routing).map_err(|error| error.to_string())?;
            let (Read::Routing(chains), _) = read else {
                panic!("another part")
            };
            Ok::<_, String>(chains.is_empty())
        };
        assert_eq!(
            read_of("[plugins.a]\n[routing.main]\nchain = [\n 'a',\n 'b']\n"),
            Err("ucx.toml:5: routing.main: there is no plugin \"b\"".to_owned())
        );
        assert_eq!(read_of("[plugins.a]\n[routing.main]\nchain = ['a']\n"), Ok(false));
        assert!(read_of("[routing").is_err());
        assert_eq!(read_of(""), Ok(true));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
