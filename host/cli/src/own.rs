//! The host's own interface over HTTP, below `/ucx/v1/plugins`: what `ucx plugin` does, as JSON for other tools.

mod uploads;

use crate::command::Context;
use serde::Serialize;
use std::path::{Path, PathBuf};
use ucx_call::{Principal, Right};
use ucx_pbx::{OwnReply, OwnRequest};
use ucx_plugins::{
    CanaryRules, HistoryLine, Installed, Order, Placed, PluginHost, PluginStatus, Refusal, Then, TrialKind,
    TrialReport,
};

/// What is asked about plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verb {
    /// `GET plugins`.
    List,
    /// `GET plugins/ID`.
    Show(String),
    /// `GET plugins/ID/history`.
    History(String),
    /// `GET plugins/ID/logs`.
    Logs(String),
    /// `PUT uploads/FILE?offset=N`: a piece of a bundle.
    Upload(String, u64, Vec<u8>),
    /// `DELETE uploads/FILE`.
    Discard(String),
    /// `POST plugins?bundle=FILE`, with `unsigned`, `downgrade`, `promote`, `shadow` or `canary=SHARE`: a bundle that was
    /// uploaded, or lies in the folder of plugins.
    Install(String, Order),
    /// `POST plugins/ID/promote`.
    Promote(String),
    /// `POST plugins/ID/rollback`, with `to=N`.
    RollBack(String, Option<u64>),
    /// `DELETE plugins/ID/trial`.
    EndTrial(String),
    /// `DELETE plugins/ID`.
    Remove(String),
}

/// A request that was understood, and who asks.
#[derive(Clone, Debug)]
pub struct Asked {
    verb: Verb,
    by: String,
}

impl Asked {
    /// None if there is no such thing to ask for.
    pub fn read(by: &Principal, request: &OwnRequest<'_>) -> Option<Self> {
        let words: Vec<&str> = request.path.split('/').collect();
        let value = |name: &str| {
            let mut values = request.query.iter().filter(|(key, _)| key == name);
            values.next().map(|(_, value)| value.as_str())
        };
        let id = |id: &&str| (*id).to_owned();
        let verb = match (request.method, words.as_slice()) {
            ("GET", ["plugins"]) => Verb::List,
            ("GET", ["plugins", plugin]) => Verb::Show(id(plugin)),
            ("GET", ["plugins", plugin, "history"]) => Verb::History(id(plugin)),
            ("GET", ["plugins", plugin, "logs"]) => Verb::Logs(id(plugin)),
            ("PUT", ["uploads", file]) => {
                let offset = value("offset").map_or(Some(0), |offset| offset.parse().ok())?;
                Verb::Upload(id(file), offset, request.body.to_vec())
            }
            ("DELETE", ["uploads", file]) => Verb::Discard(id(file)),
            ("POST", ["plugins"]) => Verb::Install(value("bundle")?.to_owned(), order(by, &value)?),
            ("POST", ["plugins", plugin, "promote"]) => Verb::Promote(id(plugin)),
            ("POST", ["plugins", plugin, "rollback"]) => {
                let to = value("to").map(|to| to.parse().ok());
                Verb::RollBack(id(plugin), to.map_or(Some(None), |to| to.map(Some))?)
            }
            ("DELETE", ["plugins", plugin, "trial"]) => Verb::EndTrial(id(plugin)),
            ("DELETE", ["plugins", plugin]) => Verb::Remove(id(plugin)),
            _ => return None,
        };
        Some(Self {
            verb,
            by: by.to_string(),
        })
    }

    /// The right without which it is not answered. What nobody signed is for those who may reach the system anyway.
    pub fn needs(&self) -> Right {
        match &self.verb {
            Verb::List | Verb::Show(_) | Verb::History(_) => Right::Look,
            Verb::Install(_, order) if order.is_unsigned => Right::System,
            Verb::Logs(_)
            | Verb::Upload(..)
            | Verb::Discard(_)
            | Verb::Install(..)
            | Verb::Promote(_)
            | Verb::RollBack(..)
            | Verb::EndTrial(_)
            | Verb::Remove(_) => Right::Administer,
        }
    }

    /// Does it.
    pub async fn answer(self, context: &Context) -> OwnReply {
        let folders = Folders {
            plugins: context.spec.plugins.clone(),
            uploads: context.spec.uploads.clone(),
        };
        let done = context.plugins.on_workers(|host| async move {
            let Self { verb, by } = self;
            carry_out(&host, &folders, verb, by).await
        });
        done.await.unwrap_or_else(|error| fail(500, &error))
    }
}

fn order<'a>(by: &Principal, value: &impl Fn(&str) -> Option<&'a str>) -> Option<Order> {
    let is = |name: &str| value(name).is_some_and(|value| !matches!(value, "0" | "false" | "no"));
    let then = match value("canary") {
        Some(share) => {
            let share = share.parse().ok().filter(|share| (1..=99).contains(share))?;
            Then::Canary(CanaryRules::of(share))
        }
        None if is("shadow") => Then::Shadow,
        None if is("promote") => Then::Promote,
        None => Then::Activate,
    };
    Some(Order {
        by: by.to_string(),
        is_unsigned: is("unsigned"),
        is_downgrade: is("downgrade"),
        plugin: None,
        then,
    })
}

