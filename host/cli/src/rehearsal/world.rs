//! How is a scenario played? In a host of its own, made for it and gone with it.

use super::arrival::{self, Arrival};
use super::driver::drive;
use super::observed::{Observed, told};
use super::scenario::{CONTEXT, Call, Scenario, Surroundings};
use super::stage::Stage;
use super::web::{Asked, stand_in};
use crate::zone::Zones;
use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::Instant;
use toml::{Table, Value};
use ucx_call::{ChannelId, Event, Party, Place};
use ucx_dialplan::Dialplan;
use ucx_pbx::{Delivery, Pbx, PbxConfig, Registry, SubscribeSpec, Subscription};
use ucx_plugins::{Grants, Interruption, LogLevel, Manifest, PluginHost, PluginHostConfig, Wasm, feed};
use ucx_switch::{Incoming, SwitchConfig};

/// How long calls of a scenario may last, in its own time.
const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// How often it is looked whether calls are over.
const LOOK: Duration = Duration::from_millis(100);
/// How long subscribers get for what they were told last.
const AFTERMATH: Duration = Duration::from_secs(1);
/// Events of a scenario; a scenario with more has an endless loop in it.
const EVENTS_MAX: usize = 200_000;
/// Events that may wait between two looks.
const EVENTS_WAITING_MAX: usize = 65_536;

/// What is rehearsed.
pub struct Bench<'a> {
    /// The component, with its manifest beside it.
    pub wasm: &'a Path,
    pub manifest: &'a Manifest,
    /// Where compiled code is kept, so that a scenario takes no longer than it has to.
    pub cache: &'a Path,
    /// A folder for what this scenario's host reads.
    pub folder: &'a Path,
    /// The seed of everything random.
    pub seed: u64,
}

/// How a scenario went.
#[derive(Debug, Default)]
pub struct Played {
    /// Why the host did not take the component.
    pub refused: Option<String>,
    /// Each call, in the scenario's order.
    pub calls: Vec<Observed>,
    /// The lines the plugin logged.
    pub log: Vec<String>,
    /// The web requests it made.
    pub asked: Vec<String>,
    /// Whether calls went on for ever.
    pub is_endless: bool,
    /// How long it took in its own time.
    pub lasted: Duration,
    /// All that happened, in words.
    pub story: Vec<(Duration, String)>,
}

/// Plays a scenario.
///
/// # Errors
/// When no host could be made for it.
pub fn play(bench: &Bench<'_>, scenario: &Scenario) -> Result<Played> {
    let tables = bench.folder.join("tables");
    lay_tables(&scenario.around, &tables)?;
    let data = bench.folder.join(DATA);
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("starting a runtime")?;
    let played = LocalSet::new().block_on(&runtime, perform(bench, scenario, tables));
    runtime.shutdown_background();
    played
}

/// Where the component's own folder lies below the bench's, empty before each scenario.
const DATA: &str = "data";

fn lay_tables(around: &Surroundings, folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, rows) in &around.tables {
        let file = folder.join(format!("{}.toml", name.replace(['/', '\\'], "_")));
        std::fs::write(&file, toml::to_string(rows)?).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// What is granted: what the scenario says, or else all that is asked; settings and secrets are the scenario's.
fn grants(manifest: &Manifest, around: &Surroundings) -> Result<Grants> {
    let mut grants = match &around.grants {
        None => Grants::of_everything(manifest),
        Some(own) => {
            let of_plugin = Table::from_iter([(manifest.id.clone(), Value::Table(own.clone()))]);
            let all = Table::from_iter([("plugins".to_owned(), Value::Table(of_plugin))]);
            Grants::parse(&toml::to_string(&all)?).map_err(|why| anyhow!("grants: {why}"))?
        }
    };
    if let Some(grant) = grants.plugins.get_mut(&manifest.id) {
        grant.config.extend(around.config.clone());
        grant.secrets.extend(around.secrets.clone());
    }
    Ok(grants)
}

fn host(bench: &Bench<'_>, scenario: &Scenario, tables: PathBuf, asked: &Asked) -> Result<Arc<PluginHost>> {
    let mut config = PluginHostConfig::new(seed(bench.seed));
    config.cache = Some(bench.cache.to_owned());
    config.tables = Some(tables);
    config.data = Some(bench.folder.join(DATA));
    config.grants = grants(bench.manifest, &scenario.around)?;
    config.schedules = scenario.around.schedules.clone();
    config.interruption = Interruption::Fuel;
    let (began, epoch) = (Instant::now(), Duration::from_secs(scenario.epoch_s));
    config.clock = Arc::new(move || epoch + began.elapsed());
    config.web.stand_in = Some(stand_in(scenario.around.http.clone(), asked.clone()));
    PluginHost::new(config, tokio::runtime::Handle::current()).map_err(|why| anyhow!(why))
}

/// The numbers that are called lead to the plugin, the places of the scenario to their end.
fn dialplan(manifest: &Manifest, scenario: &Scenario) -> Arc<Dialplan> {
    let mut contexts = std::collections::BTreeMap::<&str, String>::new();
    for call in &scenario.calls {
        let own = contexts.entry(CONTEXT).or_default();
        let line = format!("exten => {},1,Wasm(${{CALL}})\n", call.dialled);
        if !own.contains(&line) {
            own.push_str(&line);
            own.push_str(&format!(" same => n,{}()\n", arrival::NAME));
        }
    }
    for (context, exten) in scenario.places() {
        let lines = contexts.entry(context).or_default();
        lines.push_str(&format!("exten => {exten},1,{}()\n", arrival::NAME));
    }
    tracing::debug!(plugin = manifest.id, "a rehearsal's dialplan");
    let text: String = contexts
        .iter()
        .map(|(context, lines)| format!("[{context}]\n{lines}"))
        .collect();
    let (config, _) = ucx_config::parse_text("extensions.conf", &text);
    Arc::new(ucx_dialplan::load(&config).0)
}

fn pbx(bench: &Bench<'_>, scenario: &Scenario, registry: Registry, stage: &Stage) -> Pbx {
    Pbx::new(PbxConfig {
        switch: SwitchConfig {
            epoch_s: scenario.epoch_s,
            seed: seed(bench.seed),
            ..SwitchConfig::default()
        },
        dialplan: dialplan(bench.manifest, scenario),
        registry,
        technologies: Box::new(stage.clone()),
        local_times: Box::new(Zones::new()),
        seed: seed(bench.seed),
        ..PbxConfig::default()
    })
}

fn incoming(manifest: &Manifest, call: &Call) -> Incoming {
    let words = std::iter::once(&manifest.id).chain(&call.args);
    let asked = words.cloned().collect::<Vec<_>>().join(",");
    let given = call.variables.iter();
    let variables = given.map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())));
    Incoming {
        endpoint: Arc::from(call.from.as_str()),
        place: Place::new(CONTEXT, &call.dialled, 1),
        caller: Party::new(&call.from, &call.name),
        dialled: Arc::from(call.dialled.as_str()),
        language: None,
        account: None,
        protocol_id: Arc::default(),
        variables: variables.chain([(Arc::from("CALL"), Arc::from(asked))]).collect(),
    }
}