/// Where bundles lie.
struct Folders {
    plugins: PathBuf,
    uploads: PathBuf,
}

async fn carry_out(host: &PluginHost, folders: &Folders, verb: Verb, by: String) -> OwnReply {
    let installed = |done: Result<Installed, Refusal>| match done {
        Ok(installed) => well(&Answered::from(&installed)),
        Err(refusal) => refused(&refusal),
    };
    let status = |id: &str| host.list().into_iter().find(|status| status.id == id);
    match verb {
        Verb::List => well(&host.list().iter().map(Status::from).collect::<Vec<_>>()),
        Verb::Show(id) => match status(&id) {
            Some(found) => {
                let trial = host.trial(&id);
                well(&Status {
                    trial: trial.as_ref().map(Trial::from),
                    ..Status::from(&found)
                })
            }
            None => fail(404, "Plugin not found"),
        },
        Verb::History(id) => match host.history(&id) {
            lines if lines.is_empty() => fail(404, "Plugin not found"),
            lines => well::<Vec<HistoryLine>>(&lines),
        },
        Verb::Logs(id) => {
            let lines = host.log(&id).into_iter().map(|line| Line {
                level: format!("{:?}", line.level).to_lowercase(),
                text: line.text,
            });
            well(&lines.collect::<Vec<_>>())
        }
        Verb::Upload(name, offset, piece) => match inside(&folders.uploads, &name) {
            Some(file) => uploads::put(file, offset, piece).await,
            None => fail(400, NO_NAME),
        },
        Verb::Discard(name) => match inside(&folders.uploads, &name) {
            Some(file) => uploads::discard(file).await,
            None => fail(400, NO_NAME),
        },
        Verb::Install(name, order) => {
            let uploaded = inside(&folders.uploads, &name).filter(|file| file.is_file());
            match uploaded.clone().or_else(|| inside(&folders.plugins, &name)) {
                Some(file) => {
                    let done = host.take_file(&file, order).await;
                    if done.is_ok() && uploaded.is_some() {
                        uploads::discard(file).await;
                    }
                    installed(done)
                }
                None => fail(400, NO_NAME),
            }
        }
        Verb::Promote(id) => installed(host.promote(&id, &by).await),
        Verb::RollBack(id, to) => installed(host.roll_back(&id, to, &by).await),
        Verb::EndTrial(id) => match host.end_trial(&id, &by) {
            Ok(report) => well(&Trial::from(&report)),
            Err(refusal) => refused(&refusal),
        },
        Verb::Remove(id) if host.remove_by(&id, &by) => OwnReply {
            status: 204,
            json: String::new(),
        },
        Verb::Remove(_) => fail(404, "Plugin not found"),
    }
}

const NO_NAME: &str = "a bundle has the name of a file that ends in .ucx";

/// A bundle of that name in the folder; a name leads nowhere else.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = name.ends_with(".ucx") && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    is_plain.then(|| folder.join(name))
}

/// A plugin as it is.
#[derive(Serialize)]
struct Status {
    id: String,
    version: String,
    worlds: Vec<&'static str>,
    generation: u64,
    digest: String,
    signer: Option<String>,
    staged: Option<u64>,
    on_trial: Option<u64>,
    in_flight: u64,
    draining: Vec<(u64, u64)>,
    verdicts: u64,
    fallbacks: u64,
    cpu_us: u128,
    waiting: u64,
    lost: u64,
    quarantined: u64,
    unhealthy: u64,
    illness: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<Trial>,
}

impl From<&PluginStatus> for Status {
    fn from(status: &PluginStatus) -> Self {
        Self {
            id: status.id.clone(),
            version: status.version.clone(),
            worlds: status.worlds.iter().map(|world| world.word()).collect(),
            generation: status.generation,
            digest: status.digest.clone(),
            signer: status.signer.clone(),
            staged: status.staged,
            on_trial: status.trial,
            in_flight: status.in_flight,
            draining: status.draining.clone(),
            verdicts: status.verdicts,
            fallbacks: status.fallbacks,
            cpu_us: status.cpu.as_micros(),
            waiting: status.waiting,
            lost: status.lost,
            quarantined: status.quarantined,
            unhealthy: status.unhealthy,
            illness: status.illness.clone(),
            trial: None,
        }
    }
}

/// How a trial goes.
#[derive(Serialize)]
struct Trial {
    kind: &'static str,
    share: Option<u8>,
    generation: u64,
    version: String,
    asked: u64,
    failed: u64,
    agreed: u64,
    skipped: u64,
    widens: Vec<String>,
    disagreements: Vec<Disagreement>,
}

#[derive(Serialize)]
struct Disagreement {
    call: String,
    dialled: String,
    active: String,
    shadow: String,
}