async fn perform(bench: &Bench<'_>, scenario: &Scenario, tables: PathBuf) -> Result<Played> {
    let asked = Asked::default();
    let plugins = host(bench, scenario, tables, &asked)?;
    if let Err(refusal) = plugins.install(bench.wasm).await {
        return Ok(Played {
            refused: Some(refusal.to_string()),
            ..Played::default()
        });
    }
    let stage = Stage::new(&scenario.around);
    let mut registry = Registry::new();
    ucx_apps::register(&mut registry);
    registry.application(Wasm::new(plugins.clone()));
    registry.application(Arrival(stage.clone()));
    let pbx = pbx(bench, scenario, registry, &stage);
    let mut events = subscribe(&pbx, "rehearsal")?;
    let fed = subscribe(&pbx, "plugins")?;
    let served = pbx.clone();
    let tasks = [
        tokio::task::spawn_local(drive(pbx.clone(), stage.clone())),
        tokio::task::spawn_local(async move { served.serve_desk().await }),
        tokio::task::spawn_local(feed(plugins.clone(), fed, scenario.epoch_s)),
    ];
    let mut heard = Vec::new();
    let (channels, is_endless) = calls(bench.manifest, scenario, &pbx, &stage, &mut || {
        take(&mut events, &mut heard)
    })
    .await?;
    tokio::time::sleep(AFTERMATH).await;
    take(&mut events, &mut heard);
    tasks.iter().for_each(|task| task.abort());
    let seen = scenario.calls.iter().zip(&channels).map(|(call, channel)| {
        Observed::read(
            *channel,
            &stage.caller(*channel),
            (CONTEXT, &call.dialled),
            &heard,
        )
    });
    let mut story = stage.told();
    story.extend(told(&heard));
    story.sort_by_key(|(at, _)| *at);
    Ok(Played {
        refused: None,
        calls: seen.collect(),
        log: log(&plugins, bench.manifest),
        asked: asked.all(),
        is_endless,
        lasted: pbx.now() - AFTERMATH,
        story,
    })
}

fn subscribe(pbx: &Pbx, reader: &'static str) -> Result<Subscription> {
    let spec = SubscribeSpec {
        capacity: EVENTS_WAITING_MAX,
        ..SubscribeSpec::all(reader)
    };
    pbx.subscribe(spec).map_err(|refusal| anyhow!("{refusal}"))
}

/// Reads the events that are there; `false` when there are too many.
fn take(events: &mut Subscription, heard: &mut Vec<Arc<Event>>) -> bool {
    while let Some(delivery) = events.try_recv() {
        match delivery {
            Delivery::Event(event) => heard.push(event),
            Delivery::Gap { .. } => return false,
        }
        if heard.len() > EVENTS_MAX {
            return false;
        }
    }
    true
}

/// Makes the calls and waits until all are over; their channels, and whether they would go on for ever.
async fn calls(
    manifest: &Manifest,
    scenario: &Scenario,
    pbx: &Pbx,
    stage: &Stage,
    look: &mut dyn FnMut() -> bool,
) -> Result<(Vec<ChannelId>, bool)> {
    let mut due: Vec<(usize, &Call)> = scenario.calls.iter().enumerate().collect();
    due.sort_by_key(|(number, call)| (call.at, *number));
    let mut channels = vec![None; due.len()];
    let mut due = due.into_iter().peekable();
    while pbx.now() < LONGEST {
        while let Some((number, call)) = due.next_if(|(_, call)| call.at.0 <= pbx.now()) {
            let came = pbx.incoming(incoming(manifest, call));
            let channel = came.map_err(|refusal| anyhow!("{}: {refusal}", call.dialled))?;
            stage.calls(pbx.now(), channel, call);
            channels[number] = Some(channel);
        }
        let is_over = due.peek().is_none() && pbx.with_switch(|switch| switch.channels().count()) == 0;
        if is_over || !look() {
            return Ok((channels.into_iter().flatten().collect(), !is_over));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok((channels.into_iter().flatten().collect(), true))
}

/// What the plugin logged for people to read.
fn log(plugins: &PluginHost, manifest: &Manifest) -> Vec<String> {
    let lines = plugins.log(&manifest.id);
    lines
        .into_iter()
        .filter(|line| line.level >= LogLevel::Info)
        .map(|line| line.text)
        .collect()
}