impl From<&TrialReport> for Trial {
    fn from(report: &TrialReport) -> Self {
        let (kind, share) = match report.kind {
            TrialKind::Shadow => ("shadow", None),
            TrialKind::Canary(rules) => ("canary", Some(rules.share)),
        };
        Self {
            kind,
            share,
            generation: report.generation,
            version: report.version.clone(),
            asked: report.asked,
            failed: report.failed,
            agreed: report.agreed,
            skipped: report.skipped,
            widens: report.widens.clone(),
            disagreements: report
                .disagreements
                .iter()
                .map(|one| Disagreement {
                    call: one.call.clone(),
                    dialled: one.dialled.clone(),
                    active: one.active.clone(),
                    shadow: one.shadow.clone(),
                })
                .collect(),
        }
    }
}

/// What became of a change.
#[derive(Serialize)]
struct Answered {
    plugin: String,
    generation: u64,
    changed: bool,
    placed: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    widens: Vec<String>,
}

impl From<&Installed> for Answered {
    fn from(installed: &Installed) -> Self {
        let (placed, widens) = match &installed.placed {
            Placed::Active => ("active", Vec::new()),
            Placed::Staged(widens) => ("staged", widens.clone()),
            Placed::Shadow => ("shadow", Vec::new()),
            Placed::Canary => ("canary", Vec::new()),
        };
        Self {
            plugin: installed.plugin.clone(),
            generation: installed.generation,
            changed: installed.changed,
            placed,
            widens,
        }
    }
}

#[derive(Serialize)]
struct Line {
    level: String,
    text: String,
}

#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

fn well<T: Serialize>(value: &T) -> OwnReply {
    match serde_json::to_string(value) {
        Ok(json) => OwnReply { status: 200, json },
        Err(error) => fail(500, &error.to_string()),
    }
}

fn refused(refusal: &Refusal) -> OwnReply {
    let is_missing = matches!(refusal, Refusal::NoSuchPlugin(_) | Refusal::NoSuchGeneration(_));
    fail(if is_missing { 404 } else { 409 }, &refusal.to_string())
}

/// A reply that says why not.
pub fn fail(status: u16, message: &str) -> OwnReply {
    let json = serde_json::to_string(&Message { message }).unwrap_or_default();
    OwnReply { status, json }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, path: &str, query: &[(&str, &str)]) -> Option<Asked> {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let request = OwnRequest {
            method,
            path,
            query: &query,
            body: b"",
        };
        Asked::read(&Principal::OPERATOR, &request)
    }

    #[test]
    fn requests_are_understood_or_there_is_nothing_there() {
        let verb = |method, path, query: &[_]| read(method, path, query).map(|asked| asked.verb);
        assert_eq!(verb("GET", "plugins", &[]), Some(Verb::List));
        assert_eq!(
            verb("DELETE", "plugins/p", &[]),
            Some(Verb::Remove("p".to_owned()))
        );
        let back = Verb::RollBack("p".to_owned(), Some(3));
        assert_eq!(verb("POST", "plugins/p/rollback", &[("to", "3")]), Some(back));
        for (method, path, query) in [
            ("POST", "plugins/p/rollback", vec![("to", "x")]),
            ("POST", "plugins", vec![]),
            ("POST", "plugins", vec![("bundle", "a.ucx"), ("canary", "100")]),
            ("PUT", "plugins", vec![]),
            ("GET", "plugins/p/q", vec![]),
            ("GET", "", vec![]),
        ] {
            assert_eq!(verb(method, path, &query), None, "{method} {path}");
        }
        let Some(Verb::Install(_, order)) = verb("POST", "plugins", &[("bundle", "a.ucx"), ("canary", "5")])
        else {
            panic!("no order")
        };
        assert_eq!(order.then, Then::Canary(CanaryRules::of(5)));
        assert_eq!(order.by, "operator");
    }

    #[test]
    fn changes_need_the_right_to_administer_and_unsigned_ones_the_system() {
        let needs = |method, path, query: &[_]| read(method, path, query).unwrap().needs();
        assert_eq!(needs("GET", "plugins", &[]), Right::Look);
        assert_eq!(needs("GET", "plugins/p/logs", &[]), Right::Administer);
        assert_eq!(needs("POST", "plugins/p/promote", &[]), Right::Administer);
        let bundle = ("bundle", "a.ucx");
        assert_eq!(needs("POST", "plugins", &[bundle]), Right::Administer);
        assert_eq!(
            needs("POST", "plugins", &[bundle, ("unsigned", "1")]),
            Right::System
        );
    }

    #[test]
    fn a_bundle_lies_in_the_folder_of_plugins_and_nowhere_else() {
        let folder = Path::new("/plugins");
        assert_eq!(
            inside(folder, "a-1.0.0.ucx"),
            Some(PathBuf::from("/plugins/a-1.0.0.ucx"))
        );
        for name in ["../a.ucx", "/a.ucx", "a/b.ucx", ".ucx", "a.wasm", ""] {
            assert_eq!(inside(folder, name), None, "{name}");
        }
    }
}
